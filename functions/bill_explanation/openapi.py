"""The routes of bill explanation, described from its own models."""

from typing import TypedDict

from functions.bill_explanation.ask_question import Question
from functions.bill_explanation.document import Document
from functions.bill_explanation.models import Bill
from shared.adapters.bills_table import BillSummary
from shared.content import LOCALES
from shared.runtime.openapi import Description, query


class _Links(TypedDict):
    self: str
    questions: str
    page: str


class _Explanation(Document):
    bill_id: str
    links: _Links


class _BillList(TypedDict):
    bills: list[BillSummary]


class _Receipt(TypedDict):
    question_id: str
    bill_id: str
    kind: str
    line_id: str | None
    asked_at: str


_TEXT = {"type": "string"}
_LOCALE = query("locale", "Language of the answer, instead of Accept-Language", enum=list(LOCALES))


def describe() -> Description:
    """Every route that the room's HTTP door has."""
    room = Description()
    explanation = room.schema("Explanation", _Explanation)
    question = room.schema("Question", Question)
    receipt = room.schema("Receipt", _Receipt)
    bill = room.schema("RepairOrder", Bill)
    xml = {"type": "string", "description": "UBL 2.1 Invoice or CreditNote (EN 16931), or a Chinese e-fapiao"}
    room.route(
        "POST /bills",
        "Take in a bill and answer with its explanation",
        roles=("integrator", "manager"),
        parameters=[query("owner_id", "The owner, where the document names none"), _LOCALE],
        body={"application/json": bill, "application/xml": xml, "text/xml": xml},
        responses={
            201: {"description": "Stored and explained", "application/json": explanation},
            200: {"description": "The same bill was stored before", "application/json": explanation},
        },
        problems=(400, 409, 413, 415, 422),
    )
    room.route(
        "GET /bills",
        "List the newest bills of an owner",
        roles=("owner", "advisor", "manager", "integrator"),
        parameters=[query("owner_id", "For a centre: whose bills")],
        responses={200: {"application/json": room.schema("BillList", _BillList)}},
    )
    room.route(
        "GET /bills/{bill_id}/explanation",
        "Read an explanation as JSON, plain text or a page",
        roles=("owner", "advisor", "manager", "integrator"),
        parameters=[_LOCALE, query("summary", "With Accept: text/plain, a summary of one SMS", enum=["sms"])],
        responses={200: {"application/json": explanation, "text/plain": _TEXT, "text/html": _TEXT}},
        problems=(404, 406),
    )
    room.route(
        "POST /bills/{bill_id}/questions",
        "Ask about a bill or one of its lines, or dispute it",
        roles=("owner", "advisor", "manager", "integrator"),
        body={"application/json": question},
        responses={201: {"description": "Kept; a person will answer", "application/json": receipt}},
        problems=(400, 404, 415, 422),
    )
    room.route(
        "GET /links/{token}",
        "Open the page with a signed link",
        roles=(),
        parameters=[_LOCALE],
        responses={200: {"text/html": _TEXT}},
        problems=(401, 404, 410),
    )
    room.route(
        "POST /links/{token}/questions",
        "Ask from the form of the page",
        roles=(),
        body={"application/x-www-form-urlencoded": question},
        responses={303: {"description": "Kept; back to the page"}},
        problems=(400, 401, 404, 410, 415, 422),
    )
    return room
