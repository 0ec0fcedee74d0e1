"""Make the task for one owner and vehicle that became due: open, held out, or skipped with the reason. Once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from functions.recall_outreach.choose_arm import is_held_out
from functions.recall_outreach.judge_contact import (
    Cases,
    Notices,
    judge_contacts,
    judge_owner,
    was_contacted_within,
    was_held_out_within,
)
from functions.recall_outreach.policies import Policies
from functions.recall_outreach.rank_task import rank_task
from shared.adapters.outreach_table import Known, LostRace
from shared.domain.centres import Centre
from shared.domain.contact_rules import Rules
from shared.domain.outreach import Barrier, Person, State, Task, task_id_of
from shared.domain.owners import Owner
from shared.domain.vehicles import ContactDue, Holding, contact_due

HELD_OUT = "hold_out"


class Owners(Protocol):
    """Where an owner is read."""

    def get_owner(self, owner_id: str) -> Owner: ...  # noqa: D102


class Tasks(Protocol):
    """Where tasks are kept."""

    def find(self, task_id: str, owner_id: str) -> Known: ...  # noqa: D102
    def skip(self, task: Task) -> bool: ...  # noqa: D102
    def save(self, task: Task, person: Person) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Desk:
    """What making tasks needs."""

    tasks: Tasks
    owners: Owners
    cases: Cases
    notices: Notices
    rules: Rules
    policies: Policies
    assumptions: Mapping[str, Any]


def make_task(holding: Holding, centre: Centre, desk: Desk, now: datetime) -> str:
    """Make the task of a holding that the index calls due; says what became of it.

    `known` when it was made before or somebody else is making it, `not_due` when the index is behind the facts; else
    `open`, `hold_out` or the barrier. Who was skipped is judged anew: once nothing speaks against it they are asked.
    Raises NotFound for an owner whom the registry does not know.
    """
    due = contact_due(holding, centre.outreach.lapse_months)
    if due is None or due.on > now.astimezone(ZoneInfo(centre.zone)).date():
        return Barrier.NOT_DUE.value
    task_id = task_id_of(holding.owner_id, holding.vin, due.on)
    known = desk.tasks.find(task_id, holding.owner_id)
    before = known.task
    if before is not None and before.state is not State.SKIPPED:
        return "known"
    owner = desk.owners.get_owner(holding.owner_id)
    barrier = _barrier(owner, holding, known.person, desk, now)
    task = _task(task_id, holding, centre, due, now).model_copy(update={"rev": before.rev if before else 0})
    if barrier is not None:
        if before is not None and before.barrier is barrier:
            return "known"
        skipped = task.model_copy(update={"state": State.SKIPPED, "barrier": barrier})
        return barrier.value if desk.tasks.skip(skipped) else "known"
    try:
        return _keep(task, owner, holding, known.person, centre, desk)
    except LostRace:
        return "known"


def _barrier(owner: Owner, holding: Holding, person: Person, desk: Desk, now: datetime) -> Barrier | None:
    """The first thing that speaks against asking, those that cost no further reads first."""
    days = desk.policies.contacted_within_days
    barrier = judge_owner(owner, holding, person, now)
    if barrier is None and (person.open_task is not None or was_held_out_within(person, days, now)):
        barrier = Barrier.ASKED_ALREADY
    if barrier is None and was_contacted_within(person, days, now):
        barrier = Barrier.CONTACTED_RECENTLY
    if barrier is None:
        verdict = judge_contacts(owner.id, person, desk.cases, desk.notices, desk.rules, now)
        barrier = verdict.barrier if verdict else None
    return barrier


def _keep(task: Task, owner: Owner, holding: Holding, person: Person, centre: Centre, desk: Desk) -> str:
    latest = {**person.latest, holding.vin: task.id}
    if is_held_out(owner.id, desk.policies.campaign, centre.outreach.hold_out_percent):
        held_out = task.model_copy(update={"state": State.HELD_OUT})
        desk.tasks.save(held_out, person.model_copy(update={"latest": latest, "held_out_at": task.made_at}))
        return HELD_OUT
    rank = rank_task(
        holding,
        owner,
        person,
        due_on=task.due_on,
        lapse_months=centre.outreach.lapse_months,
        now=task.made_at,
        ranking=desk.policies.ranking,
        assumptions=desk.assumptions,
    )
    desk.tasks.save(
        task.model_copy(update={"rank": rank}), person.model_copy(update={"latest": latest, "open_task": task.id})
    )
    return State.OPEN.value


def _task(task_id: str, holding: Holding, centre: Centre, due: ContactDue, now: datetime) -> Task:
    return Task(
        id=task_id,
        centre_id=centre.id,
        owner_id=holding.owner_id,
        vin=holding.vin,
        due_on=due.on,
        because=due.because,
        items=due.items,
        made_at=now,
        month=f"{now.astimezone(ZoneInfo(centre.zone)):%Y-%m}",
        state=State.OPEN,
    )
