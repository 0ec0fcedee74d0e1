"""Judge whether the owner of a task may be called at this moment, with everything as it now stands."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from functions.recall_outreach.judge_contact import (
    Cases,
    Notices,
    Verdict,
    is_calling,
    judge_contacts,
    judge_owner,
    judge_task,
    number_of,
    quiet_until,
)
from functions.recall_outreach.policies import Policies
from shared.domain.contact_rules import Rules
from shared.domain.outreach import Barrier, Person, Task
from shared.domain.owners import Owner
from shared.domain.vehicles import Holding


class Registry(Protocol):
    """Where owners are read with their vehicles."""

    def owner_with_vehicles(self, owner_id: str) -> tuple[Owner, Sequence[Holding]]: ...  # noqa: D102


class People(Protocol):
    """Where it is read what outreach knows of somebody."""

    def get_person(self, owner_id: str) -> Person: ...  # noqa: D102


class Judges(Protocol):
    """What judging a call needs."""

    @property
    def tasks(self) -> People: ...  # noqa: D102
    @property
    def owners(self) -> Registry: ...  # noqa: D102
    @property
    def cases(self) -> Cases: ...  # noqa: D102
    @property
    def notices(self) -> Notices: ...  # noqa: D102
    @property
    def rules(self) -> Rules: ...  # noqa: D102
    @property
    def policies(self) -> Policies: ...  # noqa: D102


class Judged(NamedTuple):
    """The verdict on a task, and whom and what it is about. `holding` is None once the owner no longer has it."""

    task: Task
    verdict: Verdict
    owner: Owner
    holdings: tuple[Holding, ...]
    holding: Holding | None
    person: Person


def judge_call(task: Task, judges: Judges, by: str, now: datetime) -> Judged:
    """Whether `by` may call now. Raises NotFound for an owner whom the registry no longer knows.

    Quiet hours come last: where they are the only barrier the number may be shown, to be called when they end.
    """
    owner, holdings = judges.owners.owner_with_vehicles(task.owner_id)
    holding = next((h for h in holdings if h.vin == task.vin and h.until is None), None)
    person = judges.tasks.get_person(task.owner_id)
    judged = Judged(task, Verdict(None), owner, tuple(holdings), holding, person)
    return judged._replace(verdict=_verdict(judged, judges, by, now))


def _verdict(judged: Judged, judges: Judges, by: str, now: datetime) -> Verdict:
    task, _, owner, _, holding, person = judged
    number = number_of(owner, person)
    if is_calling(task, by, judges.policies, now):
        return Verdict(None, None, number)
    of_task = judge_task(task, holding, person, judges.policies, by, now)
    if of_task.barrier is not None or holding is None:
        return of_task
    barrier = judge_owner(owner, holding, person, now)
    if barrier is not None:
        return Verdict(barrier)
    of_contacts = judge_contacts(owner.id, person, judges.cases, judges.notices, judges.rules, now)
    if of_contacts is not None:
        return of_contacts
    quiet = quiet_until(owner, judges.rules, now)
    return Verdict(Barrier.QUIET_HOURS if quiet else None, quiet, number)
