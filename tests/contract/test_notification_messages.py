"""What the notifications room takes and sends is what the catalogue says."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

from functions.bill_explanation.tell_of_change import explanation_ready
from functions.notifications.models import NoticeRequest
from functions.notifications.tell_of_stop import consents_changed
from functions.owner_journey.models import ConsentRecord
from shared.domain import events
from tests.contract.test_events import STORED
from tests.unit.notifications.world import World, centre, page

SAMPLES = Path(__file__).parents[2] / "events" / "notifications"


def check(kind: Any, message: Any) -> None:
    """Strict and closed: a field too many or of another type is refused."""
    TypeAdapter(with_config(ConfigDict(strict=True, extra="forbid"))(kind)).validate_python(message)


def test_what_bill_explanation_asks_for_is_taken() -> None:
    asked = explanation_ready(STORED, "https://care.example", b"k")
    assert NoticeRequest.model_validate(asked).to.owner_id == "owner-1"


def test_a_copy_to_a_webhook_is_a_request_like_any_other() -> None:
    world = World(centre=centre(webhooks=[{"id": "team", "kind": "slack", "url": "https://hooks.slack.example/1"}]))
    world.take_in(page())
    [copy] = world.queue
    check(events.NotificationRequested, copy)
    assert copy["notification_id"] == "page-1#webhook#team"


def test_a_sample_request_is_of_the_promised_shape() -> None:
    for record in json.loads((SAMPLES / "worker_notification_requested.json").read_text())["Records"]:
        check(events.NotificationRequested, json.loads(record["body"]))


def test_a_stop_is_a_consent_changed_that_the_registry_takes() -> None:
    records = json.loads((SAMPLES / "stream_stopped.json").read_text())["Records"]
    told = [message for record in records for message in consents_changed(record["dynamodb"])]
    assert len(told) == 2
    for message in told:
        check(events.ConsentChanged, message)
        ConsentRecord.model_validate({name: value for name, value in message.items() if name != "type"})


@pytest.mark.parametrize("missing", ["notification_id", "to", "text", "requested_at", "purpose"])
def test_a_request_that_lacks_what_is_promised_is_refused(missing: str) -> None:
    asked = {name: value for name, value in page().items() if name != missing}
    with pytest.raises(ValueError, match=missing):
        NoticeRequest.model_validate(asked)
