"""Messages of conversations to other rooms have the shape that docs/events.md and their types promise."""

import json
import typing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

from functions.sentiment_escalation.centre_desk import CentreDesk
from functions.sentiment_escalation.raise_case import raise_case
from functions.sentiment_escalation.report_answer import report_answer
from functions.sentiment_escalation.report_promise import report_promise
from functions.sentiment_escalation.rules import ConversationRules
from functions.sentiment_escalation.tell_of_delay import ask_for_case, page_manager, tell_customer
from shared.content import LOCALES, wording
from shared.domain import events
from shared.domain.access import Role
from shared.domain.conversations import (
    Author,
    Conversation,
    Delay,
    DelayKind,
    Episode,
    Evidence,
    Medium,
    Message,
    Score,
    Trajectory,
    WaitingFor,
)

PROJECT = Path(__file__).parents[2]
AT = datetime(2026, 11, 25, 2, tzinfo=UTC)
NOBODY = CentreDesk("centre-1", None)
CONVERSATION = Conversation(
    centre_id="centre-1", conversation_id="c-1", owner_id="owner-1", locale="en", bill_id="b-1", started_at=AT,
    episode=Episode(number=2, started_at=AT),
    trajectory=Trajectory(waiting=WaitingFor(what="parts", words="a charging port 7 kW", expected_at=AT)),
)  # fmt: skip


def check(kind: Any, message: Any) -> None:
    """Strict and closed: a field too many or of another type is refused."""
    TypeAdapter(with_config(ConfigDict(strict=True, extra="forbid"))(kind)).validate_python(message)


def message(**fields: Any) -> Message:
    given: dict[str, Any] = {
        "message_id": "customer:m-1", "author": Author.CUSTOMER, "channel": Medium.APP, "locale": "en",
        "words": "I'll call you tomorrow.", "received_at": AT, **fields,
    }  # fmt: skip
    return Message(**given)


def test_a_message_that_asks_for_a_manager_requests_a_case_with_its_business_key() -> None:
    hard = ConversationRules.of_content().hard
    raised = raise_case(CONVERSATION, message(asks_for_manager=True, case_id="told"), Trajectory(), hard)
    check(events.CaseRequested, raised.request)
    assert raised.request is not None
    assert raised.request["request_id"] == "escalate#centre-1#c-1#customer:m-1"
    assert raised.request["case_id"] == "told"


def test_danger_requests_a_case_with_the_key_of_its_episode() -> None:
    danger = Evidence(start=0, end=4, words="fire", signal="safety_danger")
    said = message(score=Score(probability=0.1, grade=0, signals=(danger,)))
    request = raise_case(CONVERSATION, said, Trajectory(), ConversationRules.of_content().hard).request
    check(events.CaseRequested, request)
    assert request is not None
    assert request["request_id"] == "episode#centre-1#c-1#2#safety"


def test_a_promise_is_reported_with_its_business_key() -> None:
    report = report_promise(CONVERSATION, message(author=Author.STAFF, author_id="advisor-1"), NOBODY)
    check(events.PromiseMade, report)
    assert report is not None
    assert report["request_id"] == "promise#centre-1#c-1#customer:m-1"


@pytest.mark.parametrize("role", [Role.MANAGER, None])
def test_an_answer_is_reported_with_its_business_key_and_without_its_words(role: Role | None) -> None:
    said = message(author=Author.STAFF, author_id="advisor-1", author_role=role)
    report = report_answer(CONVERSATION, said)
    assert report is not None
    check(events.StaffAnswered, json.loads(json.dumps(report)))
    assert report["request_id"] == "answer#centre-1#c-1#customer:m-1"
    assert said.words not in json.dumps(report)


@pytest.mark.parametrize("kind", DelayKind)
@pytest.mark.parametrize("locale", LOCALES)
def test_a_delay_is_told_in_both_languages_with_keys_of_its_own(kind: DelayKind, locale: str) -> None:
    conversation = CONVERSATION.model_copy(update={"locale": locale})
    delay = Delay(kind=kind, since=AT, due_at=AT + timedelta(hours=1))
    told, paged = (tell(conversation, delay, NOBODY, AT) for tell in (tell_customer, page_manager))
    check(events.NotificationRequested, told)
    check(events.NotificationRequested, paged)
    assert told is not None
    assert paged is not None
    assert told["notification_id"] == f"delay#centre-1#c-1#{kind}#2026-11-25T02:00:00+00:00#told"
    assert paged["notification_id"].endswith("#paged")
    assert "2026-11-25 03:00" in told["text"]
    assert ("7 kW" in told["text"]) == (kind is DelayKind.PARTS)
    check(events.CaseRequested, ask_for_case(conversation, delay, AT))


def test_the_sample_messages_have_the_shape_that_is_promised() -> None:
    sample = json.loads((PROJECT / "events/sentiment_escalation/worker_messages_received.json").read_text("utf-8"))
    for record in sample["Records"]:
        check(events.MessageReceived, json.loads(record["body"]))


def test_the_catalogue_names_every_reason_that_is_asked_for() -> None:
    catalogue = (PROJECT / "docs" / "events.md").read_text("utf-8")
    for reason in {*ConversationRules.of_content().hard.values(), "agitation", "delay"}:
        assert f"`{reason}`" in catalogue
    assert typing.get_type_hints(events.MessageReceived)["type"]


def test_both_locales_have_the_same_wording_with_the_same_placeholders() -> None:
    files = [
        json.loads((PROJECT / "shared/content/wording" / locale / "conversation.json").read_text("utf-8"))
        for locale in LOCALES
    ]
    assert files[0].keys() == files[1].keys()
    for key in files[0]:
        places = [set(wording(locale).parts(key)[1::2]) for locale in LOCALES]
        assert places[0] == places[1], key
