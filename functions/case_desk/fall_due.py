"""What time alone does to a case: deadlines are missed once and climb, promises are recalled, resolved cases close."""

from datetime import datetime

from functions.case_desk.case_file import SYSTEM, CaseFile
from functions.case_desk.desk import Desk
from functions.case_desk.policies import Policies
from functions.case_desk.run_clocks import climb_after, page_after, replaced
from shared.domain.cases import (
    UNANSWERED,
    Case,
    CaseClock,
    Change,
    ClockKind,
    Promise,
    PromiseState,
    State,
    above,
    higher,
)
from shared.domain.centres import Rung


def fall_due(case: Case, desk: Desk, policies: Policies, now: datetime) -> Change | None:
    """Everything that is due by `now`, in one change; None when nothing is."""
    file = CaseFile(case, desk, policies, now.replace(microsecond=0))
    missed = [clock for clock in case.clocks if _is_missed(clock, file.now)]
    climbing = [clock for clock in case.clocks if _is_climbing(clock, file.now)]
    for clock in missed:
        _record_miss(file, clock)
    kinds = [clock.kind for clock in missed + climbing]
    if above(case.rung) is None and ClockKind.ACKNOWLEDGE in kinds and not missed:
        page_again(file)
    elif kinds:
        climb(file, kinds)
    for promise in case.promises:
        _follow_promise(file, promise)
    if case.closes_at is not None and case.closes_at <= file.now and case.state is State.RESOLVED:
        file.enter(State.CLOSED)
        file.change(closes_at=None)
        file.record("closed", SYSTEM, public=True)
    return file.finished() if file.is_changed else None


def _is_missed(clock: CaseClock, now: datetime) -> bool:
    return clock.breached_at is None and clock.next_event_at is not None and clock.next_event_at <= now


def _is_climbing(clock: CaseClock, now: datetime) -> bool:
    return clock.breached_at is not None and clock.next_event_at is not None and clock.next_event_at <= now


def _record_miss(file: CaseFile, clock: CaseClock) -> None:
    """Once per clock: whoever missed it stays on record, however far the case climbs."""
    file.change(
        clocks=replaced(file.case.clocks, clock.kind, lambda found: found.model_copy(update={"breached_at": file.now})),
        deadlines_missed=file.case.deadlines_missed + 1,
    )
    file.record(
        "deadline_missed",
        SYSTEM,
        public=True,
        clock=clock.kind,
        due_at=clock.due_at,
        staff_id=file.case.staff_id,
        rung=file.case.rung,
    )


def climb(file: CaseFile, kinds: list[ClockKind]) -> None:
    """Take the case one rung up, or further where nobody is on duty, and set the time of the next climb."""
    rung = above(file.case.rung)
    at_top = rung is None
    responder = file.desk.responders(rung or Rung.ON_CALL, file.policy, file.now)[0]
    if file.case.state in UNANSWERED:
        file.hand_to(responder)
    else:  # Somebody works on it: they keep it, and those above know.
        file.change(rung=higher(file.case.rung, responder.rung))
    for kind in kinds:
        file.change(clocks=replaced(file.case.clocks, kind, lambda clock: _climbed(file, clock, at_top=at_top)))
    first = file.case.clock(kinds[0])
    due_at = first.due_at if first is not None else None
    file.tell_staff("case_climbed", responder.staff_id, clock=kinds[0], due_at=due_at, rung=responder.rung)
    if not at_top:
        file.tell_owner("case_climbed_owner", clock=kinds[0], due_at=due_at, staff_name=responder.name)
    file.record(
        "climbed", SYSTEM, public=True, clocks=list(kinds), staff_id=responder.staff_id, staff_name=responder.name,
        rung=responder.rung,
    )  # fmt: skip


def page_again(file: CaseFile) -> None:
    """Page those on call once more, by turns where there are several: there is nobody above them, and no answer yet."""
    on_call = file.desk.responders(Rung.ON_CALL, file.policy, file.now)
    times = file.case.times_paged_again + 1
    file.hand_to(on_call[times % len(on_call)])
    file.change(
        times_paged_again=times,
        clocks=replaced(file.case.clocks, ClockKind.ACKNOWLEDGE, lambda clock: _climbed(file, clock, at_top=True)),
    )
    acknowledge = file.case.clock(ClockKind.ACKNOWLEDGE)
    due_at = None if acknowledge is None else acknowledge.due_at
    file.tell_staff("case_paged_again", file.case.staff_id, due_at=due_at)
    file.record("paged_again", SYSTEM, public=False, staff_id=file.case.staff_id, times=times)


def _climbed(file: CaseFile, clock: CaseClock, *, at_top: bool) -> CaseClock:
    """At the top there is nobody further to tell: those there are paged again until the case is acknowledged."""
    if not (at_top or file.case.rung is Rung.ON_CALL):
        return climb_after(clock, file.policy, file.desk, file.now)
    if clock.kind is ClockKind.ACKNOWLEDGE:
        return page_after(clock, file.policy, file.desk, file.now)
    return clock.model_copy(update={"climbs_at": None})


def _follow_promise(file: CaseFile, promise: Promise) -> None:
    """Remind before, remind when due, and record a miss once; a late timer does only the last of these."""
    due = promise.next_event_at
    if due is None or due > file.now:
        return
    if promise.misses_at <= file.now:
        kind, changed = "promise_missed", {"state": PromiseState.MISSED, "remind_at": None, "due_reminded": True}
        manager = file.desk.responders(Rung.MANAGER, file.policy, file.now)[0]
        if manager.staff_id != promise.staff_id:
            file.tell_staff("promise_missed", manager.staff_id, due_at=promise.due_at)
    elif promise.due_at <= file.now:
        kind, changed = "promise_due", {"remind_at": None, "due_reminded": True}
    else:
        kind, changed = "promise_reminded", {"remind_at": None}
    file.tell_staff(kind, promise.staff_id, due_at=promise.due_at)
    file.change(
        promises=tuple(
            found.model_copy(update=changed) if found.promise_id == promise.promise_id else found
            for found in file.case.promises
        )
    )
    file.record(
        kind, SYSTEM, public=False, promise_id=promise.promise_id, staff_id=promise.staff_id, due_at=promise.due_at
    )
