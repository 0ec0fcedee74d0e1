"""Show a stored explanation: as JSON, as text, as one SMS or as the page."""

from datetime import datetime, timedelta
from typing import Any

from functions.bill_explanation.render_html import CONTENT_SECURITY_POLICY, render_html
from functions.bill_explanation.render_text import render_sms, render_text
from shared.adapters.bills_table import StoredBill
from shared.content import wording
from shared.domain.links import sign_link

LINK_KIND = "explanation"
LINK_LIFETIME = timedelta(days=90)
"""How long a link opens the page, counted from the bill's arrival, so that it is always the same."""


def page_url(stored: StoredBill, public_url: str, key: bytes) -> str:
    """The signed link to the page of a bill."""
    expires_at = datetime.fromisoformat(stored.received_at) + LINK_LIFETIME
    return f"{public_url}/links/{sign_link(LINK_KIND, stored.bill_id, expires_at, key)}"


def answer_document(stored: StoredBill, locale: str, page: str) -> dict[str, Any]:
    """The JSON answer: the stored document with the bill's id and where to go from there."""
    links = {
        "self": f"/bills/{stored.bill_id}/explanation",
        "questions": f"/bills/{stored.bill_id}/questions",
        "page": page,
    }
    return {"bill_id": stored.bill_id, "links": links, **stored.documents[locale]}


def show_text(stored: StoredBill, locale: str) -> str:
    """The explanation as plain text."""
    return render_text(stored.documents[locale], wording(locale))


def show_sms(stored: StoredBill, locale: str) -> str:
    """The summary that fits into one SMS."""
    return render_sms(stored.documents[locale], wording(locale))


def show_page(stored: StoredBill, locale: str, question_url: str, *, was_asked: bool) -> tuple[str, str]:
    """The page with its form to ask about a line, and its content security policy."""
    html = render_html(stored.documents[locale], wording(locale), question_url=question_url, was_asked=was_asked)
    return html, CONTENT_SECURITY_POLICY
