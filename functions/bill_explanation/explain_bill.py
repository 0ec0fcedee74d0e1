"""Explain a bill: what is paid and why, line by line, by payer, by tax and against the estimate."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from functions.bill_explanation.book import BillBook, payer_term
from functions.bill_explanation.compare_with_estimate import compare_with_estimate
from functions.bill_explanation.explanation import (
    Explanation,
    JobExplanation,
    LineExplanation,
    PayerShare,
)
from functions.bill_explanation.find_problems import find_problems
from functions.bill_explanation.models import Bill, Line, LineKind, Payer
from functions.bill_explanation.state_repair_warranty import state_repair_warranty
from functions.bill_explanation.sum_by_payer import gross_of_payer
from shared.domain.figures import Figure, path
from shared.domain.statements import Argument, Listing, Statement, Term, say

_UNIT_CODE = re.compile("[A-Z0-9]{2,3}")


def explain_bill(bill: Bill, as_of: date, content: Mapping[str, Any]) -> tuple[Explanation, BillBook]:
    """Everything there is to say about a bill on the day `as_of`, and the book of its figures.

    `content` is `shared.content.load_all()`: glossary, terms, rules and currencies by file name.
    """
    book = BillBook(bill, content)
    payers = _share_among_payers(book)
    explanation = Explanation(
        headline=_headline(book, payers),
        payers=payers,
        jobs=tuple(_explain_jobs(book)),
        tax=tuple(_explain_tax(book)),
        totals=tuple(_derive_totals(book)),
        variance=compare_with_estimate(book),
        findings=tuple(find_problems(book, as_of)),
        repair_warranty=tuple(state_repair_warranty(book)),
        if_you_disagree=tuple(_if_you_disagree(book)),
        about=tuple(_about(book)),
    )
    return explanation, book


def _share_among_payers(book: BillBook) -> tuple[PayerShare, ...]:
    """Each payer's part of the total with tax.

    Tax is computed per payer and category, since summing rounded line taxes breaks BR-CO-14; the
    customer, or else the first payer, takes the remainder, so that the parts give the total.
    """
    bill = book.bill
    present = [payer for payer in Payer if any(line.payer is payer for line in bill.lines)]
    rest = present[0]
    gross = book.money("totals", "gross")
    others = {payer: gross_of_payer(book, bill.lines, payer, "lines") for payer in present[1:]}
    amounts = {rest: book.make_money("sub", gross, *others.values()) if others else gross, **others}
    shares = []
    for payer, amount in amounts.items():
        if gross.value:
            share = book.derive("percent", "round", book.derive("percent", "share", amount, gross), 1)
            statement = say("payer.share", payer=payer_term(payer), amount=amount, share=share)
        else:
            share = None
            statement = say("payer.only", payer=payer_term(payer), amount=amount)
        shares.append(PayerShare(payer.value, amount, share, statement))
    return tuple(shares)


def _headline(book: BillBook, payers: tuple[PayerShare, ...]) -> Statement:
    bill = book.bill
    payable = book.money("totals", "payable")
    others = tuple(
        say("headline.other", payer=payer_term(Payer(p.payer)), amount=p.amount)
        for p in payers
        if p.payer != Payer.CUSTOMER and p.amount.value
    )
    concerns = [book.text("jobs", index, "concern") for index in range(len(bill.jobs))]
    what: Argument = (
        say("headline.for_concerns", concerns=Listing(tuple(concerns)))
        if 0 < len(concerns) <= 3
        else say("headline.for_lines", count=book.derive("count", "count", path("lines", (), "id")))
    )
    if bill.kind == "credit_note":
        return say("headline.credit", payable=payable, what=what)
    if payable.value < 0:
        return say("headline.refund", payable=book.make_money("neg", payable), what=what)
    if payable.value == 0:
        key = "headline.nothing_shared" if others else "headline.nothing"
    else:
        key = "headline.pay_shared" if others else "headline.pay"
    return say(key, payable=payable, what=what, others=Listing(others))


def _explain_jobs(book: BillBook) -> Iterator[JobExplanation]:
    bill = book.bill
    by_job: dict[str | None, list[LineExplanation]] = {job.id: [] for job in bill.jobs}
    for index, line in enumerate(bill.lines):
        job = line.job if line.job in by_job else None
        by_job.setdefault(job, []).append(_explain_line(book, index, line))
    for position, job_record in enumerate(bill.jobs):
        reasons = [
            say(f"job.{field}", text=book.text("jobs", position, field))
            for field in ("concern", "cause", "correction")
            if getattr(job_record, field)
        ]
        yield JobExplanation(job_record.id, tuple(reasons), tuple(by_job[job_record.id]))
    if None in by_job:
        yield JobExplanation(None, (), tuple(by_job[None]))


def _explain_line(book: BillBook, index: int, line: Line) -> LineExplanation:
    net = book.money("lines", index, "net")
    return LineExplanation(
        id=line.id,
        kind=line.kind.value,
        payer=line.payer.value,
        title=_title(book, index, line),
        amount=_amount(book, index, line, net),
        details=tuple(_details(book, index, line, net)),
        net=net,
    )


def _title(book: BillBook, index: int, line: Line) -> Statement:
    description = book.text("lines", index, "description")
    code = line.operation_code
    if code is not None and code in book.content["operations"]["entries"]:
        plain = Term(f"operation.{code}")
        return say("line.title.known", description=description, plain=plain)
    return say("line.title.plain", description=description)


def _amount(book: BillBook, index: int, line: Line, net: Figure) -> Statement:
    """How the line's amount came about, step by step, or that the bill gives no steps."""
    at = ("lines", index)
    if line.hours is not None and line.rate is not None:
        hours, rate = book.at("hours", *at, "hours"), book.money(*at, "rate")
        base = book.cents("mul", hours, rate)
        steps = say("line.steps.labour", hours=hours, rate=rate, amount=base)
    elif line.quantity is not None and line.unit_price is not None:
        quantity, price = book.at("quantity", *at, "quantity"), book.money(*at, "unit_price")
        if line.base_quantity:
            per = book.at("quantity", *at, "base_quantity")
            base = book.cents("div", book.make_money("mul", quantity, price), per)
            steps = say("line.steps.per", quantity=_measured(book, index, quantity), price=price, per=per, amount=base)
        else:
            base = book.cents("mul", quantity, price)
            steps = say("line.steps.quantity", quantity=_measured(book, index, quantity), price=price, amount=base)
    else:
        return say("line.amount.flat", amount=net)
    return _adjusted(book, index, line, base, steps, net)


def _measured(book: BillBook, index: int, quantity: Figure) -> Argument:
    """The quantity with its unit, unless that is a code of UN/ECE Recommendation 20 such as C62."""
    unit = book.bill.lines[index].unit
    if unit is None or _UNIT_CODE.fullmatch(unit):
        return quantity
    return say("line.quantity", quantity=quantity, unit=book.text("lines", index, "unit"))


def _adjusted(book: BillBook, index: int, line: Line, base: Figure, steps: Statement, net: Figure) -> Statement:
    changes: list[Argument] = []
    result = base
    for position, adjustment in enumerate(line.adjustments):
        amount = book.money("lines", index, "adjustments", position, "amount")
        result = book.make_money("sub" if adjustment.kind == "allowance" else "add", result, amount)
        if adjustment.reason:
            reason = book.text("lines", index, "adjustments", position, "reason")
            changes.append(say(f"line.{adjustment.kind}.why", amount=amount, reason=reason))
        else:
            changes.append(say(f"line.{adjustment.kind}", amount=amount))
    listed = Listing(tuple(changes))
    if result.value != net.value:
        key = "line.amount.differs_changed" if changes else "line.amount.differs"
        return say(key, steps=steps, changes=listed, net=net)
    return say("line.amount.changed", steps=steps, changes=listed, net=net) if changes else steps


def _details(book: BillBook, index: int, line: Line, net: Figure) -> Iterator[Statement]:
    at = ("lines", index)
    if line.condition is not None:
        yield say("line.condition", condition=Term(f"condition.{line.condition.value}"))
    if line.part_number is not None:
        yield say("line.part_number", number=book.text(*at, "part_number"))
    if line.note:
        yield say("line.note", text=book.text(*at, "note"))
    if line.tax_rate:
        rate = book.at("percent", *at, "tax_rate")
        yield say("line.tax.rate", rate=rate, tax=book.cents("percent", net, rate))
    else:
        yield say("line.tax.none", category=Term(f"tax_category.{line.tax_category.value}"))
    payer = payer_term(line.payer)
    if line.payer_reason:
        yield say("line.payer.why", payer=payer, reason=book.text(*at, "payer_reason"))
    elif line.kind is not LineKind.DISCOUNT and book.bill.kind != "credit_note":
        yield say("line.payer", payer=payer)


def _explain_tax(book: BillBook) -> Iterator[Statement]:
    for index, subtotal in enumerate(book.bill.tax_breakdown):
        taxable = book.money("tax_breakdown", index, "taxable")
        tax = book.money("tax_breakdown", index, "tax")
        category = Term(f"tax_category.{subtotal.category.value}")
        if subtotal.rate:
            rate = book.at("percent", "tax_breakdown", index, "rate")
            yield say("tax.rate", category=category, taxable=taxable, rate=rate, tax=tax)
        elif subtotal.exemption_reason:
            reason = book.text("tax_breakdown", index, "exemption_reason")
            yield say("tax.exempt", category=category, taxable=taxable, reason=reason)
        else:
            yield say("tax.none", category=category, taxable=taxable)


def _derive_totals(book: BillBook) -> Iterator[Statement]:
    totals = book.bill.totals
    count = book.derive("count", "count", path("lines", (), "id"))
    yield say("totals.lines", count=count, amount=book.money("totals", "lines"))
    for position, adjustment in enumerate(book.bill.adjustments):
        amount = book.money("adjustments", position, "amount")
        if adjustment.reason:
            reason = book.text("adjustments", position, "reason")
            yield say(f"totals.{adjustment.kind}.why", amount=amount, reason=reason)
        else:
            yield say(f"totals.{adjustment.kind}", amount=amount)
    yield say("totals.net", amount=book.money("totals", "net"))
    if totals.tax is not None:
        yield say("totals.tax", amount=book.money("totals", "tax"))
    yield say("totals.gross", amount=book.money("totals", "gross"))
    for name in ("covered", "prepaid", "rounding"):
        if getattr(totals, name):
            yield say(f"totals.{name}", amount=book.money("totals", name))
    key = "totals.credit" if book.bill.kind == "credit_note" else "totals.payable"
    yield say(key, amount=book.money("totals", "payable"))


def _if_you_disagree(book: BillBook) -> Iterator[Statement]:
    yield say("disagree.ask")
    if book.bill.kind != "credit_note":
        yield say("disagree.before_paying")
    seller = book.bill.seller
    if seller is not None and seller.phone:
        yield say("disagree.call", phone=book.text("seller", "phone"))
    yield say("disagree.human")


def _about(book: BillBook) -> Iterator[Statement]:
    bill = book.bill
    yield say("about.number", number=book.text("number"), date=book.at("date", "issued_on"))
    if bill.revision > 1:
        yield say("about.revision", revision=book.at("count", "revision"))
    if bill.seller is not None:
        yield say("about.seller", name=book.text("seller", "name"))
    if bill.note:
        yield say("about.note", text=book.text("note"))
    if any(line.kind_basis == "derived" for line in bill.lines):
        yield say("about.kinds_derived")
    vehicle = bill.vehicle
    if vehicle is None:
        return
    if vehicle.model:
        yield say("about.model", model=book.text("vehicle", "model"))
    if vehicle.vin:
        yield say("about.vin", vin=book.text("vehicle", "vin"))
    if vehicle.odometer_in_km is not None and vehicle.odometer_out_km is not None:
        yield say(
            "about.odometer",
            before=book.at("km", "vehicle", "odometer_in_km"),
            after=book.at("km", "vehicle", "odometer_out_km"),
        )
