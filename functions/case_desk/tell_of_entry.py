"""Write what an entry of a timeline tells people: finished texts, the same for every delivery of the entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.content import load_all, wording
from shared.domain.cases import Entry, Notice
from shared.domain.events import NotificationRequested, Recipient
from shared.domain.figures import Book
from shared.domain.number_guard import check_text
from shared.domain.statements import Argument, Statement, Term, Wording, join, render

# What a notice says, sentence by sentence; one for which something is unknown is left out.
_SENTENCES: Mapping[str, tuple[str, ...]] = {
    "case_opened": ("case_opened", "answers_for_it", "hear_by", "your_case"),
    "case_acknowledged": ("case_acknowledged", "hear_by", "your_case"),
    "case_waiting_customer": ("case_waiting_customer", "in_words", "your_case"),
    "case_waiting_parts": ("case_waiting_parts", "in_words", "your_case"),
    "case_resolved": ("case_resolved", "in_words", "reopen_until", "your_case"),
    "case_reopened": ("case_reopened", "answers_for_it", "hear_by", "your_case"),
    "case_climbed_owner": ("case_climbed_owner", "answers_for_it", "your_case"),
    "case_reply": ("case_reply",),
    "case_page": ("case_page", "staff_case", "answer_by"),
    "case_climbed": ("case_climbed", "staff_case", "was_due"),
    "case_paged_again": ("case_paged_again", "staff_case", "was_due"),
    "promise_recognised": ("promise_recognised", "staff_case", "is_due"),
    "promise_reminded": ("promise_reminded", "staff_case", "is_due"),
    "promise_due": ("promise_due", "staff_case", "is_due"),
    "promise_missed": ("promise_missed", "staff_case", "was_due"),
}
_TERMS = ("reason", "concern", "severity", "clock", "rung")


def tell_of_entry(entry: Entry) -> Sequence[NotificationRequested]:
    """The notifications that an entry asks for. Raises UnboundNumber rather than say a number without a source."""
    return [_notification(entry, notice, number) for number, notice in enumerate(entry.notices)]


def _notification(entry: Entry, notice: Notice, number: int) -> NotificationRequested:
    words = wording(notice.locale)
    to: Recipient = {"owner_id": notice.recipient_id} if notice.to == "owner" else {"staff_id": notice.recipient_id}
    return {
        "type": "notification_requested",
        "notification_id": f"case#{entry.case_id}#{entry.seq}#{number}",
        "kind": notice.kind,
        "purpose": "service",
        "urgency": notice.urgency,
        "centre_id": entry.centre_id,
        "to": to,
        "locale": notice.locale,
        "subject": words.template(f"case.subject.{notice.kind}"),
        "text": _text(entry, notice, words),
        "requested_at": entry.at.isoformat(timespec="seconds"),
    }


def _text(entry: Entry, notice: Notice, words: Wording) -> str:
    facts = {"case_id": entry.case_id, **_local(notice)}
    book = Book(facts, load_all())
    arguments = {name: argument(book, name, facts[name], words) for name in facts}
    sentences = []
    for name in _SENTENCES[notice.kind]:
        key = f"case.notice.{name}"
        if set(words.parts(key)[1::2]) <= arguments.keys():
            sentences.append(render(Statement(key, arguments), words))
    text = join(sentences, words.template("case.between_sentences"))
    check_text(text, book, words)
    return text.text


def _local(notice: Notice) -> dict[str, Any]:
    """The notice's facts, its times by the wall clock of the centre; staff are told a reason as their customer's."""
    zone = ZoneInfo(notice.zone)
    facts = {
        name: datetime.fromisoformat(value).astimezone(zone) if name in ("due_at", "until") else value
        for name, value in notice.args.items()
    }
    if notice.to == "staff" and "reason" in facts:
        facts["concern"] = facts.pop("reason")
    return facts


def argument(book: Book, name: str, value: Any, words: Wording) -> Argument:
    """A fact as it is filled into a sentence: a word of the wording, or a figure with its source."""
    if name in _TERMS:
        key = f"case.{name}.{value}"
        return Term(key if key in words else f"case.{name}.other")
    return book.at("datetime" if isinstance(value, datetime) else "text", name)
