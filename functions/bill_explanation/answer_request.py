"""Answer the requests of this room: who may see what, and in which form they get it.

What only those need who hand something in is imported when they do: pydantic with the model of a
bill is a third of a cold start, and an owner who opens a page waits for none of it.
"""

from datetime import datetime

from aws_lambda_powertools.event_handler import Response

from functions.bill_explanation.show_explanation import (
    LINK_KIND,
    answer_document,
    page_url,
    show_page,
    show_sms,
    show_text,
)
from functions.bill_explanation.wiring import ApiParts
from shared.adapters.bills_table import StoredBill
from shared.content import LOCALES
from shared.domain.access import Role
from shared.domain.errors import NotAcceptable
from shared.domain.links import open_link
from shared.runtime import clock
from shared.runtime.http import Request, answer, answer_json
from shared.runtime.observability import count, logger

_JSON, _TEXT, _HTML = "application/json", "text/plain", "text/html"


def post_bill(request: Request, parts: ApiParts) -> Response[str]:
    """Take in a bill of the caller's centre: 201 when stored, 200 when it was there already."""
    from functions.bill_explanation.take_in_bill import take_in_bill

    caller = request.caller
    caller.require(Role.INTEGRATOR, Role.MANAGER)
    taken = take_in_bill(
        request.body,
        request.media_type,
        centre_id=caller.own_centre(),
        owner_id=request.query("owner_id"),
        now=clock.now(),
        bills=parts.bills,
        model=parts.model,
    )
    stored = taken.bill
    logger.info("bill taken in", bill_id=stored.bill_id, is_new=taken.is_new)
    count("BillsTakenIn", int(taken.is_new))
    locale = request.locale(stored.locale, LOCALES)
    page = page_url(stored, parts.public_url, parts.link_keys.current())
    headers = {
        "Location": f"/bills/{stored.bill_id}/explanation",
        "Content-Language": locale,
    }
    status = 201 if taken.is_new else 200
    return answer_json(status, answer_document(stored, locale, page), headers)


def get_bills(request: Request, parts: ApiParts) -> Response[str]:
    """List an owner's bills: one's own, or for a centre those of an owner that it wrote."""
    caller = request.caller
    owner_id = request.query("owner_id") or caller.owner_id
    if owner_id is None:
        return answer_json(200, {"bills": []})
    bills = [
        {name: getattr(bill, name) for name in bill.__slots__}
        for bill in parts.bills.bills_of(owner_id)
        if caller.owns(owner_id) or caller.works_for(bill.centre_id)
    ]
    return answer_json(200, {"bills": bills})


def get_explanation(request: Request, parts: ApiParts, bill_id: str) -> Response[str]:
    """The explanation as JSON, text (`?summary=sms`: one SMS) or page, as `Accept` prefers."""
    stored = _visible_bill(request, parts, bill_id)
    media_type = request.accepted((_JSON, _TEXT, _HTML))
    locale = request.locale(stored.locale, LOCALES)
    headers = {"Content-Language": locale, "Vary": "Accept, Accept-Language, Authorization"}
    if media_type == _JSON:
        page = page_url(stored, parts.public_url, parts.link_keys.current())
        return answer_json(200, answer_document(stored, locale, page), headers)
    if media_type == _TEXT:
        show = show_sms if request.query("summary") == "sms" else show_text
        return answer(200, show(stored, locale), _TEXT, headers)
    if media_type == _HTML:
        page = page_url(stored, parts.public_url, parts.link_keys.current())
        return _page(stored, locale, f"{page}/questions", headers)
    raise NotAcceptable("an explanation comes as JSON, text/plain or text/html")


def post_question(request: Request, parts: ApiParts, bill_id: str) -> Response[str]:
    """Keep a question or dispute of someone who may see the bill."""
    stored = _visible_bill(request, parts, bill_id)
    return answer_json(201, _ask(request, parts, stored, request.json, request.caller.subject))


def get_link(request: Request, parts: ApiParts, token: str) -> Response[str]:
    """The page, for whoever holds its link; it cannot be framed and leaks no referrer."""
    stored = _linked_bill(parts, token, clock.now())
    locale = request.locale(stored.locale, LOCALES)
    was_asked = request.query("asked") is not None
    form = f"{parts.public_url}/links/{token}/questions"
    return _page(stored, locale, form, {"Content-Language": locale}, was_asked=was_asked)


def post_link_question(request: Request, parts: ApiParts, token: str) -> Response[str]:
    """Keep a question from the page's form, and show the page again."""
    stored = _linked_bill(parts, token, clock.now())
    fields = {name: value for name, value in request.form.items() if value}
    _ask(request, parts, stored, fields, "link")
    return answer(303, "", _TEXT, {"Location": f"{parts.public_url}/links/{token}?asked=yes#questions"})


def _ask(request: Request, parts: ApiParts, stored: StoredBill, fields: object, asked_by: str) -> dict[str, str | None]:
    from functions.bill_explanation.ask_question import Question, ask_question, receipt
    from shared.domain.validation import read_as

    asked = ask_question(
        read_as(Question, fields),
        stored,
        asked_by=asked_by,
        locale=request.locale(stored.locale, LOCALES),
        now=clock.now(),
        bills=parts.bills,
    )
    logger.info("question kept", bill_id=stored.bill_id, question_id=asked.question_id)
    count("QuestionsAsked")
    return receipt(asked)


def _visible_bill(request: Request, parts: ApiParts, bill_id: str) -> StoredBill:
    caller = request.caller
    stored = parts.bills.get_bill(bill_id)
    caller.require_sight_of(owner_id=stored.owner_id, centre_id=stored.centre_id)
    return stored


def _linked_bill(parts: ApiParts, token: str, now: datetime) -> StoredBill:
    return parts.bills.get_bill(open_link(token, LINK_KIND, now, parts.link_keys.honoured()))


def _page(
    stored: StoredBill,
    locale: str,
    question_url: str,
    headers: dict[str, str],
    *,
    was_asked: bool = False,
) -> Response[str]:
    html, policy = show_page(stored, locale, question_url, was_asked=was_asked)
    return answer(200, html, _HTML, {**headers, "Content-Security-Policy": policy})
