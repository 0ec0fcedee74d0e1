"""Raise a case for a request, or merge the request into the open case of its conversation or bill.

Asking again is never refused: it is merged, counted, and may raise the severity.
"""

from base64 import b32encode
from datetime import UTC, datetime
from hashlib import sha256

from functions.case_desk.answer_customer import enter_answer
from functions.case_desk.case_file import CUSTOMER, SYSTEM, CaseFile
from functions.case_desk.desk import Desk, Responder
from functions.case_desk.models import CaseRequest
from functions.case_desk.policies import Policies, Policy
from functions.case_desk.run_clocks import resume, start_clock, tighten
from shared.content import LOCALES
from shared.domain.cases import Case, ClockKind, Severity, State, cut
from shared.domain.centres import LADDER


def case_id_of(request_id: str) -> str:
    """The id of a case that a request opens when it proposes none: the same for every delivery."""
    return b32encode(sha256(request_id.encode()).digest()[:10]).decode().lower()


def takes_in(case: Case, centre_id: str, owner_id: str | None) -> bool:
    """Whether a case may take in what an owner of a centre asks: not when it is closed, or somebody else's."""
    same_owner = case.owner_id is None or owner_id in (None, case.owner_id)
    return case.state is not State.CLOSED and case.centre_id == centre_id and same_owner


def open_case(
    request: CaseRequest, case_id: str, desk: Desk, policies: Policies, now: datetime, *, by_staff: str | None = None
) -> CaseFile:
    """The file of a new case, with its first deadlines, counted from when the customer asked.

    A case that staff open by what they said is theirs and in progress: there is nobody to page, nothing to acknowledge.
    """
    at = asked_at(request.requested_at, now)
    severity = policies.severity_of(request.reason, request.grade, request.signals)
    policy = policies.severities[severity]
    responder = _responder(desk, policy, at, by_staff)
    kinds = (ClockKind.RESOLVE,) if by_staff else (ClockKind.ACKNOWLEDGE, ClockKind.RESOLVE)
    clocks = tuple(start_clock(kind, policy, desk, at) for kind in kinds)
    case = Case(
        case_id=case_id,
        centre_id=request.centre_id,
        owner_id=request.owner_id,
        version=0,
        entry_count=0,
        state=State.IN_PROGRESS if by_staff else State.NEW,
        severity=severity,
        reasons=(request.reason,),
        asked_for=request.reason in policies.asked_for,
        locale=request.locale if request.locale in LOCALES else "en",
        zone=desk.zone,
        words=cut(request.words),
        grade=request.grade,
        conversation_id=request.conversation_id,
        bill_id=request.bill_id,
        line_id=request.line_id,
        rung=responder.rung,
        staff_id=responder.staff_id,
        staff_name=responder.name,
        opened_at=at,
        entered={State.NEW: at, **({State.IN_PROGRESS: at} if by_staff else {})},
        clocks=clocks,
    )
    file = CaseFile(case, desk, policies, at)
    due_at = clocks[0].due_at
    if by_staff is None:
        page_responder(file, request.reason)
        file.tell_owner("case_opened", reason=request.reason, staff_name=responder.name, due_at=due_at)
    file.record(
        "opened",
        CUSTOMER if case.asked_for else SYSTEM,
        public=True,
        request_id=request.request_id,
        reason=request.reason,
        words=case.words or None,
        **request.reading,
        severity=severity,
        asked_for=case.asked_for,
        due_at=due_at,
        staff_id=responder.staff_id,
        rung=responder.rung,
    )
    return file


def _responder(desk: Desk, policy: Policy, at: datetime, by_staff: str | None) -> Responder:
    if by_staff is None:
        return desk.responders(policy.starts_with, policy, at)[0]
    return desk.person(by_staff) or Responder(by_staff, None, policy.starts_with)


def merge_request(case: Case, request: CaseRequest, desk: Desk, policies: Policies, now: datetime) -> CaseFile:
    """The file of an open case with one more request in it; a resolved one is reopened."""
    file = CaseFile(case, desk, policies, not_before(case, asked_at(request.requested_at, now)))
    file.change(
        owner_id=case.owner_id or request.owner_id,
        reasons=case.reasons if request.reason in case.reasons else (*case.reasons, request.reason),
        asked_for=case.asked_for or request.reason in policies.asked_for,
        conversation_id=case.conversation_id or request.conversation_id,
        bill_id=case.bill_id or request.bill_id,
        line_id=case.line_id or request.line_id,
        grade=max((grade for grade in (case.grade, request.grade) if grade is not None), default=None),
        times_asked=case.times_asked + 1,
    )
    severity = policies.severity_of(request.reason, request.grade, request.signals)
    file.record(
        "merged",
        CUSTOMER if request.reason in policies.asked_for else SYSTEM,
        public=True,
        request_id=request.request_id,
        reason=request.reason,
        words=cut(request.words) or None,
        **request.reading,
        bill_id=request.bill_id,
        conversation_id=request.conversation_id,
    )
    _move_on(file, request)
    _press_on(file, severity, request.reason)
    if file.case.times_reopened > case.times_reopened and case.last_answer is not None:
        enter_answer(file, case.last_answer)
    return file


def _move_on(file: CaseFile, request: CaseRequest) -> None:
    """What a customer who speaks up does to a case that waits for them, or that seemed solved."""
    if file.case.state is State.RESOLVED:
        reopen(file, SYSTEM, reason=request.reason)
    elif file.case.state is State.WAITING_CUSTOMER:
        file.enter(State.IN_PROGRESS)
        file.change(clocks=tuple(resume(clock, file.policy, file.desk, file.now) for clock in file.case.clocks))
        file.record("resumed", CUSTOMER, public=True)


def _press_on(file: CaseFile, severity: Severity, reason: str) -> None:
    """Raise the severity where the request is worse; its deadlines and its rung then hold too."""
    before = file.case.severity
    if not file.raise_severity(severity):
        return
    policy = file.policy
    file.change(clocks=tuple(tighten(clock, policy, file.desk, file.now) for clock in file.case.clocks))
    if LADDER.index(policy.starts_with) > LADDER.index(file.case.rung):
        file.hand_to(file.desk.responders(policy.starts_with, policy, file.now)[0])
    page_responder(file, reason)
    file.record("severity_raised", SYSTEM, public=False, before=before, severity=severity, staff_id=file.case.staff_id)


def reopen(file: CaseFile, by: str, **data: str) -> None:
    """Open the case again, with deadlines of its own; whoever answered for it answers again."""
    file.enter(State.REOPENED)
    kinds = (ClockKind.ACKNOWLEDGE, ClockKind.RESOLVE)
    file.change(
        clocks=tuple(start_clock(kind, file.policy, file.desk, file.now) for kind in kinds),
        times_reopened=file.case.times_reopened + 1,
        last_answer=None,
        closes_at=None,
        reopenable_until=None,
        checklist=None,
    )
    page_responder(file, file.case.reasons[0])
    due_at = file.case.clocks[0].due_at
    file.tell_owner("case_reopened", staff_name=file.case.staff_name, due_at=due_at)
    file.record("reopened", by, public=True, due_at=due_at, **data)


def page_responder(file: CaseFile, reason: str) -> None:
    """Tell the person who answers that the case is theirs."""
    acknowledge = file.case.clock(ClockKind.ACKNOWLEDGE)
    due_at = acknowledge.due_at if acknowledge is not None and acknowledge.met_at is None else None
    file.tell_staff(
        "case_page", file.case.staff_id, reason=reason, severity=file.case.severity, due_at=due_at, rung=file.case.rung
    )


def asked_at(said: datetime, now: datetime) -> datetime:
    """When somebody wrote, to the second; a clock that runs ahead is not believed."""
    return min(said.astimezone(UTC), now).replace(microsecond=0)


def not_before(case: Case, at: datetime) -> datetime:
    """A late message joins what has happened since; the timeline never runs backwards."""
    return max([at, *case.entered.values()])
