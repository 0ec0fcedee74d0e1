"""Requests become cases: one per conversation or bill, whatever comes how often and in what order."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.adapters.personal_data import Drawer
from shared.domain.cases import Severity, State
from shared.domain.centres import Rung
from tests.integration.case_desk.desk_world import MANAGER, NOW, OTHER_OWNER, OWNER, SHANGHAI, World, request


def test_an_angry_customer_gets_one_case_and_the_manager_is_paged_once(world: World) -> None:
    assert world.receive(request()) == []
    assert world.receive(request()) == []
    case = world.only_case()
    assert (case.state, case.severity, case.staff_id) == (State.NEW, Severity.HIGH, "manager-1")
    assert (case.times_asked, case.entry_count) == (1, 1)
    told = world.told()
    assert [(message["kind"], message["to"]) for message in told] == [
        ("case_page", {"staff_id": "manager-1"}),
        ("case_opened", {"owner_id": "owner-1"}),
    ]
    assert told[0]["urgency"] == "urgent"
    assert "2026-11-25 10:30 UTC+08:00" in told[1]["text"]
    assert "Wang Wei" in told[1]["text"]


def test_the_deadline_is_counted_from_when_the_customer_wrote(world: World) -> None:
    world.pass_time(minutes=20)
    world.receive(request())
    clock = world.only_case().clocks[0]
    assert clock.due_at == NOW + timedelta(minutes=30)


def test_a_clock_that_runs_ahead_is_not_believed(world: World) -> None:
    world.receive(request(requested_at=(NOW + timedelta(days=3)).isoformat()))
    assert world.only_case().opened_at == NOW


def test_what_is_asked_again_is_merged_and_counted_and_never_refused(world: World) -> None:
    world.receive(request("r-1", reason="delay"), request("r-2", reason="keyword", words="Escalate"))
    case = world.only_case()
    assert (case.times_asked, case.reasons, case.asked_for) == (2, ("delay", "keyword"), True)
    assert (case.severity, case.rung, case.staff_id) == (Severity.HIGH, Rung.MANAGER, "manager-1")
    assert world.kinds(case.case_id) == ["opened", "merged", "severity_raised"]
    kinds = [message["kind"] for message in world.told()]
    assert kinds == ["case_page", "case_opened", "case_page"]


def test_the_promised_id_is_the_case_or_stands_for_it(world: World) -> None:
    world.receive(request("r-1", case_id="promised-1"), request("r-2", case_id="promised-2"))
    assert world.only_case().case_id == "promised-1"
    assert world.case("promised-2").case_id == "promised-1"
    assert world.call("GET", "/cases/promised-2", OWNER).json["case_id"] == "promised-1"


def test_conversation_and_bill_lead_to_the_same_case(world: World) -> None:
    world.receive(request("r-1", bill_id="bill-1"))
    world.receive(request("r-2", reason="bill_dispute", conversation_id=None, bill_id="bill-1"))
    assert world.only_case().times_asked == 2


def test_two_open_cases_keep_what_is_theirs(world: World) -> None:
    world.receive(request("r-1"))
    world.receive(request("r-2", reason="bill_dispute", conversation_id=None, bill_id="bill-1"))
    world.receive(request("r-3", bill_id="bill-1"))
    by_conversation = world.cases.open_case_of("centre-1#conversation#conversation-1")
    by_bill = world.cases.open_case_of("centre-1#bill#bill-1")
    assert by_conversation != by_bill
    assert by_conversation is not None
    assert world.case(by_conversation).times_asked == 2
    assert world.case(by_conversation).bill_id is None


def test_a_closed_case_never_leaks_into_the_next(world: World) -> None:
    world.receive(request("r-1", case_id="first"))
    close(world, "first")
    world.receive(request("r-2", case_id="second", words="Again!"))
    assert world.case("second").times_asked == 1
    assert world.case("first").state is State.CLOSED
    assert "Again!" not in world.call("GET", "/cases/first", OWNER).text


def test_the_id_of_a_closed_case_is_not_taken_a_second_time(world: World) -> None:
    world.receive(request("r-1", case_id="first"))
    close(world, "first")
    world.receive(request("r-2", case_id="first"))
    found = world.cases.open_case_of("centre-1#conversation#conversation-1")
    assert found not in (None, "first")
    assert world.case("first").times_asked == 1


def test_what_comes_in_on_a_resolved_case_reopens_it(world: World) -> None:
    world.receive(request("r-1", case_id="first"))
    resolve(world, "first")
    world.pass_time(hours=1)
    world.receive(request("r-2", requested_at=world.now.isoformat()))
    case = world.case("first")
    assert (case.state, case.times_reopened) == (State.REOPENED, 1)
    assert case.clocks[0].due_at == world.now + timedelta(minutes=30)


def test_an_answer_of_the_customer_ends_the_wait_for_it(world: World) -> None:
    world.receive(request("r-1", case_id="c"))
    world.act("c", "start")
    world.act("c", "wait", waiting_for="customer")
    assert world.case("c").next_event_at is None
    world.pass_time(days=2)
    world.receive(request("r-2", requested_at=world.now.isoformat()))
    case = world.case("c")
    assert case.state is State.IN_PROGRESS
    assert case.next_event_at is not None


def test_somebody_elses_request_does_not_join(world: World) -> None:
    world.receive(request("r-1"))
    world.receive(request("r-2", owner_id="owner-2", case_id="theirs"))
    assert world.case("theirs").owner_id == "owner-2"
    assert world.case("theirs").conversation_id is None
    assert world.call("GET", "/cases/theirs", OWNER).status == 403
    assert world.call("GET", "/cases/theirs", OTHER_OWNER).status == 200


def test_a_case_that_was_erased_with_its_owners_data_stands_in_nobodys_way(world: World) -> None:
    world.receive(request("r-1", case_id="gone"))
    assert Drawer(world.dynamodb, "Cases", "cases").erase_of("owner-1") == 2
    world.tick(NOW + timedelta(hours=2))
    assert world.receive(request("r-2", case_id="next")) == []
    assert world.only_case().case_id == "next"
    assert world.cases.open_case_of("centre-1#conversation#conversation-1") == "next"


def test_at_night_those_are_paged_who_are_on_duty_when_the_centre_opens(world: World) -> None:
    midnight = datetime(2026, 11, 26, 0, 30, tzinfo=SHANGHAI)
    world.now = midnight
    world.receive(request(requested_at=midnight.isoformat()))
    case = world.only_case()
    assert case.staff_id == "manager-1"
    assert case.clocks[0].due_at == datetime(2026, 11, 26, 9, 30, tzinfo=SHANGHAI)


def test_what_cannot_wait_for_the_morning_falls_through_to_those_on_call(world: World) -> None:
    midnight = datetime(2026, 11, 26, 0, 30, tzinfo=SHANGHAI)
    world.now = midnight
    world.receive(request(reason="safety", requested_at=midnight.isoformat()))
    case = world.only_case()
    assert (case.severity, case.staff_id, case.rung) == (Severity.CRITICAL, "on-call-1", Rung.ON_CALL)
    assert case.clocks[0].due_at == midnight + timedelta(minutes=15)


def test_a_centre_that_nobody_knows_still_gets_a_case(world: World) -> None:
    assert world.receive(request(centre_id="nowhere")) == []
    case = world.only_case()
    assert (case.staff_id, case.rung) == ("on-call", Rung.ON_CALL)
    assert world.told()[0]["to"] == {"staff_id": "on-call"}


def test_a_case_without_an_owner_tells_staff_only(world: World) -> None:
    world.receive(request(owner_id=None))
    assert [message["kind"] for message in world.told()] == ["case_page"]


@pytest.mark.parametrize(
    "body",
    ["", "[]", "{", '{"type":"case_requested"}', '{"type":"other"}', "\x00", '{"type":"promise_made","staff_id":1}'],
)
def test_a_message_that_cannot_be_read_fails_alone(world: World, body: str) -> None:
    assert world.receive(body, request(), ids=["bad", "good"]) == ["bad"]
    world.only_case()


@pytest.mark.parametrize("words", ["", "\u202e", "😤" * 9000, "a" * 60_000, "混合 mixed العربية 1/2"])
def test_strange_words_are_kept_as_far_as_they_go(world: World, words: str) -> None:
    world.receive(request(words=words))
    case = world.only_case()
    assert len(case.words) <= 4000
    assert len(world.told()) == 2
    assert world.call("GET", f"/cases/{case.case_id}", OWNER).status == 200


def close(world: World, case_id: str) -> None:
    resolve(world, case_id)
    assert world.act(case_id, "close").status == 200


def resolve(world: World, case_id: str) -> None:
    assert world.act(case_id, "start").status == 200
    done: dict[str, Any] = {
        "words": "The invoice was corrected.",
        "checklist": {"solved": True, "prevention_taught": True, "value_added": False, "choice_matters": True},
    }
    assert world.act(case_id, "resolve", MANAGER, **done).status == 200
