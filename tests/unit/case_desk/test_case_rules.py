"""Whatever is done to a case in whatever order: its record stays whole, and time alone comes to an end."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.case_desk import models
from functions.case_desk.act_on_case import act_on_case
from functions.case_desk.case_file import CaseFile
from functions.case_desk.desk import Desk
from functions.case_desk.fall_due import fall_due
from functions.case_desk.models import CaseRequest
from functions.case_desk.policies import Policies
from functions.case_desk.raise_case import merge_request, open_case, takes_in
from functions.case_desk.show_case import show_to_customer, show_to_staff
from functions.case_desk.tell_of_entry import tell_of_entry
from shared.domain.cases import Case, Change, ClockKind, Severity, State
from shared.domain.errors import AftercareError
from tests.integration.case_desk.desk_world import CENTRE

POLICIES = Policies.of_content()
START = datetime(2026, 11, 25, 2, tzinfo=UTC)
DESK = Desk(CENTRE.id, CENTRE)
STAFF = ("advisor-1", "manager-1", "somebody-else")
CHECKLIST = {"solved": True, "prevention_taught": False, "value_added": False, "choice_matters": True}

requests = st.builds(
    CaseRequest,
    type=st.just("case_requested"),
    request_id=st.uuids().map(str),
    reason=st.sampled_from([*POLICIES.reasons, "unheard_of"]),
    centre_id=st.just(CENTRE.id),
    owner_id=st.sampled_from(["owner-1", None]),
    requested_at=st.just(START),
    locale=st.sampled_from(["en", "zh-CN", "xx"]),
    words=st.sampled_from(["", "Three times I asked!", "第三次了"]),
    bill_id=st.sampled_from([None, "bill-1"]),
    conversation_id=st.sampled_from([None, "conversation-1"]),
    grade=st.sampled_from([None, 0, 1, 2, 3]),
    signals=st.sampled_from([(), ("human_request",), ("safety_danger",), ("unknown",)]),
)
simple = st.sampled_from(["acknowledge", "start", "resume", "close", "mark_false_alarm"]).map(
    lambda name: {"action": name}
)
actions = st.one_of(
    simple,
    st.sampled_from(["customer", "parts"]).map(lambda whom: {"action": "wait", "waiting_for": whom}),
    st.just({"action": "resolve", "words": "Done.", "checklist": CHECKLIST}),
    st.just({"action": "reopen", "words": "Not done."}),
    st.sampled_from(["I'll call you tomorrow before noon.", "Hello.", "我会亲自查清楚。"]).map(
        lambda words: {"action": "reply", "words": words}
    ),
    st.sampled_from(["advisor-1", "regional-1"]).map(lambda whom: {"action": "assign", "staff_id": whom}),
    st.sampled_from(["confirm_promise", "keep_promise", "withdraw_promise"]).map(lambda name: {"action": name}),
)
moves = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.tuples(actions, st.sampled_from(STAFF))),
        st.tuples(st.just("wait"), st.integers(1, 60 * 24 * 4)),
        st.tuples(st.just("merge"), requests),
    ),
    max_size=14,
)


def do(case: Case, now: datetime, move: str, what: Any) -> Change | None:
    if move == "merge":
        if not takes_in(case, what.centre_id, what.owner_id):
            return None
        return merge_request(case, what.model_copy(update={"requested_at": now}), DESK, POLICIES, now).finished()
    action, by = what
    if action["action"].endswith("_promise"):
        if not case.promises:
            return None
        action = {**action, "promise_id": case.promises[-1].promise_id}
    try:
        return act_on_case(CaseFile(case, DESK, POLICIES, now), models.read_action(action), by)
    except AftercareError:
        return None


def check(change: Change, now: datetime) -> None:
    before, case = change.before, change.case
    assert change.entries
    assert case.version == (before.version if before else 0) + 1
    first = before.entry_count if before else 0
    assert [entry.seq for entry in change.entries] == list(range(first + 1, case.entry_count + 1))
    assert case.entered[case.state] <= now
    assert Case.model_validate_json(case.model_dump_json()) == case
    if before is not None:
        assert case.severity.rank >= before.severity.rank
        assert set(before.reasons) <= set(case.reasons)
        assert {p.promise_id for p in before.promises} <= {p.promise_id for p in case.promises}
    running = [clock for clock in case.clocks if clock.is_running]
    if not case.is_open or case.state is State.WAITING_CUSTOMER:
        assert not running
    else:
        assert running
    assert (case.closes_at is not None) == (case.state is State.RESOLVED)
    for entry in change.entries:
        tell_of_entry(entry)
    show_to_customer(case, change.entries, 1, "en")
    show_to_staff(case, change.entries, 1, "zh-CN")


@settings(max_examples=120, deadline=None)
@given(requests, moves)
def test_the_record_stays_whole_and_once_acknowledged_time_alone_comes_to_an_end(
    request: CaseRequest, done: list[Any]
) -> None:
    now = START
    change = open_case(request, "c", DESK, POLICIES, now).finished(request.request_id)
    check(change, now)
    case, missed = change.case, 0
    for move, what in [*done, *[("wait", 60 * 24 * 30)] * 2]:
        if move == "wait":
            end = now + timedelta(minutes=what)
            ticks = pages = 0
            while case.next_event_at is not None and case.next_event_at <= end:
                now = max(now, case.next_event_at)
                due = fall_due(case, DESK, POLICIES, now)
                assert due is not None, "what is due must change something, or it is due for ever"
                check(due, now)
                missed += sum(entry.kind == "deadline_missed" for entry in due.entries)
                pages += due.case.times_paged_again - case.times_paged_again
                case, ticks = due.case, ticks + 1
                assert ticks < 400
                if pages > 9:
                    acknowledged = do(case, now, "act", ({"action": "acknowledge"}, STAFF[0]))
                    assert acknowledged is not None
                    case, pages = acknowledged.case, 0
            now = end
            assert fall_due(case, DESK, POLICIES, now) is None
        elif (found := do(case, now, move, what)) is not None:
            check(found, now)
            case = found.case
    assert case.deadlines_missed == missed


@settings(max_examples=60, deadline=None)
@given(requests, requests)
def test_a_worse_request_never_makes_a_deadline_later(first: CaseRequest, second: CaseRequest) -> None:
    case = open_case(first, "c", DESK, POLICIES, START).finished().case
    later = START + timedelta(minutes=7)
    if not takes_in(case, second.centre_id, second.owner_id):
        return
    merged = merge_request(case, second, DESK, POLICIES, later).finished().case
    for kind in ClockKind:
        before, after = case.clock(kind), merged.clock(kind)
        if before is not None and before.due_at is not None:
            assert after is not None
            assert after.due_at is not None
            assert after.due_at <= before.due_at


def test_the_same_request_makes_the_same_case() -> None:
    request = CaseRequest(
        type="case_requested",
        request_id="r",
        reason="agitation",
        centre_id="centre-1",
        owner_id="o",
        requested_at=START,
    )
    one, other = (
        open_case(request, "c", DESK, POLICIES, START + timedelta(minutes=minutes)).finished() for minutes in (0, 50)
    )
    assert one == other


def test_a_severity_is_the_highest_that_anything_asks_for() -> None:
    assert POLICIES.severity_of("bill_question") is Severity.LOW
    assert POLICIES.severity_of("bill_question", grade=3) is Severity.HIGH
    assert POLICIES.severity_of("bill_question", signals=("safety_danger",)) is Severity.CRITICAL
    assert POLICIES.severity_of("unheard_of") is Severity.MEDIUM


def test_an_owner_who_was_lost_and_says_why_is_answered_before_a_mere_question() -> None:
    assert POLICIES.severity_of("win_back") is Severity.MEDIUM
