"""The desk that answers for a case: the centre's hours and ladder, and what stands in for a centre nobody knows."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from functions.case_desk.policies import Policy
from shared.domain.business_time import Calendar, RoundTheClock, next_opening
from shared.domain.cases import above
from shared.domain.centres import Centre, Rung

ON_CALL = "on-call"
"""Who is paged for a centre that is not in the registry: nobody can be reached so, which raises an alarm there."""


class Responder(NamedTuple):
    """The person who answers, and the rung that they stand on."""

    staff_id: str
    name: str | None
    rung: Rung


class Desk:
    """A centre as its cases need it."""

    def __init__(self, centre_id: str, centre: Centre | None) -> None:
        self.centre_id = centre_id
        self._centre = centre
        self.zone = centre.zone if centre else "UTC"
        self.locale = centre.locale if centre else "en"

    def calendar(self, policy: Policy) -> Calendar:
        """The hours that a policy counts."""
        return self.hours(round_the_clock=policy.hours == "always")

    def hours(self, *, round_the_clock: bool) -> Calendar:
        """The centre's opening hours, or those of a day that never ends."""
        return RoundTheClock(self.zone) if round_the_clock or self._centre is None else self._centre

    def responders(self, rung: Rung, policy: Policy, at: datetime) -> list[Responder]:
        """Who answers on this rung, or on the next above where nobody is on duty; never empty.

        What is counted in opening hours is asked of those on duty when the centre next opens.
        """
        if self._centre is None:
            return [Responder(ON_CALL, None, Rung.ON_CALL)]
        moment = next_opening(at, self.calendar(policy))
        for step in _from(rung):
            found = [Responder(person.id, person.name, step) for person in self._centre.on_duty(step, moment)]
            if found:
                return found
        return [Responder(ON_CALL, None, Rung.ON_CALL)]

    def person(self, staff_id: str) -> Responder | None:
        """Somebody of the centre's ladder, or None."""
        for person in self._centre.ladder if self._centre else ():
            if person.id == staff_id:
                return Responder(person.id, person.name, person.rung)
        return None


def _from(rung: Rung) -> Iterator[Rung]:
    step: Rung | None = rung
    while step is not None:
        yield step
        step = above(step)
