"""Messages between rooms have the shape that docs/events.md and their types promise."""

import typing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

from functions.bill_explanation.models import Bill
from functions.bill_explanation.take_in_bill import explain_in_every_language
from functions.bill_explanation.tell_of_change import case_requested, explanation_ready
from shared.adapters.bills_table import StoredBill, StoredQuestion
from shared.domain import events

CATALOGUE = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")
BILL = Bill.model_validate(
    {
        "number": "RO-1", "issued_on": "2026-03-05", "currency": "EUR", "owner_id": "owner-1",
        "lines": [{"id": "1", "kind": "fee", "description": "Check", "net": "10.00"}],
        "totals": {"lines": "10", "net": "10", "gross": "10", "payable": "10"},
    }
)  # fmt: skip
STORED = StoredBill(
    bill_id="b", centre_id="c", owner_id="owner-1", number="RO-1", revision=2, fingerprint="f", issued_on="2026-03-05",
    received_at="2026-03-05T10:00:00+00:00", locale="en", currency="EUR", payable="10.00", bill={},
    documents=explain_in_every_language(BILL, datetime(2026, 3, 5, tzinfo=UTC), None),
)  # fmt: skip
QUESTION = StoredQuestion(
    question_id="q", bill_id="b", revision=2, centre_id="c", owner_id="owner-1", kind="dispute", line_id="1",
    words="why?", locale="en", asked_by="s", asked_at="2026-03-05T10:00:00+00:00",
)  # fmt: skip


def check(kind: Any, message: Any) -> None:
    """Strict and closed: a field too many or of another type is refused."""
    TypeAdapter(with_config(ConfigDict(strict=True, extra="forbid"))(kind)).validate_python(message)


def test_a_ready_explanation_is_a_notification_with_its_business_key() -> None:
    message = explanation_ready(STORED, "https://care.example", b"k")
    check(events.NotificationRequested, message)
    assert message is not None
    assert message["notification_id"] == "explanation_ready#b#2"


def test_a_dispute_is_a_request_for_a_case_with_its_business_key() -> None:
    message = case_requested(QUESTION)
    check(events.CaseRequested, message)
    assert (message["request_id"], message["reason"]) == ("bill_question#q", "bill_dispute")


def test_a_message_with_a_field_too_many_is_refused() -> None:
    with pytest.raises(ValueError, match="Extra inputs"):
        check(events.CaseRequested, {**case_requested(QUESTION), "phone": "1"})


def test_every_type_of_message_is_in_the_catalogue() -> None:
    kinds = [getattr(events, name) for name in dir(events)]
    messages = [kind for kind in kinds if typing.is_typeddict(kind) and "type" in kind.__annotations__]
    assert messages
    for message in messages:
        [name] = typing.get_args(typing.get_type_hints(message)["type"])
        assert f"`{name}`" in CATALOGUE
