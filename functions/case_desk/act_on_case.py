"""What staff, and at one point the customer, do to a case; each action is one change with its entries."""

from collections.abc import Callable, Mapping
from typing import Any

from functions.case_desk import models
from functions.case_desk.answer_customer import (
    acknowledge,
    count_first_reply,
    record_timed,
    restart_update,
    take_on,
)
from functions.case_desk.case_file import CUSTOMER, CaseFile
from functions.case_desk.keep_promises import (
    confirm_promise,
    edit_promise,
    enter_promises,
    keep_promise,
    withdraw_promise,
)
from functions.case_desk.raise_case import page_responder, reopen
from functions.case_desk.run_clocks import meet, pause, resume, used_up
from shared.content import load
from shared.domain.access import Caller, Role
from shared.domain.cases import FALSE_ALARM, UNANSWERED, Case, Change, ClockKind, State
from shared.domain.claim_linter import check_claims
from shared.domain.errors import Conflict, InvalidInput, NotAllowed, Violation

BY_CUSTOMERS = ("reopen",)
BY_MANAGERS = ("mark_false_alarm",)


def require_right_to(action: str, caller: Caller, owner_id: str | None, centre_id: str) -> str:
    """Who acts, as the timeline names them. Raises NotAllowed."""
    if caller.works_for(centre_id):
        caller.require(Role.ADVISOR, Role.MANAGER)
        if action in BY_MANAGERS:
            caller.require(Role.MANAGER)
        return caller.acts_as
    if caller.owns(owner_id) and action in BY_CUSTOMERS:
        return CUSTOMER
    raise NotAllowed("this case belongs to somebody else, or this is for its centre to do")


def act_on_case(file: CaseFile, action: Any, by: str) -> Change:
    """One action of models.Action. Raises Conflict when the case's state does not allow it, InvalidInput."""
    _ACTIONS[type(action)](file, action, by)
    return file.finished(None if action.request_id is None else request_key(file.case, action))


def request_key(case: Case, action: Any) -> str:
    """The business key of an action, under which it is done once."""
    return f"action#{case.case_id}#{action.request_id}"


def _acknowledge(file: CaseFile, action: models.Acknowledge, by: str) -> None:
    acknowledge(file, by)
    update = file.case.clock(ClockKind.UPDATE)
    due_at = update.due_at if update is not None else None
    file.tell_owner("case_acknowledged", staff_name=file.case.staff_name, due_at=due_at)
    record_timed(file, "acknowledged", by, "acknowledge", staff_name=file.case.staff_name)


def _start(file: CaseFile, action: models.Start, by: str) -> None:
    if file.case.state in UNANSWERED:
        take_on(file, by)
    file.enter(State.IN_PROGRESS)
    record_timed(file, "started", by, "acknowledge")


def _wait(file: CaseFile, action: models.Wait, by: str) -> None:
    if action.words is not None:
        _lint(action.words)
    waits_for_customer = action.waiting_for == "customer"
    file.enter(State.WAITING_CUSTOMER if waits_for_customer else State.WAITING_PARTS)
    _run_clocks(file, paused=waits_for_customer)
    restart_update(file)
    file.tell_owner(f"case_waiting_{action.waiting_for}", words=action.words)
    file.record("waiting", by, public=True, waiting_for=action.waiting_for, words=action.words)


def _resume(file: CaseFile, action: models.Resume, by: str) -> None:
    if file.case.state not in (State.WAITING_CUSTOMER, State.WAITING_PARTS):
        raise Conflict(f"a case that is {file.case.state} does not wait for anything")
    file.enter(State.IN_PROGRESS)
    _run_clocks(file, paused=False)
    file.record("resumed", by, public=True)


def _resolve(file: CaseFile, action: models.Resolve, by: str) -> None:
    _lint(action.words)
    file.enter(State.RESOLVED)
    resolve = file.case.clock(ClockKind.RESOLVE)
    if resolve is not None:
        took = used_up(resolve, file.desk, file.now)
        file.change(seconds_to={"resolve": took, **file.case.seconds_to})
    after = file.policies.after_resolution
    file.change(
        clocks=tuple(meet(clock, file.now) for clock in file.case.clocks),
        checklist=action.checklist,
        closes_at=file.now + after.close_after,
        reopenable_until=file.now + after.reopen_within,
    )
    file.tell_owner("case_resolved", words=action.words, until=file.case.reopenable_until)
    record_timed(file, "resolved", by, "resolve", words=action.words, staff_id=file.case.staff_id)
    file.record("checklist_confirmed", by, public=False, **action.checklist.model_dump())


def _close(file: CaseFile, action: models.Close, by: str) -> None:
    file.enter(State.CLOSED)
    file.change(closes_at=None)
    file.record("closed", by, public=True)


def _reopen(file: CaseFile, action: models.Reopen, by: str) -> None:
    until = file.case.reopenable_until
    if until is not None and until < file.now:
        raise Conflict("the time in which this case could be reopened is over; raise a new one")
    reopen(file, by, words=action.words)


def _note(file: CaseFile, action: models.Note, by: str) -> None:
    file.record("noted", by, public=False, words=action.words)


def _reply(file: CaseFile, action: models.Reply, by: str) -> None:
    _lint(action.words)
    if file.case.state in UNANSWERED:
        acknowledge(file, by)
    count_first_reply(file)
    restart_update(file)
    told = dict.fromkeys((*file.case.steps_told, *action.steps))
    file.change(steps_told=tuple(told))
    file.tell_owner("case_reply", words=action.words)
    record_timed(file, "replied", by, "first_reply", words=action.words, steps=list(action.steps) or None)
    enter_promises(file, action.words, by, source=f"{file.case.case_id}#{file.case.entry_count}")


def _assign(file: CaseFile, action: models.Assign, by: str) -> None:
    person = file.desk.person(action.staff_id)
    if person is None:
        raise InvalidInput([Violation("/staff_id", "nobody of that id is on the centre's ladder")])
    file.change(staff_id=person.staff_id, staff_name=person.name)
    page_responder(file, file.case.reasons[0])
    file.record("assigned", by, public=True, staff_id=person.staff_id, staff_name=person.name)


def _mark_false_alarm(file: CaseFile, action: models.MarkFalseAlarm, by: str) -> None:
    if file.case.false_alarm_by is not None:
        raise Conflict("this case is marked as a false alarm already")
    file.change(false_alarm_by=by)
    # What export_false_alarms finds; the words and what was read in them stand in the entries before it.
    file.record(FALSE_ALARM, by, public=False, grade=action.grade, reasons=list(file.case.reasons))


def _confirm_promise(file: CaseFile, action: models.ConfirmPromise, by: str) -> None:
    confirm_promise(file, action.promise_id, by)


def _edit_promise(file: CaseFile, action: models.EditPromise, by: str) -> None:
    edit_promise(file, action.promise_id, action.due_at, by)


def _keep_promise(file: CaseFile, action: models.KeepPromise, by: str) -> None:
    keep_promise(file, action.promise_id, by)


def _withdraw_promise(file: CaseFile, action: models.WithdrawPromise, by: str) -> None:
    withdraw_promise(file, action.promise_id, by)


_ACTIONS: Mapping[type, Callable[[CaseFile, Any, str], None]] = {
    models.Acknowledge: _acknowledge,
    models.Start: _start,
    models.Wait: _wait,
    models.Resume: _resume,
    models.Resolve: _resolve,
    models.Close: _close,
    models.Reopen: _reopen,
    models.Note: _note,
    models.Reply: _reply,
    models.Assign: _assign,
    models.MarkFalseAlarm: _mark_false_alarm,
    models.ConfirmPromise: _confirm_promise,
    models.EditPromise: _edit_promise,
    models.KeepPromise: _keep_promise,
    models.WithdrawPromise: _withdraw_promise,
}


def _run_clocks(file: CaseFile, *, paused: bool) -> None:
    def change(clock: Any) -> Any:
        if paused:
            return pause(clock, file.desk, file.now)
        return resume(clock, file.policy, file.desk, file.now)

    file.change(clocks=tuple(change(clock) for clock in file.case.clocks))


def _lint(words: str) -> None:
    """A person may promise: that is what the ledger is for. Nobody may claim what has no source."""
    check_claims(words, load("claims")["entries"], allow=("promise",))
