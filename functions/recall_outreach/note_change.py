"""Note what a change in the registry means for outreach: a visit closes the task, a sale or a refusal ends it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from functions.recall_outreach.judge_contact import judge_owner
from functions.recall_outreach.record_attempt import close
from shared.adapters.outreach_table import LostRace
from shared.domain.errors import NotFound
from shared.domain.outreach import FOR_GOOD, Barrier, Person, State, Task
from shared.domain.owners import Owner
from shared.domain.vehicles import Holding

RETURNED = "returned"
_TRIES = 5


class Tasks(Protocol):
    """Where tasks are kept."""

    def get_person(self, owner_id: str) -> Person: ...  # noqa: D102
    def get_task(self, task_id: str) -> Task: ...  # noqa: D102
    def save(self, task: Task, person: Person) -> None: ...  # noqa: D102


class Owners(Protocol):
    """Where owners are read with their vehicles."""

    def owner_with_vehicles(self, owner_id: str) -> tuple[Owner, Sequence[Holding]]: ...  # noqa: D102


class Parts(Protocol):
    """What noting a change needs."""

    @property
    def tasks(self) -> Tasks: ...  # noqa: D102
    @property
    def owners(self) -> Owners: ...  # noqa: D102


def note_change(owner_id: str, vin: str, parts: Parts, now: datetime) -> str | None:
    """Bring the latest task or hold-out of a vehicle up to date with the registry; what it became, if it changed."""
    for _ in range(_TRIES - 1):
        try:
            return _note(owner_id, vin, parts, now)
        except LostRace:
            continue
    return _note(owner_id, vin, parts, now)


def _note(owner_id: str, vin: str, parts: Parts, now: datetime) -> str | None:
    person = parts.tasks.get_person(owner_id)
    if vin not in person.latest:
        return None
    try:
        task = parts.tasks.get_task(person.latest[vin])
        owner, holdings = parts.owners.owner_with_vehicles(owner_id)
    except NotFound:  # erased meanwhile
        return None
    holding = next((h for h in holdings if h.vin == vin), None)
    visit = _first_visit_after(task, holding)
    if visit is not None:
        task = task.model_copy(update={"returned_at": visit})
        if task.state is State.OPEN:
            task, person = close(task, person, RETURNED, now)
        parts.tasks.save(task, person)
        return RETURNED
    ends = _what_ends(task, owner, holding, person, now)
    if ends is None:
        return None
    task, person = close(task, person, ends.value, now)
    parts.tasks.save(task, person)
    return ends.value


def _first_visit_after(task: Task, holding: Holding | None) -> datetime | None:
    """The first visit known since the task was made, unless it is noted already."""
    visits = [visit.at for visit in holding.history if visit.at > task.made_at] if holding else []
    first = min(visits, default=None)
    return None if first is None or (task.returned_at is not None and task.returned_at <= first) else first


def _what_ends(task: Task, owner: Owner, holding: Holding | None, person: Person, now: datetime) -> Barrier | None:
    if task.state is not State.OPEN:
        return None
    barrier = Barrier.SOLD if holding is None else judge_owner(owner, holding, person, now)
    return barrier if barrier in FOR_GOOD else None
