"""Whom to call first, who is held out, and when to try again."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.recall_outreach.choose_arm import is_held_out
from functions.recall_outreach.find_next_time import find_next_time, part_of_day
from functions.recall_outreach.policies import policies
from functions.recall_outreach.rank_task import rank_task
from shared.content import load
from shared.domain.contact_rules import rules_from
from shared.domain.outreach import Person, Rank
from tests.unit.recall_outreach.people import NOW, PHONE, centre, holding, owner

RULES = rules_from(load("contact_rules")["entries"])
HEAD_START = timedelta(days=policies().ranking.head_start_days)


def rank(now: datetime = NOW, *, due_on: date | None = None, person: Person | None = None, **held: Any) -> Rank:
    return rank_task(
        holding(**held),
        owner(),
        person or Person(owner_id="owner-1"),
        due_on=due_on or now.date(),
        lapse_months=8,
        now=now,
        ranking=policies().ranking,
        assumptions=load("lifetime_value"),
    )


# ------------------------------------------------------------------------------------------------------------- rank


def test_worth_more_reached_easier_or_due_longer_comes_first() -> None:
    plain = rank()
    richer = rank(spent={"amount": "26400.00", "currency": "CNY", "visits": 2})
    unanswered = rank(person=Person(owner_id="owner-1", unanswered=2))
    overdue = rank(due_on=NOW.date() - timedelta(days=200))
    assert richer.ranks_as_of < plain.ranks_as_of < unanswered.ranks_as_of
    assert overdue.ranks_as_of < plain.ranks_as_of


def test_the_score_is_the_product_of_its_reasons() -> None:
    ranked = rank(due_on=NOW.date() - timedelta(days=40))
    product = 1.0
    for reason in ranked.reasons:
        product *= reason.share
    assert abs(ranked.score - product) < 1e-4


def test_nobody_is_worth_nothing() -> None:
    assert rank(spent=None).score > 0


@given(
    st.integers(0, 5_000),
    st.integers(0, 5_000),
    st.integers(0, 30),
    st.none() | st.decimals(0, 10**9, places=2),
)
def test_whoever_waits_longer_than_the_head_start_comes_before_every_newcomer(
    overdue: int, rest: int, unanswered: int, paid: Any
) -> None:
    """No score overtakes by more than the head start: so only those who came before that can be called first."""
    spent = {"amount": paid, "currency": "CNY", "visits": 1} if paid is not None else None
    person = Person(owner_id="owner-1", unanswered=unanswered)
    newcomer = rank(NOW, due_on=NOW.date() - timedelta(days=overdue), person=person, spent=spent)
    waits_since = NOW - HEAD_START - timedelta(seconds=1 + rest)
    worst = rank(waits_since, person=Person(owner_id="owner-1", unanswered=99), spent=None)
    assert worst.ranks_as_of < newcomer.ranks_as_of
    assert NOW - HEAD_START <= newcomer.ranks_as_of <= NOW


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_with_as_many_calls_as_newcomers_everybody_is_called(calls_a_day: int, backlog: list[float]) -> None:
    """Every day as many newcomers of the highest score as there are calls: still the least of all is called."""
    start = datetime(2026, 1, 1, tzinfo=UTC)
    waiting = [(start - HEAD_START * score, f"old-{n}") for n, score in enumerate([0.0, *backlog])]
    called: set[str] = set()
    bound = HEAD_START.days + 2 + len(waiting)
    for day in range(bound):
        today = start + timedelta(days=day)
        waiting += [(today - HEAD_START, f"new-{day}-{n}") for n in range(calls_a_day - 1)]
        waiting.sort()
        for _ in range(min(calls_a_day, len(waiting))):
            called.add(waiting.pop(0)[1])
    assert {f"old-{n}" for n in range(len(backlog) + 1)} <= called


# --------------------------------------------------------------------------------------------------------- hold-out


@given(st.text(min_size=1, max_size=64), st.integers(0, 50), st.integers(0, 50))
def test_membership_is_the_same_in_every_run_and_grows_with_the_share(owner_id: str, one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert is_held_out(owner_id, "c", less) == is_held_out(owner_id, "c", less)
    assert is_held_out(owner_id, "c", more) or not is_held_out(owner_id, "c", less)
    assert not is_held_out(owner_id, "c", 0)


def test_a_tenth_is_held_out_and_campaigns_choose_others() -> None:
    held = {n for n in range(20_000) if is_held_out(f"owner-{n}", "win-back-1", 10)}
    assert 1_850 <= len(held) <= 2_150
    again = {n for n in held if is_held_out(f"owner-{n}", "another", 10)}
    assert len(again) < len(held) / 5


def test_these_members_never_change() -> None:
    """Somebody moved between the groups would spoil every report: these are pinned."""
    assert [n for n in range(40) if is_held_out(f"owner-{n}", "win-back-1", 10)] == [3, 14, 17, 37]


# ----------------------------------------------------------------------------------------------------- another time


@given(
    st.integers(0, 700 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/Los_Angeles", "Pacific/Auckland"]),
    st.sets(st.sampled_from(["morning", "afternoon", "evening"])),
)
def test_the_next_time_is_open_not_quiet_and_new_where_that_is_possible(
    at: datetime, zone: str, tried: set[str]
) -> None:
    found = find_next_time(at, zone=zone, centre=centre(), rules=RULES, policies=policies(), tried=tried)
    assert found >= at
    if found == at:  # nothing within three weeks: looked at again before the call
        return
    assert centre().is_open(found)
    local = found.astimezone(ZoneInfo(zone))
    assert 8 <= local.hour < 21
    if zone == "Asia/Shanghai" and not {"morning", "afternoon"} <= tried:
        assert part_of_day(found, zone, policies()) not in tried


def test_an_owner_far_away_is_called_when_both_sides_are_awake() -> None:
    found = find_next_time(NOW, zone="Europe/Berlin", centre=centre(), rules=RULES, policies=policies())
    assert found.astimezone(ZoneInfo("Europe/Berlin")).hour == 8
    assert owner().phones[0].number == PHONE
