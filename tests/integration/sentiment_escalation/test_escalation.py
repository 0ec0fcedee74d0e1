"""A customer who is upset, or asks for a manager, gets one: a case per episode, and an answer at once."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.sentiment_escalation import stream
from shared.adapters.centres_table import CentresTable
from shared.domain.cases import Case, CaseClock, Change, ClockKind, Severity, State
from shared.domain.centres import Rung
from tests.integration.sentiment_escalation.conversation_world import (
    ADVISOR,
    CENTRE,
    INTEGRATOR,
    NOW,
    OWNER,
    SHANGHAI,
    STRANGER,
    World,
    message,
    stream_record,
)


def open_case(world: World, case_id: str, state: State = State.NEW, **fields: Any) -> Case:
    """A case as the case desk opens it for the conversation, saved."""
    now = world.now
    clock = CaseClock(
        kind=ClockKind.ACKNOWLEDGE, target_s=1800, used_s=0, round_the_clock=False, running_since=now,
        due_at=now + timedelta(minutes=30), steps=(),
    )  # fmt: skip
    case = Case(
        **{
            "case_id": case_id, "centre_id": "centre-1", "owner_id": "owner-1", "version": 1, "entry_count": 0,
            "state": state, "severity": Severity.HIGH, "reasons": ("agitation",), "asked_for": False, "locale": "en",
            "zone": "Asia/Shanghai", "words": "", "conversation_id": "c-1", "rung": Rung.MANAGER,
            "staff_id": "manager-1", "staff_name": "Wang Wei", "opened_at": now, "entered": {state: now},
            "clocks": (clock,), **fields,
        }
    )  # fmt: skip
    world.cases.save(Change(None, case, ()), now)
    return case


def close(world: World, case: Case) -> None:
    closed = case.model_copy(update={"state": State.CLOSED, "version": case.version + 1})
    world.cases.save(Change(case, closed, ()), world.now)


def reasons(requests: Iterable[dict[str, Any]]) -> list[str]:
    return [request["reason"] for request in requests]


# ------------------------------------------------------------------------------------------- raised by itself


def test_a_conversation_that_heats_up_over_five_messages_raises_exactly_one_case(world: World) -> None:
    raised = []
    for words in ("[0] is it ready?", "[1] any news?", "[1] hello?", "[2] nobody answers", "[2] this is a joke"):
        world.write(words)
        world.pass_time(minutes=30)
        raised.append(reasons(world.requested()))
    assert [reason for found in raised for reason in found] == ["agitation"]
    assert raised[-1] or raised[-2]
    world.write("[3] I have had it")
    assert world.requested() == []
    points = world.show(OWNER).json["temperature"]["points"]
    assert points == sorted(points, key=lambda point: point["temperature"])
    assert points[-1]["moved_by"][0]["words"]


def test_a_single_furious_message_is_enough(world: World) -> None:
    world.write("[3] thieves!", bill_id="bill-1")
    [request] = world.requested()
    assert (request["reason"], request["grade"], request["bill_id"]) == ("agitation", 3, "bill-1")
    assert request["request_id"] == "episode#centre-1#c-1#1#agitation"
    assert world.conversation().episode.case_id == request["case_id"]


@pytest.mark.parametrize(
    ("signal", "reason"), [("human_request", "keyword"), ("public_threat", "legal"), ("safety_danger", "safety")]
)
def test_a_hard_signal_is_enough_however_calm(world: World, signal: str, reason: str) -> None:
    world.write(f"[0 {signal}] said calmly")
    assert reasons(world.requested()) == [reason]


def test_danger_is_not_hidden_behind_a_case_about_anger(world: World) -> None:
    world.write("[3] thieves!")
    world.write("[3 safety_danger] and the brakes failed")
    world.write("[3 safety_danger] the brakes, I said")
    assert reasons(world.requested()) == ["agitation", "safety"]


def test_after_its_case_is_closed_another_episode_begins_cold(world: World) -> None:
    world.write("[3] thieves!")
    [first] = world.requested()
    case = open_case(world, first["case_id"])
    world.write("[3] still waiting")
    assert world.requested() == []
    close(world, case)
    world.pass_time(minutes=5)
    world.write("thank you")
    assert world.conversation().episode.number == 1
    world.write("[1] a question about winter tyres")
    shown = world.show(OWNER).json
    assert shown["temperature"]["now"] < 25
    assert [(e["number"], e["case_id"], e["ended_at"] is not None) for e in shown["episodes"]] == [
        (1, first["case_id"], True),
        (2, None, False),
    ]
    world.write("[3] thieves again!")
    [second] = world.requested()
    assert second["request_id"].endswith("#2#agitation")
    assert second["case_id"] != first["case_id"]


def test_a_message_for_a_closed_conversation_opens_another_episode(world: World) -> None:
    world.write("[2] where is it")
    world.write("Delivered, goodbye.", ADVISOR, closes=True)
    assert world.show().json["closed"]
    world.write("thanks")
    assert world.show().json["closed"]
    world.write("[1] now it rattles")
    shown = world.show().json
    assert not shown["closed"]
    assert [episode["number"] for episode in shown["episodes"]] == [1, 2]
    assert shown["owes"]["who"] == "centre"


def test_a_late_message_raises_what_it_has_to(world: World) -> None:
    world.receive(message(5, "hello"))
    world.receive(message(1, "[0 safety_danger] it lost power on the motorway"))
    assert reasons(world.requested()) == ["safety"]


def test_a_message_that_is_stored_anew_tells_nobody_again(world: World) -> None:
    world.receive(message(5, "[3] thieves!"))
    [before] = world.outboxes()
    assert reasons(world.requested()) == ["agitation"]
    world.receive(message(1, "[1] hello"))
    [after] = world.outboxes()
    assert after["trajectory"] != before["trajectory"]
    assert stream.handler({"Records": [stream_record(after, before)]}, None) == {"batchItemFailures": []}
    assert world.requested() == []


def test_what_staff_promise_goes_to_the_ledger_once(world: World) -> None:
    world.write("where is my car")
    world.write("I'll call you tomorrow before noon.", ADVISOR, message_id="p-1", locale="en")
    world.write("I'll call you tomorrow before noon.", ADVISOR, message_id="p-1", locale="en")
    world.write("Good morning.", ADVISOR)
    [promise] = world.requested()
    assert (promise["type"], promise["staff_id"], promise["conversation_id"]) == ("promise_made", "advisor-1", "c-1")


# ------------------------------------------------------------------------------------------------ Escalate


def test_escalate_is_answered_at_once_and_its_case_follows(world: World) -> None:
    answer = world.post("ＥＳＣＡＬＡＴＥ！！", locale="en").json["escalation"]
    assert answer["call_now"] == {"name": "Wang Wei", "rung": "manager", "phone": "+8613800000002"}
    assert answer["answer_by"] == (NOW + timedelta(minutes=30)).isoformat()
    assert answer["place_in_queue"] == 1
    assert answer["opening_hours"]["open_now"]
    assert len(answer["opening_hours"]["days"]) == 7
    for part in (answer["case_id"], "Wang Wei", "+8613800000002", "2026-11-25 10:30"):
        assert part in answer["text"]
    world.work()
    [request] = world.requested()
    assert (request["reason"], request["case_id"]) == ("keyword", answer["case_id"])
    assert world.show().json["episodes"][0]["handed_off_at"]


def test_escalate_before_anything_else_and_from_an_integrator(world: World) -> None:
    assert world.write("转人工", INTEGRATOR, channel="wechat", owner_id="owner-1").json["escalation"]
    assert reasons(world.requested()) == ["keyword"]


def test_asked_again_it_joins_the_open_case_and_is_ranked_never_refused(world: World) -> None:
    first = world.write("Escalate").json["escalation"]
    open_case(world, "worse", severity=Severity.CRITICAL, conversation_id="c-9", opened_at=NOW - timedelta(hours=1))
    open_case(world, first["case_id"])
    world.pass_time(minutes=2)
    for _ in range(5):
        again = world.write("Escalate", locale="zh-CN").json["escalation"]
        assert again["case_id"] == first["case_id"]
        assert again["joined_open_case"]
        assert again["place_in_queue"] == 2
        assert "并入" in again["text"]
        world.pass_time(minutes=2)
    requests = world.requested()
    assert reasons(requests) == ["keyword"] * 6
    assert len({request["request_id"] for request in requests}) == 6


def test_a_missed_deadline_of_the_open_case_is_owned_up_to(world: World) -> None:
    open_case(world, "case-1")
    world.pass_time(hours=1)
    answer = world.write("Escalate", locale="en").json["escalation"]
    assert answer["answer_by"] is None
    assert answer["overdue_since"] == (NOW + timedelta(minutes=30)).isoformat()
    assert "10:30" in answer["text"]


def test_somebody_elses_case_is_not_named(world: World) -> None:
    open_case(world, "case-1", owner_id="owner-9", conversation_id=None, bill_id="bill-1")
    answer = world.write("Escalate", bill_id="bill-1").json["escalation"]
    assert answer["case_id"] != "case-1"


def test_at_night_those_on_call_are_reached_and_the_deadline_counts_opening_hours(world: World) -> None:
    world.now = datetime(2026, 11, 27, 22, tzinfo=SHANGHAI).astimezone(UTC)  # A Friday.
    answer = world.post("找经理", locale="zh-CN").json["escalation"]
    assert answer["call_now"]["name"] == "Chen Hao"
    assert answer["answered_by"]["name"] == "Wang Wei"
    assert datetime.fromisoformat(answer["answer_by"]) == datetime(2026, 11, 30, 9, 30, tzinfo=SHANGHAI)
    assert answer["opening_hours"]["opens_at"] == "2026-11-30T09:00+08:00"


def test_with_nobody_on_duty_it_falls_through_to_those_on_call(world: World) -> None:
    alone = CENTRE.model_copy(update={"ladder": tuple(p for p in CENTRE.ladder if p.rung is Rung.ON_CALL)})
    CentresTable(world.dynamodb, "Centres").put_centre(alone)
    answer = world.post("Escalate").json["escalation"]
    assert answer["answered_by"]["name"] == answer["call_now"]["name"] == "Chen Hao"


def test_a_centre_that_nobody_knows_still_owes_an_answer(world: World) -> None:
    answer = world.post("Escalate", STRANGER, locale="en").json["escalation"]
    assert answer["answered_by"] == {"name": None, "rung": "on_call", "phone": None}
    assert answer["answer_by"] == (NOW + timedelta(minutes=30)).isoformat()
    assert "A manager answers for it." in answer["text"]
    world.work()
    assert reasons(world.requested()) == ["keyword"]


def test_the_word_means_nothing_from_staff(world: World) -> None:
    assert world.write("Escalate", ADVISOR).json["escalation"] is None
    assert world.requested() == []
