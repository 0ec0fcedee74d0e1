"""Tell other rooms what changed in the Bills table: an explanation is ready, a question was asked."""

from functions.bill_explanation.render_text import render_sms
from functions.bill_explanation.show_explanation import page_url
from shared.adapters.bills_table import StoredBill, StoredQuestion
from shared.content import wording
from shared.domain.events import CaseRequested, NotificationRequested


def explanation_ready(bill: StoredBill, public_url: str, key: bytes) -> NotificationRequested | None:
    """The notice to the owner, the same for every delivery; None when the bill names no owner."""
    if bill.owner_id is None:
        return None
    words = wording(bill.locale)
    return {
        "type": "notification_requested",
        "notification_id": f"explanation_ready#{bill.bill_id}#{bill.revision}",
        "kind": "explanation_ready",
        "purpose": "service",
        "urgency": "routine",
        "centre_id": bill.centre_id,
        "to": {"owner_id": bill.owner_id},
        "locale": bill.locale,
        "subject": words.template("notice.explanation_ready.subject"),
        "text": render_sms(bill.documents[bill.locale], words),
        "url": page_url(bill, public_url, key),
        "requested_at": bill.received_at,
    }


def case_requested(question: StoredQuestion) -> CaseRequested:
    """The request for a case that a question or dispute leads to."""
    return {
        "type": "case_requested",
        "request_id": f"bill_question#{question.question_id}",
        "reason": "bill_dispute" if question.kind == "dispute" else "bill_question",
        "centre_id": question.centre_id,
        "owner_id": question.owner_id,
        "requested_at": question.asked_at,
        "locale": question.locale,
        "words": question.words,
        "bill_id": question.bill_id,
        "line_id": question.line_id,
    }
