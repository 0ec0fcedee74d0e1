"""Write what is told about a delay: to the customer what is waited for, to the manager who waits, to the case desk why.

Texts are finished here; the number guard reads each back. The same step says the same however often it is written.
"""

from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from functions.sentiment_escalation.centre_desk import ON_CALL, CentreDesk
from shared.content import load_all, wording
from shared.domain.conversations import Conversation, Delay, DelayKind, proposed_case_id
from shared.domain.events import CaseRequested, NotificationRequested, Recipient
from shared.domain.figures import Book
from shared.domain.number_guard import check_text
from shared.domain.statements import Statement, Wording, join, render

_SENTENCES = {
    ("owner", DelayKind.REPLY): ("reply_owed", "manager_next"),
    ("owner", DelayKind.PARTS): ("parts_awaited", "parts_named", "parts_expected", "manager_next"),
    ("staff", DelayKind.REPLY): ("page_reply", "page_conversation", "case_next"),
    ("staff", DelayKind.PARTS): ("page_parts", "parts_named", "parts_expected", "page_conversation", "case_next"),
}


class _Told(NamedTuple):
    audience: str
    to: Recipient
    locale: str


def tell_customer(
    conversation: Conversation, delay: Delay, desk: CentreDesk, now: datetime
) -> NotificationRequested | None:
    """What the customer is waiting for, and what happens next; None where nobody is known who could be told."""
    if conversation.owner_id is None:
        return None
    told = _Told("owner", {"owner_id": conversation.owner_id}, conversation.locale)
    return _notification(told, conversation, delay, desk, now)


def page_manager(conversation: Conversation, delay: Delay, desk: CentreDesk, now: datetime) -> NotificationRequested:
    """A page for the manager on duty, or whoever stands in."""
    person = desk.reached_now(now)
    to: Recipient = {"staff_id": ON_CALL if person is None else person.id}
    return _notification(_Told("staff", to, desk.locale), conversation, delay, desk, now)


def ask_for_case(conversation: Conversation, delay: Delay, now: datetime) -> CaseRequested:
    """The request for a case because of a delay: once per episode."""
    request_id = f"episode#{conversation.key}#{conversation.episode.number}#delay"
    request: CaseRequested = {
        "type": "case_requested",
        "request_id": request_id,
        "reason": "delay",
        "centre_id": conversation.centre_id,
        "owner_id": conversation.owner_id,
        "requested_at": now.isoformat(),
        "locale": conversation.locale,
        "words": "",
        "conversation_id": conversation.conversation_id,
        "case_id": proposed_case_id(request_id),
    }
    if conversation.bill_id is not None:
        request["bill_id"] = conversation.bill_id
    return request


def delay_key(delay: Delay) -> str:
    """Names a delay of a conversation; parts with another date are waited for anew."""
    expected_at = "" if delay.expected_at is None else f"#{delay.expected_at.isoformat()}"
    return f"{delay.kind}#{delay.since.isoformat()}{expected_at}"


def _notification(
    told: _Told, conversation: Conversation, delay: Delay, desk: CentreDesk, now: datetime
) -> NotificationRequested:
    words = wording(told.locale)
    step = "told" if told.audience == "owner" else "paged"
    return {
        "type": "notification_requested",
        "notification_id": f"delay#{conversation.key}#{delay_key(delay)}#{step}",
        "kind": f"delay_{step}",
        "purpose": "service",
        "urgency": "routine" if told.audience == "owner" else "urgent",
        "centre_id": conversation.centre_id,
        "to": told.to,
        "locale": told.locale,
        "subject": words.template(f"conversation.delay.subject.{step}.{delay.kind}"),
        "text": _text(_SENTENCES[told.audience, delay.kind], _facts(conversation, delay, desk), words),
        "requested_at": now.isoformat(timespec="seconds"),
    }


def _facts(conversation: Conversation, delay: Delay, desk: CentreDesk) -> dict[str, Any]:
    """What is known, times by the wall clock of the centre; what is not known is absent."""
    waiting = conversation.trajectory.waiting
    zone = ZoneInfo(desk.zone)
    facts: dict[str, Any] = {
        "since": delay.since.astimezone(zone),
        "next_at": None if delay.due_at is None else delay.due_at.astimezone(zone),
        "conversation_id": conversation.conversation_id,
    }
    if waiting is not None and delay.kind is DelayKind.PARTS:
        facts["parts"] = waiting.words
        facts["expected_at"] = None if waiting.expected_at is None else waiting.expected_at.astimezone(zone)
    return {name: value for name, value in facts.items() if value is not None}


def _text(names: tuple[str, ...], facts: dict[str, Any], words: Wording) -> str:
    book = Book(facts, load_all())
    arguments = {
        name: book.at("datetime" if isinstance(value, datetime) else "text", name) for name, value in facts.items()
    }
    keys = [f"conversation.delay.{name}" for name in names]
    sentences = [
        render(Statement(key, arguments), words) for key in keys if set(words.parts(key)[1::2]) <= arguments.keys()
    ]
    text = join(sentences, words.template("conversation.between_sentences"))
    check_text(text, book, words)
    return text.text
