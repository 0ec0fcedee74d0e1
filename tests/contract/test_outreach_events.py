"""The messages of recall outreach have the shape that their types and the catalogue promise."""

import json
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

from functions.notifications.models import ContactMade
from functions.recall_outreach.ask_for_appointment import ask_for_appointment
from functions.recall_outreach.follow_up import case_requested, contacts_made, deferral, refusal
from functions.recall_outreach.models import RunMessage
from functions.recall_outreach.policies import policies
from functions.recall_outreach.start_runs import run_of
from shared.adapters.outreach_table import task_from_item
from shared.domain import events
from tests.template.model import PROJECT
from tests.unit.recall_outreach.people import centre, owner


def check(kind: Any, message: Any) -> None:
    """Strict and closed: a field too many or of another type is refused."""
    TypeAdapter(with_config(ConfigDict(strict=True, extra="forbid"))(kind)).validate_python(message)


def sample(name: str) -> Any:
    return json.loads((PROJECT / "events" / "recall_outreach" / f"{name}.json").read_text())["Records"][0]


CHANGE = sample("stream_call_concluded")["dynamodb"]
BEFORE, AFTER = task_from_item(CHANGE["OldImage"]), task_from_item(CHANGE["NewImage"])


def test_what_a_concluded_call_asks_for_has_the_shapes_of_the_catalogue() -> None:
    [attempt] = AFTER.attempts
    check(events.CaseRequested, case_requested(AFTER, attempt))
    check(events.ConsentChanged, refusal(AFTER, attempt))
    check(events.ContactDeferred, deferral(AFTER, BEFORE, policies()))
    assert case_requested(AFTER, attempt)["request_id"] == f"outreach#{AFTER.id}#{attempt.id}"


def test_a_call_is_a_contact_that_notifications_counts() -> None:
    [message] = contacts_made(AFTER, BEFORE)
    shown = json.loads((PROJECT / "events" / "notifications" / "worker_contact_made.json").read_text())["Records"][0]
    for contact in (message, json.loads(shown["body"])):
        check(events.ContactMade, contact)
        ContactMade.model_validate(contact)
    assert message["contact_id"] == f"{AFTER.id}#{AFTER.attempts[0].id}"


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_an_appointment_is_a_notification(locale: str, *, known: bool) -> None:
    [attempt] = AFTER.attempts
    message = ask_for_appointment(AFTER, attempt, centre(locale=locale), owner() if known else None)
    check(events.NotificationRequested, message)
    assert message["notification_id"] == f"outreach#{AFTER.id}#{attempt.id}#appointment"


def test_a_run_is_what_the_sample_shows_and_the_worker_reads() -> None:
    message = json.loads(sample("worker_outreach_due")["body"])
    check(events.OutreachDue, message)
    check(events.OutreachDue, run_of("demo-centre", "2026-11-22T21:00:00+00:00"))
    assert RunMessage.model_validate(message).from_bucket == 0


def test_the_wait_after_every_outcome_and_reason_is_set() -> None:
    rules = policies()
    closing = ("fine", "dissatisfied", "elsewhere", "wants_appointment", "no_answer", "wrong_number", "do_not_contact")
    assert {*closing, "sold", "opted_out", "deceased"} <= set(rules.rest_days)
    skipped = ("opted_out", "no_consent", "deceased", "sold", "open_complaint", "appointment_booked", "no_phone")
    assert {*skipped, "contacted_recently", "asked_already", "hold_out", "task_open"} <= set(rules.look_again_days)
