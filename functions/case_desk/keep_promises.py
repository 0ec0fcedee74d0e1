"""The promise ledger: what staff said they would do, by when, and whether they did."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256

from functions.case_desk.case_file import CaseFile
from shared.content import load
from shared.domain.business_time import add_business_time
from shared.domain.cases import Promise, PromiseState, cut
from shared.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, Violation
from shared.domain.promises import Recognised, recognise_promises

MOST_PROMISES = 60
"""Of one case: its item must stay far below what DynamoDB stores."""
_UNSETTLED = frozenset({PromiseState.RECOGNISED, PromiseState.CONFIRMED})


def enter_promises(file: CaseFile, words: str, staff_id: str, *, source: str) -> None:
    """Recognise what `words` promise and enter each, with reminders; its author may confirm or edit it.

    `source` is the key of the message, from which the promises get their ids: the same message twice is one.
    """
    calendar = file.desk.hours(round_the_clock=False)
    found = recognise_promises(words, file.now, calendar, load("promises")["entries"])
    for number, recognised in enumerate(found[: MOST_PROMISES - len(file.case.promises)]):
        promise = _promise(file, recognised, staff_id, f"{source}#{number}")
        if file.case.promise(promise.promise_id) is not None:
            continue
        file.change(promises=(*file.case.promises, promise))
        file.tell_staff("promise_recognised", staff_id, due_at=promise.due_at)
        file.record(
            "promise_recognised",
            "system",
            public=False,
            promise_id=promise.promise_id,
            staff_id=staff_id,
            words=promise.words,
            due_at=promise.due_at,
            due_is_default=promise.due_is_default,
            rule=promise.rule,
        )


def confirm_promise(file: CaseFile, promise_id: str, by: str) -> None:
    """Its author stands by it as it was recognised."""
    promise = _unsettled(file, promise_id, by)
    _replace(file, promise.model_copy(update={"state": PromiseState.CONFIRMED}))
    file.record("promise_confirmed", by, public=False, promise_id=promise_id, due_at=promise.due_at)


def edit_promise(file: CaseFile, promise_id: str, due_at: datetime, by: str) -> None:
    """Its author meant another time, which cannot be over. Raises InvalidInput."""
    promise = _unsettled(file, promise_id, by)
    due_at = due_at.astimezone(UTC).replace(microsecond=0)
    if due_at <= file.now:
        raise InvalidInput([Violation("/due_at", "this time is over")])
    _replace(file, _due(promise.model_copy(update={"state": PromiseState.CONFIRMED}), due_at, file))
    file.record("promise_edited", by, public=False, promise_id=promise_id, before=promise.due_at, due_at=due_at)


def keep_promise(file: CaseFile, promise_id: str, by: str) -> None:
    """It is done; in time or late, which the record says."""
    promise = _known(file, promise_id)
    if not promise.is_outstanding:
        raise Conflict(f"this promise is {promise.state} already")
    in_time = file.now <= promise.due_at
    state = PromiseState.KEPT if in_time else PromiseState.KEPT_LATE
    _replace(file, promise.model_copy(update={"state": state, "settled_at": file.now}))
    file.record("promise_kept", by, public=True, promise_id=promise_id, staff_id=promise.staff_id, in_time=in_time)


def withdraw_promise(file: CaseFile, promise_id: str, by: str) -> None:
    """It was no promise; kept on record, since the rules learn from it."""
    promise = _unsettled(file, promise_id, by)
    _replace(file, promise.model_copy(update={"state": PromiseState.WITHDRAWN, "settled_at": file.now}))
    file.record("promise_withdrawn", by, public=False, promise_id=promise_id, words=promise.words, rule=promise.rule)


def _promise(file: CaseFile, recognised: Recognised, staff_id: str, source: str) -> Promise:
    due_at = recognised.due_at
    if due_at is None:
        default = timedelta(minutes=file.policies.promises.default_minutes)
        due_at = add_business_time(file.now, default, file.desk.hours(round_the_clock=False)).due_at
    promise = Promise(
        promise_id=sha256(source.encode()).hexdigest()[:16],
        staff_id=staff_id,
        words=cut(recognised.words),
        made_at=file.now,
        due_at=due_at,
        misses_at=due_at,
        rule=recognised.rule,
        due_is_default=recognised.due_at is None,
    )
    return _due(promise, due_at, file)


def _due(promise: Promise, due_at: datetime, file: CaseFile) -> Promise:
    rules = file.policies.promises
    remind_at = due_at - timedelta(minutes=rules.remind_before)
    return promise.model_copy(
        update={
            "due_at": due_at,
            "remind_at": remind_at if remind_at > file.now else None,
            "misses_at": due_at + timedelta(minutes=rules.missed_after),
            "due_reminded": False,
        }
    )


def _known(file: CaseFile, promise_id: str) -> Promise:
    promise = file.case.promise(promise_id)
    if promise is None:
        raise NotFound("there is no such promise")
    return promise


def _unsettled(file: CaseFile, promise_id: str, by: str) -> Promise:
    """A promise that its author may still change: what was missed stays missed."""
    promise = _known(file, promise_id)
    if promise.staff_id != by:
        raise NotAllowed("only the one who promised may confirm, edit or withdraw it")
    if promise.state not in _UNSETTLED:
        raise Conflict(f"this promise is {promise.state} already")
    return promise


def _replace(file: CaseFile, promise: Promise) -> None:
    file.change(promises=tuple(promise if p.promise_id == promise.promise_id else p for p in file.case.promises))
