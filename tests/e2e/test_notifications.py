"""Notices on the deployed system: queue, worker, timer, topic and stream fire for real, with the rights they have."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from local.outbox import Message, sent, wait_for
from shared.adapters.notices_table import notice_key
from tests.e2e.conftest import System
from tests.template.model import PROJECT

SAMPLES = PROJECT / "events"
MANAGER = "zhang-wei"
_PATIENCE_S = 30


def register(system: System, owner_id: str, **reached_by: Any) -> None:
    fields = {"name": "Lin", "locale": "en", "zone": "Asia/Shanghai", "as_of": "2026-03-14T09:00:00Z", **reached_by}
    body = json.dumps(fields).encode()
    answer = system.api("integrator").call("PUT", f"/owners/{owner_id}", body, {"content-type": "application/json"})
    assert answer.status in (200, 201), answer.text


def ask(system: System, id_: str, to: dict[str, str], **changes: Any) -> None:
    message = {
        "type": "notification_requested",
        "notification_id": id_,
        "kind": "test",
        "purpose": "service",
        "urgency": "routine",
        "centre_id": "demo-centre",
        "to": to,
        "locale": "en",
        "subject": "Your car",
        "text": f"Your car is ready ({id_}).",
        "requested_at": datetime.now(UTC).isoformat(timespec="seconds"),
        **changes,
    }
    queue = system.deployment.outputs["NotificationsQueueUrl"]
    system.cloud.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(message))


def about(id_: str) -> Callable[[Message], bool]:
    return lambda message: f"({id_})" in message.text


def item(system: System, kind: str, key: str) -> dict[str, Any]:
    """An item of the Notifications table, or an empty one."""
    found = system.cloud.client("dynamodb").get_item(
        TableName=system.deployment.outputs["NotificationLogTable"],
        Key={"pk": {"S": f"{kind}#{key}"}, "sk": {"S": kind}},
        ConsistentRead=True,
    )
    read: dict[str, Any] = found.get("Item", {})
    return read


def until(holds: Callable[[], Any]) -> Any:
    """What holds, as soon as it does, or after a while whatever there is."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := holds()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def finished(system: System, id_: str) -> str:
    """The state in which a notice ended."""
    return str(until(lambda: (i := item(system, "NOTICE", notice_key(id_))) and "due_sk" not in i and i["state"]["S"]))


def test_a_manager_is_paged_once_however_often_it_is_asked_for(system: System, centre: dict[str, Any]) -> None:
    for _ in range(5):
        ask(system, "page-1", {"staff_id": MANAGER}, urgency="urgent")
    [page] = wait_for(system.cloud, about("page-1"))
    assert (page.channel, page.to) == ("SMS", "+8613800000002")
    assert page.text.startswith(f"{centre['name']}: ")
    assert finished(system, "page-1") == "sent"
    time.sleep(1)
    assert len([m for m in sent(system.cloud) if about("page-1")(m)]) == 1


def test_an_owner_stops_emails_with_one_click_and_the_registry_hears_of_it(
    system: System, centre: dict[str, Any]
) -> None:
    register(system, "stopper", emails=[{"address": "stopper@example.com"}])
    ask(system, "mail-1", {"owner_id": "stopper"})
    [mail] = wait_for(system.cloud, about("mail-1"))
    assert mail.to == "stopper@example.com"
    link = re.search(rf"{re.escape(system.url)}/stop/\S+", mail.text)
    assert link is not None
    assert "<form" in system.api().get(link[0]).text
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert system.api().call("POST", link[0], b"List-Unsubscribe=One-Click", form).status == 200

    ask(system, "mail-2", {"owner_id": "stopper"})
    assert finished(system, "mail-2") == "withheld"
    assert item(system, "NOTICE", notice_key("mail-2"))["reason"]["S"] == "revoked"

    def heard() -> bool:
        known = system.api("manager").get("/owners/stopper/personal-data")
        return '"unsubscribe"' in known.text

    assert until(heard), "the registry was not told"


def test_a_stop_by_sms_reaches_the_gate_and_the_registry(system: System, centre: dict[str, Any]) -> None:
    number = "+8613812345670"
    register(system, "texter", phones=[{"number": number, "kind": "mobile"}])
    ask(system, "sms-1", {"owner_id": "texter"}, urgency="urgent")
    [text] = wait_for(system.cloud, about("sms-1"))
    assert "Opt out" in text.text
    answer = system.api("integrator").post("/inbound-sms", {"sender": number, "text": "Stop!"})
    assert (answer.status, answer.json()["taken_as"]) == (200, "stop")
    ask(system, "sms-2", {"owner_id": "texter"}, urgency="urgent")
    assert finished(system, "sms-2") == "withheld"
    assert until(lambda: '"sms-stop"' in system.api("manager").get("/owners/texter/personal-data").text)


def test_a_bounce_that_ses_reports_to_the_topic_suppresses_the_address(system: System, centre: dict[str, Any]) -> None:
    register(system, "bouncer", emails=[{"address": "gone@example.com"}])
    sns = system.cloud.client("sns")
    [topic] = [t["TopicArn"] for t in sns.list_topics()["Topics"] if t["TopicArn"].endswith("NotificationFeedback")]
    bounced = {"bounceType": "Permanent", "bouncedRecipients": [{"emailAddress": "gone@example.com"}]}
    sns.publish(TopicArn=topic, Message=json.dumps({"eventType": "Bounce", "mail": {}, "bounce": bounced}))

    def suppressed() -> bool:
        table = system.deployment.outputs["NotificationLogTable"]
        pages = system.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table)
        return any("suppressed" in i for page in pages for i in page["Items"])

    assert until(suppressed)
    ask(system, "mail-3", {"owner_id": "bouncer"})
    assert finished(system, "mail-3") == "withheld"


def test_the_timer_wakes_what_is_due(system: System, centre: dict[str, Any]) -> None:
    ask(system, "early-1", {"owner_id": "newcomer"})
    key = notice_key("early-1")
    waiting = until(lambda: item(system, "NOTICE", key))
    assert waiting["reason"]["S"] == "unknown_recipient"
    register(system, "newcomer", emails=[{"address": "newcomer@example.com"}])
    system.cloud.client("dynamodb").update_item(
        TableName=system.deployment.outputs["NotificationLogTable"],
        Key={"pk": waiting["pk"], "sk": waiting["sk"]},
        UpdateExpression="SET due_sk = :past",
        ExpressionAttributeValues={":past": {"S": f"2026-01-01T00:00:00+00:00#{key}"}},
    )
    lambdas = system.cloud.client("lambda")
    [timer] = [f["FunctionName"] for f in lambdas.list_functions()["Functions"] if "NoticeTimer" in f["FunctionName"]]
    tick = (SAMPLES / "notifications" / "timer_tick.json").read_bytes()
    answer = lambdas.invoke(FunctionName=timer, Payload=tick)
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert wait_for(system.cloud, about("early-1"))


def test_logs_hold_no_address_and_no_text(system: System) -> None:
    said = system.functions_said()
    assert notice_key("mail-1") in said
    for secret in ("stopper@example.com", "+8613812345670", "Your car is ready"):
        assert secret not in said
