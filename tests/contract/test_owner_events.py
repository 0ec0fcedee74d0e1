"""The messages on OwnerRecords: samples and senders have the shape that the catalogue gives."""

import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.domain import events
from tests.template.model import PROJECT

SHAPES = {
    "owner_records_received": events.OwnerRecordsReceived,
    "consent_changed": events.ConsentChanged,
    "contact_deferred": events.ContactDeferred,
    "erasure_requested": events.ErasureRequested,
}


def sample_messages() -> list[dict[str, Any]]:
    files = sorted((PROJECT / "events" / "owner_journey").glob("worker_*.json"))
    return [json.loads(r["body"]) for file in files for r in json.loads(file.read_text())["Records"]]


@pytest.mark.parametrize("message", sample_messages(), ids=lambda m: m["type"])
def test_a_sample_has_the_shape_of_its_type(message: dict[str, Any]) -> None:
    shape = SHAPES[message["type"]]
    TypeAdapter(shape).validate_python(message, strict=True)
    assert message.keys() == shape.__annotations__.keys()


def test_every_type_has_a_sample_and_stands_in_the_catalogue() -> None:
    assert {m["type"] for m in sample_messages()} == set(SHAPES)
    catalogue = (PROJECT / "docs" / "events.md").read_text()
    assert set(re.findall(r"^## `(\w+)` on `OwnerRecords`$", catalogue, re.MULTILINE)) == set(SHAPES)
