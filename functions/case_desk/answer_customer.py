"""Count that the customer was answered: by an action on the case, or by what staff wrote in its conversation.

Whoever answers first answers for the case. It is acknowledged in their name, and the next word is due a whole interval
from then.
"""

from typing import Any

from functions.case_desk.case_file import CaseFile
from functions.case_desk.run_clocks import meet, pause, replaced, start_clock, used_up
from shared.domain.cases import UNANSWERED, Case, ClockKind, StaffAnswer, State


def enter_answer(file: CaseFile, answer: StaffAnswer) -> None:
    """Count what staff wrote in the conversation, unless it is older than the case or than what was counted before.

    On a resolved case it is only remembered, should a request that it has overtaken open the case again.
    """
    if not _is_news(file.case, answer):
        return
    file.go_on_to(answer.at)
    file.change(last_answer=answer)
    if not file.case.is_open:
        return
    by, person = answer.staff_id, file.desk.person(answer.staff_id)
    name = None if person is None else person.name
    if file.case.state in UNANSWERED:
        acknowledge(file, by)
        record_timed(file, "acknowledged", by, "acknowledge", staff_name=file.case.staff_name)
    count_first_reply(file)
    update = file.case.clock(ClockKind.UPDATE)
    if update is None or update.running_since is None or update.running_since < file.now:
        restart_update(file)
    role = answer.role or (None if person is None else person.rung)
    record_timed(file, "answered", by, "first_reply", staff_name=name, role=role, message_id=answer.message_id)


def acknowledge(file: CaseFile, by: str) -> None:
    """The case is seen, by whom. Raises Conflict when it was before."""
    file.enter(State.ACKNOWLEDGED)
    take_on(file, by)


def take_on(file: CaseFile, by: str) -> None:
    """Whoever answers first answers for the case, where they are on the ladder."""
    person = file.desk.person(by)
    if person is not None:
        file.change(staff_id=person.staff_id, staff_name=person.name)
    clock = file.case.clock(ClockKind.ACKNOWLEDGE)
    if clock is None or clock.met_at is not None:
        return
    took = used_up(clock, file.desk, file.now)
    file.change(
        clocks=replaced(file.case.clocks, ClockKind.ACKNOWLEDGE, lambda found: meet(found, file.now)),
        # Of the first time only: reopened cases have a figure of their own.
        seconds_to={"acknowledge": took, **file.case.seconds_to},
    )
    restart_update(file)


def count_first_reply(file: CaseFile) -> None:
    """How long the customer waited for the first words, once."""
    if file.case.first_reply_at is not None:
        return
    resolve = file.case.clock(ClockKind.RESOLVE)
    took = used_up(resolve, file.desk, file.now) if resolve is not None else 0
    file.change(first_reply_at=file.now, seconds_to={**file.case.seconds_to, "first_reply": took})


def restart_update(file: CaseFile) -> None:
    """The customer has heard from us: the next word is due a whole interval from now."""
    clock = start_clock(ClockKind.UPDATE, file.policy, file.desk, file.now)
    if file.case.state is State.WAITING_CUSTOMER:
        clock = pause(clock, file.desk, file.now)
    others = tuple(found for found in file.case.clocks if found.kind is not ClockKind.UPDATE)
    if file.case.is_open:
        file.change(clocks=(*others, clock))


def record_timed(file: CaseFile, kind: str, by: str, timed: str, **data: Any) -> None:
    """An entry with the time that it took, where this is the first of its kind."""
    before = file.before.seconds_to.get(timed) if file.before is not None else None
    took = file.case.seconds_to.get(timed)
    file.record(
        kind, by, public=True, timed=None if took == before else timed, seconds=None if took == before else took, **data
    )


def _is_news(case: Case, answer: StaffAnswer) -> bool:
    opened_at = max(case.opened_at, case.entered.get(State.REOPENED, case.opened_at))
    return answer.at > opened_at and (case.last_answer is None or answer.at > case.last_answer.at)
