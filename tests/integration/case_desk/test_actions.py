"""What people do to a case over HTTP, and what they may see of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.domain.cases import PromiseState, State
from tests.integration.case_desk.desk_world import (
    ADVISOR,
    INTEGRATOR,
    MANAGER,
    NOW,
    OTHER_MANAGER,
    OTHER_OWNER,
    OWNER,
    SHANGHAI,
    World,
    request,
)
from tests.integration.case_desk.test_opening import resolve

CHECKLIST = {"solved": True, "prevention_taught": False, "value_added": True, "choice_matters": True}


@pytest.fixture(autouse=True)
def case(world: World) -> None:
    world.receive(request(case_id="c"))
    world.told()


def promise_id(world: World) -> str:
    return world.case("c").promises[0].promise_id


# ------------------------------------------------------------------------------------------------------ what is seen


def test_the_customer_sees_why_who_what_and_by_when(world: World) -> None:
    world.act("c", "acknowledge")
    world.act("c", "note", words="He is right, the part was forgotten.")
    answer = world.call("GET", "/cases/c", OWNER)
    seen = answer.json
    assert seen["why"] == ["you seemed upset with us"]
    assert (seen["state"], seen["answered_by"], seen["place_in_queue"]) == ("acknowledged", "Wang Wei", 1)
    assert [entry["kind"] for entry in seen["timeline"]] == ["opened", "acknowledged"]
    deadline = seen["next_deadline"]
    assert deadline["kind"] == "update"
    assert deadline["computed"]["hours"] == "opening_hours"
    assert deadline["computed"]["counted"][-1]["minutes_so_far"] == deadline["computed"]["minutes"] == 240
    assert len(deadline["computed"]["counted"]) == 2
    assert "forgotten" not in answer.text


def test_internal_things_stay_internal(world: World) -> None:
    world.act("c", "reply", words="I'll call you tomorrow before noon.")
    world.act("c", "mark_false_alarm")
    text = world.call("GET", "/cases/c", OWNER).text
    for word in ("advisor-1", "manager-1", "severity", "false_alarm", "grade", "rung", "staff_id", "checklist"):
        assert word not in text
    assert "manager-1" in world.call("GET", "/cases/c", MANAGER).text


def test_the_customer_reads_it_in_their_language(world: World) -> None:
    assert world.call("GET", "/cases/c", OWNER, accept_language="zh").json["why"] == ["您似乎对我们很不满意"]


@pytest.mark.parametrize("claims", [OTHER_OWNER, OTHER_MANAGER, INTEGRATOR])
def test_somebody_elses_case_is_refused(world: World, claims: dict[str, str]) -> None:
    assert world.call("GET", "/cases/c", claims).status == 403
    assert world.act("c", "acknowledge", claims).status == 403
    assert world.call("POST", "/cases/c/drafts", claims, {}).status == 403


def test_without_a_token_there_is_nothing_to_see(world: World) -> None:
    assert world.call("GET", "/cases/c").status == 401


def test_a_case_that_does_not_exist_is_not_found(world: World) -> None:
    answer = world.call("GET", "/cases/nothing", MANAGER)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/problem+json")


def test_staff_see_the_open_cases_in_their_order(world: World) -> None:
    world.pass_time(minutes=1)
    at = world.now.isoformat()
    world.receive(
        request("r-2", case_id="safety", reason="safety", conversation_id="a", requested_at=at),
        request("r-3", case_id="bill", reason="bill_question", conversation_id="b", requested_at=at),
        request("r-4", case_id="asked", reason="keyword", conversation_id="d", requested_at=at),
        request("r-5", case_id="done", conversation_id="e", requested_at=at),
    )
    resolve(world, "done")
    world.act("asked", "start")
    world.act("asked", "wait", waiting_for="customer")
    listed = world.call("GET", "/cases", ADVISOR).json["cases"]
    assert [(case["place"], case["case_id"]) for case in listed] == [(1, "safety"), (2, "c"), (3, "bill"), (4, "asked")]
    assert world.call("GET", "/cases/bill", OWNER).json["place_in_queue"] == 3
    assert world.call("GET", "/cases", OTHER_MANAGER).json == {"cases": []}


def test_owners_see_their_own_cases_and_no_others(world: World) -> None:
    assert [case["case_id"] for case in world.call("GET", "/cases", OWNER).json["cases"]] == ["c"]
    assert world.call("GET", "/cases", OTHER_OWNER).json == {"cases": []}
    assert world.call("GET", "/cases", INTEGRATOR).status == 403


# ------------------------------------------------------------------------------------------------------ what is done


def test_a_case_goes_its_way_and_the_customer_hears_of_it(world: World) -> None:
    world.pass_time(minutes=5)
    assert world.act("c", "acknowledge", ADVISOR).json["staff_id"] == "advisor-1"
    world.pass_time(minutes=5)
    assert world.act("c", "start", ADVISOR).json["state"] == "in_progress"
    assert world.act("c", "wait", ADVISOR, waiting_for="parts", words="The new pump.").status == 200
    assert world.act("c", "resume", ADVISOR).status == 200
    world.pass_time(minutes=20)
    assert world.act("c", "resolve", ADVISOR, words="Pump replaced.", checklist=CHECKLIST).status == 200
    case = world.case("c")
    assert case.seconds_to == {"acknowledge": 300, "resolve": 1800}
    assert case.checklist is not None
    assert case.checklist.value_added
    assert world.act("c", "close", ADVISOR).json["state"] == "closed"
    told = world.told()
    assert [message["kind"] for message in told] == ["case_acknowledged", "case_waiting_parts", "case_resolved"]
    assert "“The new pump.”" in told[1]["text"]
    assert "“Pump replaced.”" in told[2]["text"]
    assert set(world.case("c").entered) == set(State) - {State.WAITING_CUSTOMER, State.REOPENED}


@pytest.mark.parametrize(
    ("before", "action", "fields"),
    [
        ([], "close", {}),
        ([], "resume", {}),
        ([], "reopen", {"words": "Still broken"}),
        ([], "resolve", {"words": "Done", "checklist": CHECKLIST}),
        (["acknowledge"], "acknowledge", {}),
        (["start"], "start", {}),
        (["start"], "close", {}),
        (["mark_false_alarm"], "mark_false_alarm", {}),
    ],
)
def test_what_the_state_does_not_allow_is_a_conflict(
    world: World, before: list[str], action: str, fields: dict[str, Any]
) -> None:
    for name in before:
        assert world.act("c", name).status == 200
    version = world.case("c").version
    answer = world.act("c", action, **fields)
    assert (answer.status, answer.json["status"]) == (409, 409)
    assert world.case("c").version == version


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/action"),
        ({"action": "explode"}, "/action"),
        ({"action": "note"}, "/words"),
        ({"action": "note", "words": "  "}, "/words"),
        ({"action": "note", "words": "x" * 4001}, "/words"),
        ({"action": "wait", "waiting_for": "godot"}, "/waiting_for"),
        ({"action": "resolve", "words": "x", "checklist": {"solved": True}}, "/checklist/prevention_taught"),
        ({"action": "acknowledge", "force": True}, "/force"),
        ({"action": "assign", "staff_id": "nobody"}, "/staff_id"),
        ({"action": "edit_promise", "promise_id": "x", "due_at": "2026-11-26T10:00:00"}, "/due_at"),
        ({"action": "reply", "words": "We are the best in the industry."}, "/words"),
        ({"action": "reply", "words": "您的车零排放。"}, "/words"),
        ({"action": "note", "words": "x", "request_id": "with space"}, "/request_id"),
        ([], "/action"),
        ('"text"', "/action"),
    ],
)
def test_bad_input_names_its_field_and_changes_nothing(world: World, body: Any, pointer: str) -> None:
    answer = world.call("POST", "/cases/c/actions", MANAGER, body)
    assert answer.status == 422
    assert pointer in [error["pointer"] for error in answer.json["errors"]]
    assert world.case("c").version == 1


@pytest.mark.parametrize(("body", "status"), [("{", 400), ("", 400), ("\x00", 400)])
def test_what_is_no_json_is_refused(world: World, body: str, status: int) -> None:
    assert world.call("POST", "/cases/c/actions", MANAGER, body).status == status


def test_the_same_action_with_a_key_is_done_once(world: World) -> None:
    for _ in range(3):
        answer = world.act("c", "note", words="Called.", request_id="note-1")
        assert answer.status == 200
    assert world.kinds("c").count("noted") == 1
    assert world.act("c", "note", words="Called.").status == 200
    assert world.kinds("c").count("noted") == 2


def test_only_managers_mark_a_false_alarm_and_it_is_kept_for_retraining(world: World) -> None:
    assert world.act("c", "mark_false_alarm", ADVISOR).status == 403
    assert world.act("c", "mark_false_alarm").status == 200
    [entry] = world.entries("c", "false_alarm")
    assert (entry.by, entry.data["grade"]) == ("manager-1", 0)
    assert not entry.public


def test_a_case_is_handed_to_somebody_of_the_ladder_who_is_told(world: World) -> None:
    assert world.act("c", "assign", staff_id="regional-1").json["answered_by"] == "Zhao Min"
    assert [(message["kind"], message["to"]) for message in world.told()] == [("case_page", {"staff_id": "regional-1"})]


def test_the_customer_may_reopen_in_time_and_do_nothing_else(world: World) -> None:
    assert world.act("c", "close", OWNER).status == 403
    resolve(world, "c")
    world.pass_time(days=13)
    answer = world.act("c", "reopen", OWNER, words="It rattles again.")
    assert (answer.status, answer.json["state"]) == (200, "reopened")
    assert "severity" not in answer.json
    resolve(world, "c")
    world.act("c", "close")
    world.pass_time(days=15)
    assert world.act("c", "reopen", OWNER, words="And again.").status == 409


def test_a_reply_tells_the_customer_counts_as_the_first_and_enters_what_it_promises(world: World) -> None:
    world.pass_time(minutes=12)
    answer = world.act("c", "reply", words="很抱歉。我会亲自查清楚，明天中午前给您回电。", steps=["empathy", "teach"])
    assert answer.status == 200
    case = world.case("c")
    assert case.state is State.ACKNOWLEDGED
    assert case.seconds_to == {"acknowledge": 720, "first_reply": 720}
    assert case.promises[0].due_at == datetime(2026, 11, 26, 12, tzinfo=SHANGHAI)
    told = world.told()
    assert [message["kind"] for message in told] == ["case_reply", "promise_recognised"]
    assert told[0]["text"] == "很抱歉。我会亲自查清楚，明天中午前给您回电。"
    assert answer.json["checklist_suggested"] == {
        "solved": False, "prevention_taught": True, "value_added": None, "choice_matters": None,
    }  # fmt: skip


def test_a_promise_without_a_time_is_due_after_the_default_of_opening_hours(world: World) -> None:
    world.act("c", "reply", words="I will look into this personally.")
    promise = world.case("c").promises[0]
    assert promise.due_is_default
    assert promise.due_at == datetime(2026, 11, 26, 10, tzinfo=SHANGHAI)


def test_a_promise_is_confirmed_edited_kept_or_withdrawn_by_its_author(world: World) -> None:
    world.act("c", "reply", words="I'll call you tomorrow before noon.")
    key = promise_id(world)
    assert world.act("c", "confirm_promise", ADVISOR, promise_id=key).status == 403
    assert world.act("c", "confirm_promise", promise_id=key).status == 200
    assert world.case("c").promises[0].state is PromiseState.CONFIRMED
    later = (NOW + timedelta(days=2)).isoformat()
    assert world.act("c", "edit_promise", promise_id=key, due_at=later).status == 200
    assert world.case("c").promises[0].due_at == NOW + timedelta(days=2)
    assert world.act("c", "edit_promise", promise_id=key, due_at=NOW.isoformat()).status == 422
    assert world.act("c", "keep_promise", ADVISOR, promise_id=key).status == 200
    assert world.case("c").promises[0].was_kept is True
    assert world.act("c", "withdraw_promise", promise_id=key).status == 409
    assert world.act("c", "keep_promise", promise_id="unknown").status == 404


def test_a_promise_that_was_kept_late_does_not_count_as_kept(world: World) -> None:
    world.act("c", "reply", words="I'll call you tomorrow before noon.")
    world.pass_time(days=2)
    assert world.act("c", "keep_promise", promise_id=promise_id(world)).status == 200
    assert world.case("c").promises[0].was_kept is False


def test_a_promise_made_in_the_conversation_joins_the_case(world: World) -> None:
    report = {
        "type": "promise_made", "request_id": "conversation-1#m-2", "centre_id": "centre-1", "owner_id": "owner-1",
        "conversation_id": "conversation-1", "staff_id": "advisor-1", "words": "I'll call you at 3 pm.",
        "made_at": NOW.isoformat(), "locale": "en",
    }  # fmt: skip
    assert world.receive(report, report) == []
    assert [promise.staff_id for promise in world.case("c").promises] == ["advisor-1"]
    assert world.receive({**report, "request_id": "m-3", "words": "Good morning."}) == []
    assert len(world.case("c").promises) == 1


def test_a_promise_without_a_case_opens_one_that_its_author_keeps(world: World) -> None:
    report = {
        "type": "promise_made", "request_id": "m-9", "centre_id": "centre-1", "owner_id": "owner-2",
        "conversation_id": "conversation-2", "staff_id": "advisor-1", "words": "我会亲自查清楚。",
        "made_at": NOW.isoformat(), "locale": "zh-CN",
    }  # fmt: skip
    world.receive(report)
    found = world.cases.open_case_of("centre-1#conversation#conversation-2")
    assert found is not None
    case = world.case(found)
    assert (case.state, case.staff_id, case.reasons) == (State.IN_PROGRESS, "advisor-1", ("promise",))
    assert [message["kind"] for message in world.told()] == ["promise_recognised"]


def test_of_two_at_once_the_second_decides_on_what_the_first_left(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    save, interfering = type(world.cases).save, [True]

    def save_after_somebody_else(table: Any, change: Any, now: Any) -> None:
        if interfering and interfering.pop():
            world.act("c", "note", words="I was faster.")
        save(table, change, now)

    monkeypatch.setattr(type(world.cases), "save", save_after_somebody_else)
    assert world.act("c", "acknowledge").status == 200
    assert world.kinds("c") == ["opened", "noted", "acknowledged"]
