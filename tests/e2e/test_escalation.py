"""Conversations on the deployed system: heat, "Escalate", silence, the ladder and promises, from the API to the SMS."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from local.outbox import Message, sent
from local.seed import Person
from local.tour import until
from local.walk_cases import HEATING_UP
from tests.e2e.conftest import System

MANAGER, REGIONAL, ON_CALL = "+8613800000002", "+8613800000003", "+8613800000004"
JSON = {"content-type": "application/json"}
ANGRY, CALM, PATIENT = "e2e-angry", "e2e-calm", "e2e-patient"


@pytest.fixture(scope="module", autouse=True)
def customers(system: System) -> None:
    """Customers of the demo centre, known to its registry."""
    for name in (ANGRY, CALM, PATIENT):
        system.join(Person(name, "owner", owner_id=name))
        fields = {"name": name, "locale": "en", "zone": "Asia/Shanghai", "emails": [{"address": f"{name}@example.com"}]}
        answer = system.api("integrator").call("PUT", f"/owners/{name}", json.dumps(fields).encode(), JSON)
        assert answer.status == 201, answer.text


def write(system: System, person: str, conversation: str, words: str, **more: Any) -> Any:
    body = {"words": words, "channel": "app", "locale": "en", **more}
    return system.tour.post(person, f"/conversations/{conversation}/messages", body)


def read_to(system: System, conversation: str, count: int) -> Any:
    """The conversation, once so many messages of it were taken in."""

    def read() -> Any:
        shown = system.tour.get("manager", f"/conversations/{conversation}")
        return shown if shown and shown["message_count"] >= count else None

    return until(f"{count} messages", read)


def case_of(system: System, case_id: str, person: str = "manager") -> Any:
    return until("the case", lambda: system.tour.get(person, f"/cases/{case_id}"))


def told(system: System, about: str, to: str) -> list[Message]:
    return [message for message in sent(system.cloud) if about in message.text and message.to == to]


def reminded(system: System, case_id: str) -> list[Message]:
    """What the manager was told of a promise that they made, once there is a second."""
    found = [message for message in told(system, case_id, MANAGER) if "您对客户的一项承诺" in message.text]
    return found if len(found) > 1 else []


def kinds(system: System, case_id: str) -> list[str]:
    return [entry["kind"] for entry in case_of(system, case_id)["timeline"]]


def wait_is_over(system: System, conversation: str) -> None:
    """Let the timer look at the conversation when its next step is due."""
    due = system.tour.get(PATIENT, f"/conversations/{conversation}")["owes"]["next_step_at"]
    system.tour.tick("ConversationTimer", datetime.fromisoformat(due))


def asked_for_a_manager(system: System, person: str, conversation: str) -> str:
    case_id = str(write(system, person, conversation, "Escalate")["escalation"]["case_id"])
    case_of(system, case_id)
    return case_id


def test_five_messages_heat_up_to_one_case_one_page_and_a_deadline_that_the_customer_sees(system: System) -> None:
    for number, words in enumerate(HEATING_UP, 1):
        for _ in range(2):  # a phone that sends again what was received
            write(system, ANGRY, "e2e-heat", words, message_id=f"m-{number}")
    shown = read_to(system, "e2e-heat", len(HEATING_UP))
    assert shown["message_count"] == len(HEATING_UP)
    temperatures = [point["temperature"] for point in shown["temperature"]["points"]]
    assert temperatures == sorted(temperatures)
    hot = [point["hot"] for point in shown["temperature"]["points"]]
    assert (hot[0], hot[-1]) == (False, True)
    [episode] = shown["episodes"]
    case_id = episode["case_id"]

    case = case_of(system, case_id, ANGRY)
    assert [listed["case_id"] for listed in system.tour.get(ANGRY, "/cases")["cases"]] == [case_id]
    deadline = case["next_deadline"]
    due, opened = datetime.fromisoformat(deadline["due_at"]), datetime.fromisoformat(case["opened_at"])
    assert due - opened == timedelta(minutes=30)
    assert deadline["computed"]["minutes"] == 30
    assert deadline["computed"]["counted"][-1]["until"] == deadline["due_at"]
    assert case["answered_by"] == "张伟"

    [page] = until("the page", lambda: told(system, case_id, MANAGER))
    assert "客户似乎对我们很不满意" in page.text
    until("the customer's e-mail", lambda: told(system, case_id, f"{ANGRY}@example.com"))
    # What comes after it in the same queues has arrived: so has whatever would have come before.
    write(system, ANGRY, "e2e-heat", "Escalate", message_id="m-6")
    until("the word to join the case", lambda: case_of(system, case_id)["times_asked"] == 2)
    assert len(told(system, case_id, MANAGER)) == 1


def test_escalate_is_answered_in_the_very_response(system: System) -> None:
    answer = write(system, CALM, "e2e-word", "转人工！", locale="zh-CN")
    escalation = answer["escalation"]
    assert escalation["answered_by"]["name"] == "张伟"
    assert escalation["call_now"]["phone"] == MANAGER
    assert len(escalation["opening_hours"]["days"]) == 7
    waits = datetime.fromisoformat(escalation["answer_by"]) - datetime.fromisoformat(answer["received_at"])
    assert timedelta(minutes=29) < waits <= timedelta(minutes=30)
    for shown in (escalation["case_id"], "张伟", MANAGER):
        assert shown in escalation["text"]

    case_id = escalation["case_id"]
    assert case_of(system, case_id, CALM)["raised_by"] == "you"
    again = write(system, CALM, "e2e-word", "Escalate!")["escalation"]
    assert (again["case_id"], again["joined_open_case"]) == (case_id, True)
    until("the second word to join the case", lambda: case_of(system, case_id)["times_asked"] == 2)


def test_an_ordinary_sentence_about_escalating_is_no_call_for_a_manager(system: System) -> None:
    assert write(system, CALM, "e2e-lift", "The escalator at your shop is very slow.")["escalation"] is None


@pytest.mark.parametrize(("stranger", "status"), [("other-owner", 403), ("other-manager", 404)])
def test_somebody_elses_conversation_stays_theirs(system: System, stranger: str, status: int) -> None:
    write(system, CALM, "e2e-mine", "Is my car ready?", message_id="mine-1")
    read_to(system, "e2e-mine", 1)
    assert system.api(stranger).get("/conversations/e2e-mine").status == status


def test_nobody_writes_into_somebody_elses_conversation(system: System) -> None:
    write(system, CALM, "e2e-mine", "Is my car ready?", message_id="mine-1")
    read_to(system, "e2e-mine", 1)
    answer = system.api("other-owner").post("/conversations/e2e-mine/messages", {"words": "Escalate"})
    assert answer.status == 403


def test_silence_is_told_to_the_customer_then_to_the_manager_then_becomes_a_case(system: System) -> None:
    write(system, PATIENT, "e2e-silence", "Could you tell me when the new tyre arrives?")
    read_to(system, "e2e-silence", 1)
    taken: list[str] = []
    for step in ("tell_customer", "page_manager"):
        wait_is_over(system, "e2e-silence")
        taken.append(step)
        assert system.tour.get(PATIENT, "/conversations/e2e-silence")["owes"]["steps_taken"] == taken
    wait_is_over(system, "e2e-silence")
    [episode] = system.tour.get(PATIENT, "/conversations/e2e-silence")["episodes"]
    assert case_of(system, episode["case_id"])["reasons"] == ["delay"]

    def mails() -> list[Message]:
        found = (message for message in sent(system.cloud) if message.to == f"{PATIENT}@example.com")
        return [message for message in found if "waiting for an answer" in message.subject]

    assert len(until("the customer's mail", mails)) == 1


def test_a_case_that_nobody_answers_climbs_the_ladder_on_time(system: System) -> None:
    case_id = asked_for_a_manager(system, ANGRY, "e2e-ladder")
    due = datetime.fromisoformat(case_of(system, case_id)["next_deadline"]["due_at"])
    climbs = ((-1, "manager"), (0, "regional_manager"), (0, "regional_manager"), (29, "regional_manager"))
    for minutes, rung in (*climbs, (30, "on_call"), (60, "on_call")):
        system.tour.tick("CaseTimer", due + timedelta(minutes=minutes))
        assert case_of(system, case_id)["rung"] == rung, minutes
    for number in (REGIONAL, ON_CALL):
        until(f"the page to {number}", partial(told, system, case_id, number))
        assert len(told(system, case_id, number)) == 1
    assert (kinds(system, case_id).count("deadline_missed"), kinds(system, case_id).count("climbed")) == (1, 2)
    seen = [entry["kind"] for entry in case_of(system, case_id, ANGRY)["timeline"]]
    assert seen.count("climbed") == 2, "the customer sees who has it now"

    for minutes in (89, 90, 90):
        system.tour.tick("CaseTimer", due + timedelta(minutes=minutes))
    until("those on call to be paged again", lambda: len(told(system, case_id, ON_CALL)) == 2)
    system.tour.post("manager", f"/cases/{case_id}/actions", {"action": "acknowledge"})
    system.tour.tick("CaseTimer", due + timedelta(minutes=150))
    assert kinds(system, case_id).count("paged_again") == 1


def test_an_angry_customer_whom_the_manager_answers_in_the_conversation_is_passed_up_to_nobody(system: System) -> None:
    for number, words in enumerate(HEATING_UP, 1):
        write(system, CALM, "e2e-answered", words, message_id=f"m-{number}")
    [episode] = read_to(system, "e2e-answered", len(HEATING_UP))["episodes"]
    case_id = episode["case_id"]
    due = datetime.fromisoformat(case_of(system, case_id)["next_deadline"]["due_at"])
    time.sleep(1)  # the second after the customer's message: times of a case are whole seconds
    write(system, "manager", "e2e-answered", "I am so sorry. Your car is ready, I have just seen it myself.")

    def answered() -> Any:
        case = case_of(system, case_id, CALM)
        return case if case["state"] == "acknowledged" else None

    case = until("the answer to count", answered)
    assert (case["answered_by"], case["next_deadline"]["kind"]) == ("张伟", "update")
    assert [entry["kind"] for entry in case["timeline"]][-2:] == ["acknowledged", "answered"]
    for minutes in (0, 30, 60):
        system.tour.tick("CaseTimer", due + timedelta(minutes=minutes))
    assert case_of(system, case_id)["rung"] == "manager"
    assert not {"deadline_missed", "climbed"} & set(kinds(system, case_id))
    assert len(until("the page", lambda: told(system, case_id, MANAGER))) == 1
    assert not told(system, case_id, REGIONAL)


def test_staff_see_who_waits_with_the_case_that_is_open_about_it(system: System) -> None:
    case_id = asked_for_a_manager(system, CALM, "e2e-waits")
    read_to(system, "e2e-waits", 1)

    def listed() -> Any:
        waiting = system.tour.get("manager", "/conversations")["conversations"]
        return next((one for one in waiting if one["conversation_id"] == "e2e-waits"), None)

    one = until("the conversation to be listed", listed)
    assert (one["case"]["case_id"], one["due_at"] is not None) == (case_id, True)
    assert system.api(CALM).get("/conversations").status == 403
    write(system, "manager", "e2e-waits", "I am here now. Thank you for waiting.")
    until("the conversation to leave the list", lambda: listed() is None)


def test_a_false_alarm_comes_out_with_what_the_engine_had_read(system: System) -> None:
    for number, words in enumerate(HEATING_UP, 1):
        write(system, CALM, "e2e-alarm", words, message_id=f"m-{number}")
    [episode] = read_to(system, "e2e-alarm", len(HEATING_UP))["episodes"]
    case_of(system, episode["case_id"])
    system.tour.post("manager", f"/cases/{episode['case_id']}/actions", {"action": "mark_false_alarm", "grade": 1})

    def lines() -> list[Any]:
        exported = system.api("manager").get("/cases/false-alarms").text.splitlines()
        return [line for line in map(json.loads, exported) if line["id"].startswith(episode["case_id"])]

    [line] = until("the line", lines)
    assert (line["text"] in HEATING_UP, line["lang"], line["grade"], line["source"]) == (True, "en", 1, "app")
    assert line["engine"]
    assert 0 < line["probability"] <= 1
    assert system.api("other-manager").get("/cases/false-alarms").text == ""


def test_a_promise_in_a_conversation_is_recalled_before_and_when_it_falls_due(system: System) -> None:
    case_id = asked_for_a_manager(system, CALM, "e2e-promise")
    write(system, "manager", "e2e-promise", "I will look into this personally and call you tomorrow before noon.")
    [promise] = until("the promise", lambda: case_of(system, case_id)["promises"])
    assert promise["staff_id"] == "zhang-wei"
    due = datetime.fromisoformat(promise["due_at"])
    for at, kind in ((due - timedelta(minutes=60), "promise_reminded"), (due, "promise_due")):
        for _ in range(2):
            system.tour.tick("CaseTimer", at)
        assert kinds(system, case_id).count(kind) == 1
    reminders = until("both reminders", lambda: reminded(system, case_id))
    assert len(reminders) == 2
    actions = f"/cases/{case_id}/actions"
    kept = system.tour.post("manager", actions, {"action": "keep_promise", "promise_id": promise["promise_id"]})
    assert kept["promises"][0]["state"] == "kept"
