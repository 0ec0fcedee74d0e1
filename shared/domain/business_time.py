"""Time that counts only while a centre is open: deadlines that can say how they were computed.

A calendar says for each day of its zone when it is open. A minute counts when the wall clock of the zone stands within
an interval of that day, so an hour that daylight saving skips counts nothing and one that it repeats counts twice.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple, Protocol, Self
from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)
_MIDNIGHT = time(0)
# Beyond every offset from UTC that was ever in use (+15:13, -15:57).
_WIDEST_OFFSET = timedelta(hours=16)
# A centre that opens once a week can be kept shut for so long by the four hundred holidays that it may have.
_LONGEST_CLOSURE = 3_000


class Opening(Protocol):
    """From one time of day to another; closing at 00:00 is the end of the day."""

    @property
    def opens(self) -> time:
        """The first moment."""
        ...

    @property
    def closes(self) -> time:
        """The first moment that no longer belongs to it."""
        ...


class Calendar(Protocol):
    """When a place is open, day by day, in its IANA zone. A centre is one."""

    @property
    def zone(self) -> str:
        """The name of the zone whose wall clock the intervals are written in."""
        ...

    def intervals_on(self, day: date) -> Sequence[Opening]:
        """The intervals of a day of the zone, without overlap."""
        ...


class _WholeDay(NamedTuple):
    opens: time = _MIDNIGHT
    closes: time = _MIDNIGHT


class RoundTheClock(NamedTuple):
    """A calendar that never closes; the zone is only for telling the time."""

    zone: str = "UTC"

    def intervals_on(self, day: date) -> Sequence[Opening]:  # noqa: ARG002  all days are alike
        """The whole of every day."""
        return (_WholeDay(),)


class Span(NamedTuple):
    """From one moment until before another, aware, in UTC."""

    start: datetime
    end: datetime


class Step(NamedTuple):
    """A stretch of opening hours that counted towards a deadline."""

    start: datetime
    end: datetime
    counted: timedelta
    """How much had been counted when it ended."""


class Deadline(NamedTuple):
    """When a duration is used up, and the stretches that it was counted in."""

    due_at: datetime
    steps: tuple[Step, ...]


def add_business_time(start: datetime, duration: timedelta, calendar: Calendar) -> Deadline:
    """The earliest moment at which `duration` has been open since `start` (aware).

    Raises ValueError where the calendar does not open for eight years.
    """
    start = start.astimezone(UTC)
    if duration <= _NOTHING:
        return Deadline(start, ())
    steps: list[Step] = []
    counted = _NOTHING
    for span in open_spans(calendar, start):
        end = min(span.end, span.start + (duration - counted))
        counted += end - span.start
        if steps and steps[-1].end == span.start:
            steps[-1] = Step(steps[-1].start, end, counted)
        else:
            steps.append(Step(span.start, end, counted))
        if counted == duration:
            return Deadline(end, tuple(steps))
    raise ValueError("the calendar never opens")


def business_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """How long the calendar is open from `start` to `end` (aware); nothing when `end` is not later."""
    counted = _NOTHING
    end = end.astimezone(UTC)
    if end <= start:
        return counted
    for span in open_spans(calendar, start):
        if span.start >= end:
            break
        counted += min(span.end, end) - span.start
    return counted


def next_opening(at: datetime, calendar: Calendar) -> datetime:
    """`at` itself when the calendar is open then, else when it next opens.

    Raises ValueError where the calendar does not open for eight years.
    """
    span = next(open_spans(calendar, at), None)
    if span is None:
        raise ValueError("the calendar never opens")
    return span.start


def open_spans(calendar: Calendar, start: datetime) -> Iterator[Span]:
    """The opening hours from `start` (aware) on, in order; ends after a closure of eight years."""
    zone = ZoneInfo(calendar.zone)
    start = start.astimezone(UTC)
    midnight = datetime.combine(start.date(), _MIDNIGHT, UTC)
    of_day: dict[date, list[Span]] = {}
    closed_days = 0
    # By days of UTC, since a clock that is set back over midnight makes days of the zone overlap.
    while closed_days < _LONGEST_CLOSURE:
        found: list[Span] = []
        for day in (midnight.date() - _DAY, midnight.date(), midnight.date() + _DAY):
            if day not in of_day:
                of_day[day] = list(_spans_of(calendar, day, zone))
            for span in of_day[day]:
                clipped = Span(max(span.start, midnight, start), min(span.end, midnight + _DAY))
                if clipped.start < clipped.end:
                    found.append(clipped)
        of_day.pop(midnight.date() - _DAY)
        yield from sorted(found)
        closed_days = 0 if found else closed_days + 1
        midnight += _DAY


def _spans_of(calendar: Calendar, day: date, zone: ZoneInfo) -> Iterator[Span]:
    for interval in calendar.intervals_on(day):
        last = day + _DAY if interval.closes == _MIDNIGHT else day
        opens = datetime.combine(day, interval.opens, UTC)
        closes = datetime.combine(last, interval.closes, UTC)
        earliest, latest = opens - _WIDEST_OFFSET, closes + _WIDEST_OFFSET
        before, after = _offset(earliest, zone), _offset(latest, zone)
        if before == after:
            yield Span(opens - before, closes - before)
            continue
        change = _change_of_offset(earliest, latest, zone)
        first = Span(opens - before, min(closes - before, change))
        second = Span(max(opens - after, change), closes - after)
        yield from (span for span in (first, second) if span.start < span.end)


def _offset(at: datetime, zone: ZoneInfo) -> timedelta:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None  # noqa: S101  an aware time has one
    return offset


def _change_of_offset(earliest: datetime, latest: datetime, zone: ZoneInfo) -> datetime:
    """The first moment with another offset than `earliest` has, to the second."""
    before = _offset(earliest, zone)
    low, high = 0, int((latest - earliest).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(earliest + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return earliest + timedelta(seconds=high)


class Clock(NamedTuple):
    """A duration that is being used up while a calendar is open, and that can be paused."""

    target: timedelta
    used: timedelta
    """What had been used up when it last began to run."""
    running_since: datetime | None

    @classmethod
    def started(cls, at: datetime, target: timedelta) -> Self:
        """A clock that begins to run."""
        return cls(target, _NOTHING, at)

    def deadline(self, calendar: Calendar) -> Deadline | None:
        """When the duration is used up; None while it is paused."""
        if self.running_since is None:
            return None
        return add_business_time(self.running_since, self.target - self.used, calendar)

    def paused(self, at: datetime, calendar: Calendar) -> Self:
        """The clock stopped at `at`; what it used up stays used up."""
        return self._replace(used=self.used_up(at, calendar), running_since=None)

    def resumed(self, at: datetime) -> Self:
        """The clock running again from `at` on."""
        return self if self.running_since is not None else self._replace(running_since=at)

    def used_up(self, at: datetime, calendar: Calendar) -> timedelta:
        """How much of the duration is used up at `at`."""
        if self.running_since is None:
            return self.used
        return self.used + business_time_between(self.running_since, at, calendar)
