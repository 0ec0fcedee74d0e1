"""Business hours against a plain reference that looks at every minute."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from shared.domain.business_time import (
    Clock,
    RoundTheClock,
    add_business_time,
    business_time_between,
    next_opening,
    open_spans,
)

MINUTE = timedelta(minutes=1)
# Northern, southern, half-hour and double shifts, at midnight and one minute after it, and over the date line.
ZONES = (
    "Asia/Shanghai",
    "America/Los_Angeles",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "America/Santiago",
    "America/St_Johns",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Pacific/Apia",
    "Asia/Kathmandu",
    "UTC",
)
# Days around which the clocks of these zones are set.
EVENTFUL = tuple(
    date(*day)
    for day in (
        (2026, 3, 8), (2026, 3, 29), (2026, 10, 25), (2026, 11, 1), (2026, 4, 5), (2026, 10, 4), (2026, 9, 6),
        (2011, 11, 6), (2011, 3, 13), (2011, 12, 30), (2026, 2, 15), (2026, 3, 22), (2024, 2, 29), (2026, 12, 31),
    )
)  # fmt: skip


class Hours(NamedTuple):
    opens: time
    closes: time


@dataclass(frozen=True)
class Plan:
    """A calendar for tests: weekdays, and days that differ."""

    zone: str
    week: tuple[tuple[Hours, ...], ...]
    exceptions: dict[date, tuple[Hours, ...]] = field(default_factory=dict)

    def intervals_on(self, day: date) -> Sequence[Hours]:
        return self.exceptions.get(day, self.week[day.weekday()])


def is_open(plan: Plan, at: datetime) -> bool:
    local = at.astimezone(ZoneInfo(plan.zone))
    moment = local.time()
    return any(
        hours.opens <= moment and (hours.closes == time(0) or moment < hours.closes)
        for hours in plan.intervals_on(local.date())
    )


def reference(plan: Plan, start: datetime, minutes: int, pauses: Sequence[bool] = ()) -> datetime:
    """The end of the minute in which the duration is used up."""
    at = start
    passed = 0
    while minutes:
        paused = passed < len(pauses) and pauses[passed]
        if is_open(plan, at) and not paused:
            minutes -= 1
        at += MINUTE
        passed += 1
    return at


times_of_day = st.integers(0, 24 * 60 - 1)


@st.composite
def days(draw: st.DrawFn) -> tuple[Hours, ...]:
    edges = sorted(draw(st.lists(st.integers(0, 24 * 60), max_size=6, unique=True)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    return tuple(Hours(_time(opens), _time(closes % (24 * 60))) for opens, closes in pairs)


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


@st.composite
def cases(draw: st.DrawFn) -> tuple[Plan, datetime]:
    day = draw(st.sampled_from(EVENTFUL)) + timedelta(days=draw(st.integers(-2, 1)))
    week = draw(st.lists(days(), min_size=7, max_size=7).filter(any))
    around = st.integers(-1, 4).map(lambda number: day + timedelta(days=number))
    exceptions = draw(st.dictionaries(around, days(), max_size=3))
    plan = Plan(draw(st.sampled_from(ZONES)), tuple(week), exceptions)
    start = datetime.combine(day, time(0), UTC) + timedelta(minutes=draw(st.integers(0, 24 * 60)))
    return plan, start


@settings(max_examples=300, deadline=None)
@given(cases(), st.integers(0, 900))
def test_a_deadline_is_where_counting_every_minute_arrives(case: tuple[Plan, datetime], minutes: int) -> None:
    plan, start = case
    deadline = add_business_time(start, minutes * MINUTE, plan)
    assert deadline.due_at == reference(plan, start, minutes)
    assert business_time_between(start, deadline.due_at, plan) == minutes * MINUTE
    assert sum((step.end - step.start for step in deadline.steps), timedelta()) == minutes * MINUTE
    assert all(earlier.end < later.start for earlier, later in pairwise(deadline.steps))


@settings(max_examples=150, deadline=None)
@given(cases(), st.integers(1, 600), st.lists(st.tuples(st.integers(1, 300), st.integers(1, 300)), max_size=4))
def test_a_clock_that_is_paused_is_where_counting_unpaused_minutes_arrives(
    case: tuple[Plan, datetime], minutes: int, runs: list[tuple[int, int]]
) -> None:
    plan, start = case
    clock, at, pauses = Clock.started(start, minutes * MINUTE), start, list[bool]()
    for running, paused in runs:
        at += running * MINUTE
        due = clock.deadline(plan)
        if due is not None and due.due_at <= at:
            break
        clock = clock.paused(at, plan)
        assert clock.deadline(plan) is None
        at += paused * MINUTE
        clock = clock.resumed(at)
        pauses += [False] * running + [True] * paused
    found = clock.deadline(plan)
    assert found is not None
    assert found.due_at == reference(plan, start, minutes, pauses)


@settings(max_examples=100, deadline=None)
@given(cases(), st.integers(0, 600), st.integers(0, 600))
def test_two_durations_one_after_the_other_are_their_sum(case: tuple[Plan, datetime], first: int, then: int) -> None:
    plan, start = case
    middle = add_business_time(start, first * MINUTE, plan).due_at
    whole = add_business_time(start, (first + then) * MINUTE, plan).due_at
    assert add_business_time(middle, then * MINUTE, plan).due_at == whole


@settings(max_examples=60, deadline=None)
@given(cases())
@example((Plan("UTC", ((),) * 6 + ((Hours(time(0), time(0)),),)), datetime(2026, 3, 9, tzinfo=UTC)))
def test_the_next_opening_is_the_first_open_minute(case: tuple[Plan, datetime]) -> None:
    plan, start = case
    at = start
    while not is_open(plan, at):
        at += MINUTE
    assert next_opening(start, plan) == at


WORKING_WEEK = ((Hours(time(9), time(12)), Hours(time(13), time(18))),) * 5 + ((), ())
SHANGHAI = Plan(
    "Asia/Shanghai",
    WORKING_WEEK,
    {date(2026, 10, 1): (), date(2026, 10, 2): (), date(2026, 10, 10): (Hours(time(9), time(12)),)},
)


def local(plan: Plan, *parts: int) -> datetime:
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(plan.zone))


def test_lunch_does_not_count() -> None:
    due = add_business_time(local(SHANGHAI, 2026, 9, 28, 11, 30), 60 * MINUTE, SHANGHAI)
    assert due.due_at == local(SHANGHAI, 2026, 9, 28, 13, 30)
    assert [(step.counted / MINUTE) for step in due.steps] == [30, 60]


def test_what_arrives_at_midnight_is_due_in_the_morning() -> None:
    assert add_business_time(local(SHANGHAI, 2026, 9, 28, 0, 5), 30 * MINUTE, SHANGHAI).due_at == local(
        SHANGHAI, 2026, 9, 28, 9, 30
    )


def test_holidays_are_skipped_and_make_up_days_count() -> None:
    due = add_business_time(local(SHANGHAI, 2026, 9, 30, 17, 0), timedelta(hours=2), SHANGHAI)
    assert due.due_at == local(SHANGHAI, 2026, 10, 5, 10, 0)
    assert business_time_between(
        local(SHANGHAI, 2026, 10, 10, 0, 0), local(SHANGHAI, 2026, 10, 12, 0, 0), SHANGHAI
    ) == timedelta(hours=3)


def test_a_deadline_that_is_met_at_closing_time_is_not_due_the_next_day() -> None:
    due = add_business_time(local(SHANGHAI, 2026, 9, 28, 17, 0), timedelta(hours=1), SHANGHAI)
    assert due.due_at == local(SHANGHAI, 2026, 9, 28, 18, 0)


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 8), 2), (date(2026, 11, 1), 4), (date(2026, 11, 2), 3)])
def test_an_hour_that_the_clock_skips_counts_nothing_and_one_that_it_repeats_counts_twice(
    day: date, hours: int
) -> None:
    plan = Plan("America/Los_Angeles", ((Hours(time(0, 30), time(3, 30)),),) * 7)
    start = datetime.combine(day, time(0), ZoneInfo(plan.zone))
    assert business_time_between(start, start + timedelta(hours=22), plan) == timedelta(hours=hours)


def test_round_the_clock_is_plain_addition() -> None:
    start = datetime(2026, 3, 8, 9, 59, tzinfo=UTC)
    due = add_business_time(start, timedelta(days=3), RoundTheClock("America/Los_Angeles"))
    assert due.due_at == start + timedelta(days=3)
    assert len(due.steps) == 1


def test_a_calendar_that_never_opens_is_refused() -> None:
    never = Plan("UTC", ((),) * 7)
    with pytest.raises(ValueError, match="never opens"):
        add_business_time(datetime(2026, 1, 1, tzinfo=UTC), MINUTE, never)
    with pytest.raises(ValueError, match="never opens"):
        next_opening(datetime(2026, 1, 1, tzinfo=UTC), never)


def test_seconds_are_counted_too() -> None:
    start = local(SHANGHAI, 2026, 9, 28, 9, 0) + timedelta(seconds=17)
    assert add_business_time(start, timedelta(seconds=43), SHANGHAI).due_at == local(SHANGHAI, 2026, 9, 28, 9, 1)


def test_spans_end_before_they_begin_again() -> None:
    spans = open_spans(SHANGHAI, local(SHANGHAI, 2026, 9, 28, 0, 0))
    found = [next(spans) for _ in range(10)]
    assert all(earlier.end <= later.start for earlier, later in pairwise(found))
