"""Judge whether the final charge kept to what the place allows above an estimate."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.look_up_place import look_up_place
from functions.bill_explanation.models import Authorisation, Estimate
from functions.bill_explanation.sum_by_payer import (
    customer_estimate_gross,
    customer_estimate_net,
    customer_gross,
    customer_net,
)
from shared.domain.figures import Figure
from shared.domain.statements import Argument, Statement, Term, say

_FILE = "overrun_rules"


class Verdict(StrEnum):
    """What can be said about the overrun rule."""

    KEPT = "kept"
    EXCEEDED = "exceeded"  # above the limit, and no consent on record covers it
    UNKNOWN = "unknown"


class Overrun(NamedTuple):
    """The verdict, the sentence that gives it, and all sentences in their order."""

    verdict: Verdict
    reason: Statement
    statements: tuple[Statement, ...]


class _Case(NamedTuple):
    book: BillBook
    rule: dict[str, Any]
    place: str
    estimated: Figure
    charged: Figure


def judge_overrun(book: BillBook, estimate: Estimate) -> Overrun:
    """The overrun rule of the bill's place, applied to what the customer is charged.

    Only the customer's part counts: what warranty or goodwill takes over is not charged to the
    customer. A consent counts when it was given before the work was finished; the last one holds.
    """
    rules = book.content[_FILE]["entries"]
    place = look_up_place(rules, book.bill.place)
    if place is None:
        return _unknown(_unknown_place(book))
    rule = rules[place]
    if rule["currency"] is not None and rule["currency"] != book.bill.currency:
        law = _law(book, place)
        return _unknown(say("variance.rule.other_currency", **law))
    net = rule["base"] == "net"
    case = _Case(
        book,
        rule,
        place,
        customer_estimate_net(book) if net else customer_estimate_gross(book),
        customer_net(book) if net else customer_gross(book),
    )
    limit = _limit(case)
    verdict, reason = _decide(case, estimate, limit)
    statements = [_state_rule(case), reason, *_missing_phone(case, estimate, verdict)]
    return Overrun(verdict, reason, tuple(statements))


def _unknown(reason: Statement) -> Overrun:
    return Overrun(Verdict.UNKNOWN, reason, (reason,))


def _unknown_place(book: BillBook) -> Statement:
    if book.bill.place is None:
        return say("variance.rule.no_place")
    return say("variance.rule.unknown_place", place=book.text("place"))


def _law(book: BillBook, place: str) -> dict[str, Argument]:
    citation = book.given("text", _FILE, "entries", place, "citation")
    return {"law": Term(f"{_FILE}.{place}"), "citation": citation}


def _state_rule(case: _Case) -> Statement:
    book, rule, place = case.book, case.rule, case.place
    at = (_FILE, "entries", place)
    args = _law(book, place)
    args["consent"] = Term(f"variance.consent.{rule['consent']}")
    if not rule["threshold_percent"]:
        key = "unstated" if rule["threshold_percent"] is None else "any_excess"
        return say(f"variance.rule.{key}", **args)
    args["percent"] = book.given("percent", *at, "threshold_percent")
    key = "percent"
    for bound in ("minimum_amount", "maximum_amount"):
        if rule[bound] is not None:
            args[bound] = book.given(rule["currency"], *at, bound)
            key += f".{bound}"
    return say(f"variance.rule.{key}", **args)


def _limit(case: _Case) -> Figure | None:
    book, rule = case.book, case.rule
    at = (_FILE, "entries", case.place)
    if rule["threshold_percent"] is None:
        return None
    if not rule["threshold_percent"]:
        return case.estimated
    margin = book.cents("percent", case.estimated, book.given("percent", *at, "threshold_percent"))
    if rule["minimum_amount"] is not None:
        margin = book.make_money("max", margin, book.given(rule["currency"], *at, "minimum_amount"))
    if rule["maximum_amount"] is not None:
        margin = book.make_money("min", margin, book.given(rule["currency"], *at, "maximum_amount"))
    return book.make_money("add", case.estimated, margin)


def _decide(case: _Case, estimate: Estimate, limit: Figure | None) -> tuple[Verdict, Statement]:
    book, charged, estimated = case.book, case.charged, case.estimated
    if charged.value <= estimated.value:
        return Verdict.KEPT, say("variance.verdict.within", charged=charged, estimated=estimated)
    if limit is not None and charged.value <= limit.value:
        return Verdict.KEPT, say("variance.verdict.tolerated", charged=charged, limit=limit)
    in_time = _last_consent(estimate, _finished_on(book))
    if in_time is not None and _reading(book, estimate, in_time) is not _Reading.TOO_LITTLE:
        gross = customer_gross(book)
        consent = state_consent(book, in_time, estimate.authorisations[in_time])
        if _reading(book, estimate, in_time) is _Reading.UNCLEAR:
            return Verdict.UNKNOWN, say("variance.verdict.unclear_consent", charged=gross, consent=consent)
        return Verdict.KEPT, say("variance.verdict.consented", charged=gross, consent=consent)
    if limit is None:
        over = book.make_money("sub", charged, estimated)
        return Verdict.UNKNOWN, say("variance.verdict.open", charged=charged, over=over)
    return Verdict.EXCEEDED, _state_excess(case, estimate, limit, in_time)


def _state_excess(case: _Case, estimate: Estimate, limit: Figure, in_time: int | None) -> Statement:
    book = case.book
    over = book.make_money("sub", case.charged, limit)
    figures: dict[str, Argument] = {"charged": case.charged, "limit": limit, "over": over}
    latest = _last_consent(estimate, None)
    if latest is not None and _reading(book, estimate, latest) is not _Reading.TOO_LITTLE:
        late = state_consent(book, latest, estimate.authorisations[latest])
        return say("variance.verdict.late_consent", consent=late, **figures)
    if in_time is None:
        return say("variance.verdict.no_consent", **figures)
    authorised = _customer_part(book, book.money("estimate", "authorisations", in_time, "amount"))
    return say("variance.verdict.beyond_consent", authorised=authorised, **figures)


def _customer_part(book: BillBook, amount: Figure) -> Figure:
    """What a consent to the whole job leaves for the customer, as the estimate shared it."""
    total, own = book.money("estimate", "total"), customer_estimate_gross(book)
    if own.source == total.source:
        return amount
    return book.make_money("max", book.make_money("sub", amount, book.make_money("sub", total, own)), 0)


class _Reading(StrEnum):
    """Whether a consent covers what the customer is charged."""

    ENOUGH = "enough"
    TOO_LITTLE = "too_little"
    UNCLEAR = "unclear"  # it does as one for the customer's part, not as one for the whole job


def _reading(book: BillBook, estimate: Estimate, index: int) -> _Reading:
    """A consent is for the whole job; what others were to pay of it is not the customer's.

    One below the estimate's total may have been noted for the customer's part alone.
    """
    amount = estimate.authorisations[index].amount
    charged = customer_gross(book).value
    others = estimate.total - customer_estimate_gross(book).value
    if amount - others >= charged:
        return _Reading.ENOUGH
    if others and charged <= amount < estimate.total:
        return _Reading.UNCLEAR
    return _Reading.TOO_LITTLE


def _finished_on(book: BillBook) -> date:
    return book.bill.completed_on or book.bill.issued_on


def _last_consent(estimate: Estimate, until: date | None) -> int | None:
    last: tuple[datetime, int] | None = None
    for index, consent in enumerate(estimate.authorisations):
        if until is None or consent.at.date() <= until:
            last = (consent.at, index) if last is None else max(last, (consent.at, index))
    return None if last is None else last[1]


def state_consent(book: BillBook, index: int, consent: Authorisation) -> Statement:
    """Who agreed to what, when and how."""
    at = ("estimate", "authorisations", index)
    args: dict[str, Argument] = {
        "by": book.text(*at, "by"),
        "amount": book.money(*at, "amount"),
        "at": book.at("datetime", *at, "at"),
        "how": Term(f"consent.{consent.how}"),
    }
    if consent.phone:
        return say("variance.authorised.phone", phone=book.text(*at, "phone"), **args)
    return say("variance.authorised", **args)


def _missing_phone(case: _Case, estimate: Estimate, verdict: Verdict) -> list[Statement]:
    """A consent by phone is noted with the number called, where the rule asks for it."""
    calls = [a for a in estimate.authorisations if a.how == "phone" and not a.phone]
    if case.rule["phone_number"] and calls and verdict is Verdict.KEPT:
        return [say("variance.rule.phone_missing")]
    return []
