"""A centre as a conversation needs it: its hours, who is reached there now, and by when somebody answers.

Nobody is left alone: where a rung is not on duty the next above is asked, at the end those on call; and a centre that
is not in the registry still has deadlines, counted round the clock.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.content import load
from shared.domain.business_time import Calendar, Deadline, RoundTheClock, add_business_time, next_opening
from shared.domain.centres import LADDER, Centre, Person, Rung

ON_CALL = "on-call"
"""Who is paged for a centre that is not in the registry: nobody can be reached so, which raises an alarm there."""


class Asked(NamedTuple):
    """How the case desk treats a customer who asked for a manager."""

    severity: str
    hours: str
    acknowledge: timedelta
    starts_with: Rung


def policy_for(reason: str) -> Asked:
    """The policy of content/case_policies.json for a reason."""
    entries: Mapping[str, Any] = load("case_policies")["entries"]
    severity = str(entries["reasons"][reason])
    policy = entries["severities"][severity]
    return Asked(
        severity, str(policy["hours"]), timedelta(minutes=int(policy["acknowledge"])), Rung(policy["starts_with"])
    )


class CentreDesk:
    """One centre, or what stands in for one that nobody knows."""

    def __init__(self, centre_id: str, centre: Centre | None) -> None:
        self.centre_id = centre_id
        self.centre = centre
        self.zone = centre.zone if centre else "UTC"
        self.locale: str = centre.locale if centre else "en"

    def calendar(self, hours: str = "business") -> Calendar:
        """The centre's hours, or those of a day that never ends."""
        return RoundTheClock(self.zone) if hours == "always" or self.centre is None else self.centre

    def deadline(self, start: datetime, duration: timedelta, hours: str = "business") -> Deadline:
        """When a duration of these hours is used up."""
        try:
            return add_business_time(start, duration, self.calendar(hours))
        except ValueError:  # Closed for years to come: better a deadline than none.
            return add_business_time(start, duration, RoundTheClock(self.zone))

    def reached_now(self, at: datetime, rung: Rung = Rung.MANAGER) -> Person | None:
        """Who of this rung, or the next above that has anybody, is on duty at this very time."""
        if self.centre is None:
            return None
        for step in _from(rung):
            for person in self.centre.on_duty(step, at):
                return person
        return None

    def answers(self, at: datetime, asked: Asked) -> Person | None:
        """Who will answer, as the case desk chooses: on duty when the hours that count next run."""
        if self.centre is None:
            return None
        try:
            moment = next_opening(at, self.calendar(asked.hours))
        except ValueError:
            moment = at
        return self.reached_now(moment, asked.starts_with)

    def opening_hours(self, at: datetime, days: int = 7) -> dict[str, Any] | None:
        """Whether it is open, when it next opens, and the hours of the coming days, holidays included."""
        if self.centre is None:
            return None
        try:
            opens: datetime | None = next_opening(at, self.centre)
        except ValueError:
            opens = None
        today = _local(at, self.zone).date()
        return {
            "zone": self.zone,
            "open_now": opens == at,
            "opens_at": None if opens is None else _local(opens, self.zone).isoformat(timespec="minutes"),
            "days": [
                {
                    "date": day.isoformat(),
                    "intervals": [
                        {"opens": i.opens.isoformat("minutes"), "closes": i.closes.isoformat("minutes")}
                        for i in self.centre.intervals_on(day)
                    ],
                }
                for day in (today + timedelta(days=number) for number in range(days))
            ],
        }


def _from(rung: Rung) -> Iterator[Rung]:
    yield from LADDER[LADDER.index(rung) :]


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(ZoneInfo(zone))
