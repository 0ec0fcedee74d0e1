"""List who waits for a reply of a centre: who has waited longest comes first, with the case that is open about it."""

from datetime import datetime
from typing import TypedDict

from shared.adapters.cases_table import CasesTable
from shared.adapters.conversations_table import Waiting
from shared.domain.cases import Case
from shared.domain.conversations import Awaiting
from shared.domain.errors import NotFound
from shared.domain.trajectory import TrajectoryRules, is_hot_at, temperature_at


class CaseLinkDict(TypedDict):
    """The case of a conversation."""

    case_id: str
    href: str
    state: str
    answered_by: str | None


class AwaitingDict(TypedDict):
    """A conversation in which the centre owes a reply."""

    place: int
    conversation_id: str
    href: str
    owner_id: str | None
    waiting_since: str
    unanswered: int
    temperature: float
    hot: bool
    due_at: str | None
    case: CaseLinkDict | None


class AwaitingListDict(TypedDict):
    """A page of them; `next` goes on."""

    conversations: list[AwaitingDict]
    next: str | None


def list_awaiting(waiting: Waiting, cases: CasesTable, rules: TrajectoryRules, now: datetime) -> AwaitingListDict:
    """The page as it is at `now`: due is the next step about the delay or, once a case is open, its next deadline."""
    found = waiting.found
    return {
        "conversations": [
            _shown(one, place, _case_of(one, cases), rules, now) for place, one in enumerate(found, waiting.before + 1)
        ],
        "next": found[-1].order if waiting.has_more else None,
    }


def _case_of(awaiting: Awaiting, cases: CasesTable) -> Case | None:
    if awaiting.case_id is None:
        return None
    try:
        return cases.get(awaiting.case_id)
    except NotFound:  # Asked for, and not opened yet.
        return None


def _shown(one: Awaiting, place: int, case: Case | None, rules: TrajectoryRules, now: datetime) -> AwaitingDict:
    deadline = None if case is None else case.next_deadline
    due_at = one.due_at if deadline is None else deadline.due_at
    return {
        "place": place,
        "conversation_id": one.conversation_id,
        "href": f"/conversations/{one.conversation_id}",
        "owner_id": one.owner_id,
        "waiting_since": one.since.isoformat(),
        "unanswered": one.unanswered,
        "temperature": round(temperature_at(one.trajectory, now, rules), 1),
        "hot": is_hot_at(one.trajectory, now, rules),
        "due_at": None if due_at is None else due_at.isoformat(),
        "case": None if case is None else _link(case),
    }


def _link(case: Case) -> CaseLinkDict:
    return {
        "case_id": case.case_id,
        "href": f"/cases/{case.case_id}",
        "state": case.state.value,
        "answered_by": case.staff_name,
    }
