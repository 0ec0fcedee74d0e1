"""Do what follows from a task or a call: have it counted, tell the registry, open a case, ask for an appointment.

Every message is the same for every delivery of the change, so that whoever reads it can tell a repetition.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.recall_outreach.ask_for_appointment import ask_for_appointment
from functions.recall_outreach.note_change import RETURNED
from functions.recall_outreach.policies import Policies
from shared.domain.centres import Centre
from shared.domain.errors import NotFound
from shared.domain.events import CaseRequested, ConsentChanged, ContactDeferred, ContactMade
from shared.domain.outreach import Attempt, Outcome, State, Task, contact_id_of
from shared.domain.owners import Owner


class Queue(Protocol):
    """Where a message is sent."""

    def send(self, message: Mapping[str, Any]) -> None: ...  # noqa: D102


class Owners(Protocol):
    """Where an owner is read."""

    def get_owner(self, owner_id: str) -> Owner: ...  # noqa: D102


class Centres(Protocol):
    """Where a centre is read."""

    def find(self, centre_id: str) -> Centre | None: ...  # noqa: D102


class Parts(Protocol):
    """What following up needs."""

    @property
    def owners(self) -> Owners: ...  # noqa: D102
    @property
    def centres(self) -> Centres: ...  # noqa: D102
    @property
    def owner_records(self) -> Queue: ...  # noqa: D102
    @property
    def case_requests(self) -> Queue: ...  # noqa: D102
    @property
    def notifications(self) -> Queue: ...  # noqa: D102
    @property
    def policies(self) -> Policies: ...  # noqa: D102


def follow_up(task: Task, before: Task | None, parts: Parts) -> None:
    """Send what a change of a task asks for: that it counts, what the owner wants, when to look at them again."""
    for contact in contacts_made(task, before):
        parts.notifications.send(contact)
    for attempt in _concluded(task, before):
        match attempt.outcome:
            case Outcome.DO_NOT_CONTACT:
                parts.owner_records.send(refusal(task, attempt))
            case Outcome.DISSATISFIED:
                parts.case_requests.send(case_requested(task, attempt))
            case Outcome.WANTS_APPOINTMENT:
                _ask_for_appointment(task, attempt, parts)
    deferred = deferral(task, before, parts.policies)
    if deferred is not None:
        parts.owner_records.send(deferred)


def contacts_made(task: Task, before: Task | None) -> Iterator[ContactMade]:
    """The calls that this change begins, each a contact; and that one was none after all, its number being wrong."""
    known = {a.id: a.outcome for a in before.attempts} if before else {}
    for attempt in task.attempts:
        was, is_wrong = known.get(attempt.id), attempt.outcome is Outcome.WRONG_NUMBER
        if (was is None and not is_wrong) or (was is Outcome.CALLING and is_wrong):
            yield {
                "type": "contact_made",
                "contact_id": contact_id_of(task.id, attempt.id),
                "owner_id": task.owner_id,
                "channel": "call",
                "purpose": "marketing",
                "at": attempt.at.isoformat(),
                "counts": not is_wrong,
            }


def refusal(task: Task, attempt: Attempt) -> ConsentChanged:
    """The owner's word that nobody is to contact them any more, for anything."""
    return {
        "type": "consent_changed",
        "owner_id": task.owner_id,
        "channel": None,
        "purpose": None,
        "granted": False,
        "at": attempt.at.isoformat(),
        "how": "phone",
        "source": f"outreach-{task.id}",
    }


def case_requested(task: Task, attempt: Attempt) -> CaseRequested:
    """A case with the owner's own words."""
    return {
        "type": "case_requested",
        "request_id": f"outreach#{task.id}#{attempt.id}",
        "reason": "win_back",
        "centre_id": task.centre_id,
        "owner_id": task.owner_id,
        "requested_at": attempt.at.isoformat(),
        "locale": attempt.locale,
        "words": attempt.words or "",
    }


def deferral(task: Task, before: Task | None, policies: Policies) -> ContactDeferred | None:
    """When the registry need not call the owner due again: at once when a task is made, anew when it is closed."""
    if before is None or before.state is State.SKIPPED:
        reason = _reason_when_made(task)
        return _deferred(task, task.made_at, policies.look_again_days[reason], reason)
    if before.state is State.OPEN and task.state is State.CLOSED and task.closed_at is not None:
        reason = task.closed_as or ""
        if reason == RETURNED:  # the visit itself puts the next contact off
            return None
        return _deferred(task, task.closed_at, policies.rest_days[reason], reason)
    return None


def _reason_when_made(task: Task) -> str:
    if task.barrier is not None:
        return task.barrier.value
    return "hold_out" if task.state is State.HELD_OUT else "task_open"


def _deferred(task: Task, at: datetime, days: int, reason: str) -> ContactDeferred:
    return {
        "type": "contact_deferred",
        "vin": task.vin,
        "owner_id": task.owner_id,
        "until": (at.date() + timedelta(days=days)).isoformat(),
        "reason": reason,
        "at": at.isoformat(),
    }


def _concluded(task: Task, before: Task | None) -> Iterator[Attempt]:
    """The calls whose outcome this change tells for the first time."""
    known = {a.id: a.outcome for a in before.attempts} if before else {}
    for attempt in task.attempts:
        is_told = attempt.outcome is not Outcome.CALLING
        if is_told and known.get(attempt.id, Outcome.CALLING) is Outcome.CALLING:
            yield attempt


def _ask_for_appointment(task: Task, attempt: Attempt, parts: Parts) -> None:
    centre = parts.centres.find(task.centre_id)
    if centre is None:
        return
    try:
        owner = parts.owners.get_owner(task.owner_id)
    except NotFound:
        owner = None
    parts.notifications.send(ask_for_appointment(task, attempt, centre, owner))
