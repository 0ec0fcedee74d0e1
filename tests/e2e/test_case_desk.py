"""Cases on the deployed system: queue, worker, timer and stream fire for real, with the rights they have."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from local.outbox import sent
from tests.e2e.conftest import System
from tests.template.model import PROJECT

_PATIENCE_S = 40


def until(holds: Callable[[], Any]) -> Any:
    """What holds, as soon as it does."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := holds()):
        assert time.monotonic() < deadline, "nothing within the time"
        time.sleep(0.2)
    return found


def ask(system: System, key: str, **changes: Any) -> None:
    sample = json.loads((PROJECT / "events" / "case_desk" / "worker_case_requested.json").read_text())
    message = json.loads(sample["Records"][0]["body"])
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    message |= {"request_id": f"e2e#{key}", "case_id": key, "conversation_id": key, "requested_at": now, **changes}
    url = system.deployment.outputs["CaseRequestsQueueUrl"]
    system.cloud.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps(message))


def seen(system: System, key: str, person: str = "manager") -> Any:
    answer = system.api(person).get(f"/cases/{key}")
    return json.loads(answer.text) if answer.status == 200 else None


def act(system: System, key: str, action: str, **fields: Any) -> Any:
    body = json.dumps({"action": action, **fields}).encode()
    answer = system.api("manager").call("POST", f"/cases/{key}/actions", body, {"content-type": "application/json"})
    assert answer.status == 200, answer.text
    return json.loads(answer.text)


def tick(system: System, at: datetime) -> None:
    """Let the timer look at a time of our own."""
    client = system.cloud.client("lambda")
    name = next(f["FunctionName"] for f in client.list_functions()["Functions"] if "CaseTimer" in f["FunctionName"])
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"time": at.isoformat()}).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()


def paged(system: System, key: str) -> list[str]:
    """The addresses that were told something about a case."""
    return sorted(message.to for message in sent(system.cloud) if key in message.text)


def kinds(system: System, key: str) -> list[str]:
    return [entry["kind"] for entry in seen(system, key)["timeline"]]


def test_a_case_is_raised_answered_and_its_customer_sees_all_of_it(system: System) -> None:
    ask(system, "e2eone")
    ask(system, "e2eone")
    case = until(lambda: seen(system, "e2eone"))
    assert (case["state"], case["staff_id"], case["times_asked"]) == ("new", "zhang-wei", 1)
    until(lambda: paged(system, "e2eone"))
    mine = seen(system, "e2eone", "owner")
    assert mine["next_deadline"]["kind"] == "acknowledge"
    assert mine["place_in_queue"] == 1
    assert "severity" not in mine
    assert seen(system, "e2eone", "other-owner") is None
    act(system, "e2eone", "acknowledge")
    answer = act(system, "e2eone", "reply", words="很抱歉。我会亲自查清楚，明天中午前给您回电。")
    assert answer["promises"][0]["staff_id"] == "zhang-wei"
    draft = system.api("manager").call("POST", "/cases/e2eone/drafts", b"{}", {"content-type": "application/json"})
    assert draft.status == 200
    promised = datetime.fromisoformat(answer["promises"][0]["due_at"])
    tick(system, promised - timedelta(minutes=30))
    assert "promise_reminded" in kinds(system, "e2eone")
    checklist = dict.fromkeys(("solved", "prevention_taught", "value_added", "choice_matters"), True)
    assert act(system, "e2eone", "resolve", words="账单已更正。", checklist=checklist)["state"] == "resolved"


def test_a_case_that_nobody_answers_climbs_the_ladder_on_time(system: System) -> None:
    ask(system, "e2etwo")
    due = datetime.fromisoformat(until(lambda: seen(system, "e2etwo"))["next_deadline"]["due_at"])
    for minutes, rung in ((-1, "manager"), (0, "regional_manager"), (0, "regional_manager"), (30, "on_call")):
        tick(system, due + timedelta(minutes=minutes))
        assert seen(system, "e2etwo")["rung"] == rung
    assert kinds(system, "e2etwo").count("deadline_missed") == 1
    assert kinds(system, "e2etwo").count("climbed") == 2


def test_the_week_is_reported(system: System) -> None:
    ask(system, "e2ethree")
    until(lambda: seen(system, "e2ethree"))
    answer = system.api("manager").get("/cases/productivity", {"accept": "text/csv"})
    assert answer.status == 200
    assert answer.text.startswith("centre,week,figure")
