"""Compare the final bill with its estimate, cause by cause, to the cent."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from functions.bill_explanation.book import BillBook, payer_term
from functions.bill_explanation.explanation import CauseOfVariance, Variance, VarianceCause
from functions.bill_explanation.judge_overrun import judge_overrun, state_consent
from functions.bill_explanation.look_up_place import look_up_place
from functions.bill_explanation.match_lines import Matching, match_lines
from functions.bill_explanation.models import Estimate, Line, Payer
from shared.domain.figures import Figure, path
from shared.domain.statements import Statement, Term, say


class _Change(NamedTuple):
    cause: VarianceCause
    amount: Figure
    detail: Statement


def compare_with_estimate(book: BillBook) -> Variance | None:
    """Final against estimate by cause, the consents, and the overrun rule of the place.

    None without an estimate, and for a credit note, which is no charge. The causes add up to the
    final total less the estimated one: what lines and tax do not explain is the cause "other".
    """
    estimate = book.bill.estimate
    if estimate is None or book.bill.kind == "credit_note":
        return None
    estimated = book.money("estimate", "total")
    final = book.money("totals", "gross")
    difference = book.make_money("sub", final, estimated)
    consents = tuple(state_consent(book, i, a) for i, a in enumerate(estimate.authorisations))
    return Variance(
        estimated=estimated,
        final=final,
        difference=difference,
        summary=_summarise(book, estimated, final, difference),
        causes=tuple(_find_causes(book, estimate, difference)),
        authorisations=consents or (say("variance.not_authorised"),),
        overrun_rule=judge_overrun(book, estimate).statements,
    )


def _summarise(book: BillBook, estimated: Figure, final: Figure, difference: Figure) -> Statement:
    made_on = book.at("date", "estimate", "made_on")
    if difference.value == 0:
        return say("variance.summary.same", final=final, made_on=made_on)
    key = f"variance.summary.{_direction(difference)}"
    amount = book.make_money("abs", difference)
    if not estimated.value:
        return say(f"{key}.no_share", amount=amount, final=final, estimated=estimated, made_on=made_on)
    share = book.derive("percent", "abs", book.derive("percent", "share", difference, estimated))
    share = book.derive("percent", "round", share, 1)
    return say(key, amount=amount, share=share, final=final, estimated=estimated, made_on=made_on)


def _find_causes(book: BillBook, estimate: Estimate, difference: Figure) -> Iterator[CauseOfVariance]:
    matching = match_lines(book.bill)
    amounts: defaultdict[VarianceCause, list[Figure]] = defaultdict(list, {VarianceCause.OTHER: []})
    details: defaultdict[VarianceCause, list[Statement]] = defaultdict(list)
    for change in _compare_lines(book, estimate, matching):
        amounts[change.cause].append(change.amount)
        details[change.cause].append(change.detail)
    amounts[VarianceCause.TAX] = [_tax_difference(book, estimate)]
    details[VarianceCause.TAX] = list(_tax_rate_changes(book, estimate, matching))
    details[VarianceCause.OTHER].extend(_adjustments(book))
    del amounts[VarianceCause.OTHER]
    totals = {cause: _add(book, parts) for cause, parts in amounts.items()}
    totals[VarianceCause.OTHER] = book.make_money("sub", difference, *totals.values())
    payer_changes = list(_payer_changes(book, estimate, matching))
    if payer_changes:
        zero = book.make_money("sub", difference, difference)
        totals[VarianceCause.PAYER] = zero
        details[VarianceCause.PAYER] = payer_changes
    for cause in VarianceCause:
        amount = totals.get(cause)
        if amount is not None and (amount.value or cause is VarianceCause.PAYER):
            yield CauseOfVariance(cause, amount, _state_cause(book, cause, amount), tuple(details[cause]))


def _state_cause(book: BillBook, cause: VarianceCause, amount: Figure) -> Statement:
    if cause is VarianceCause.PAYER:
        return say("variance.payer")
    return say(f"variance.{cause.value}.{_direction(amount)}", amount=book.make_money("abs", amount))


def _direction(amount: Figure) -> str:
    return "more" if amount.value > 0 else "less"


def _add(book: BillBook, amounts: list[Figure]) -> Figure:
    return book.make_money("add", *amounts) if len(amounts) > 1 else amounts[0]


def _compare_lines(book: BillBook, estimate: Estimate, matching: Matching) -> Iterator[_Change]:
    for index, partner in matching.pairs:
        line, before = book.bill.lines[index], estimate.lines[partner]
        if line.net != before.net or line.hours != before.hours or line.quantity != before.quantity:
            for change in _compare_pair(book, index, partner, line, before):
                if change.amount.value:
                    yield change
    for index in matching.added:
        if book.bill.lines[index].net:
            net = book.money("lines", index, "net")
            yield _Change(VarianceCause.ADDED, net, say("variance.line", line=_name(book, index), amount=net))
    for partner in matching.removed:
        if estimate.lines[partner].net:
            net = book.money("estimate", "lines", partner, "net")
            name = book.text("estimate", "lines", partner, "description")
            detail = say("variance.line", line=name, amount=net)
            yield _Change(VarianceCause.REMOVED, book.make_money("neg", net), detail)


def _compare_pair(book: BillBook, index: int, partner: int, line: Line, before: Line) -> Iterator[_Change]:
    """Hours or quantity at the estimated price, then the price at the final hours or quantity.

    Each step is a difference of amounts rounded to cents, so that the steps add up to the cent.
    """
    if _priced_by_hour(line) and _priced_by_hour(before):
        yield from _compare_steps(book, index, partner, "hours", "rate")
    elif _priced_by_unit(line) and _priced_by_unit(before) and line.base_quantity == before.base_quantity:
        yield from _compare_steps(book, index, partner, "quantity", "unit_price")
    else:
        old, new = book.money("estimate", "lines", partner, "net"), book.money("lines", index, "net")
        amount = book.make_money("sub", new, old)
        detail = say("variance.price.flat", line=_name(book, index), before=old, after=new, amount=amount)
        yield _Change(VarianceCause.PRICE, amount, detail)


def _priced_by_hour(line: Line) -> bool:
    return line.hours is not None and line.rate is not None


def _priced_by_unit(line: Line) -> bool:
    return line.quantity is not None and line.unit_price is not None


def _compare_steps(book: BillBook, index: int, partner: int, much: str, price: str) -> Iterator[_Change]:
    old, new = ("estimate", "lines", partner), ("lines", index)
    much_before, much_after = book.at(much, *old, much), book.at(much, *new, much)
    price_before, price_after = book.money(*old, price), book.money(*new, price)
    name = _name(book, index)
    parts: list[Figure] = []
    middle = _amount(book, index, much_after, price_before)
    if much_after.value != much_before.value:
        amount = book.make_money("sub", middle, _amount(book, index, much_before, price_before))
        args = {"line": name, "before": much_before, "after": much_after, "price": price_before}
        parts.append(amount)
        yield _Change(VarianceCause(much), amount, say(f"variance.{much}.line", amount=amount, **args))
    if price_after.value != price_before.value:
        amount = book.make_money("sub", _amount(book, index, much_after, price_after), middle)
        args = {"line": name, "before": price_before, "after": price_after, "much": much_after}
        parts.append(amount)
        yield _Change(VarianceCause.PRICE, amount, say(f"variance.price.{much}", amount=amount, **args))
    net_before, net_after = book.money(*old, "net"), book.money(*new, "net")
    if net_after.value - net_before.value != sum(part.value for part in parts):
        amount = book.make_money("sub", net_after, net_before, *parts)
        yield _Change(VarianceCause.OTHER, amount, say("variance.line", line=name, amount=amount))


def _amount(book: BillBook, index: int, much: Figure, price: Figure) -> Figure:
    if book.bill.lines[index].base_quantity and much.unit == "quantity":
        per = book.at("quantity", "lines", index, "base_quantity")
        return book.cents("div", book.make_money("mul", much, price), per)
    return book.cents("mul", much, price)


def _name(book: BillBook, index: int) -> Figure:
    return book.text("lines", index, "description")


def _tax_difference(book: BillBook, estimate: Estimate) -> Figure:
    totals = ("totals",)
    if book.bill.totals.tax is not None:
        final = book.money(*totals, "tax")
    else:
        final = book.make_money("sub", book.money(*totals, "gross"), book.money(*totals, "net"))
    if estimate.tax_total is not None:
        before = book.money("estimate", "tax_total")
    else:
        nets = book.make_money("sum", path("estimate", "lines", (), "net"))
        before = book.make_money("sub", book.money("estimate", "total"), nets)
    return book.make_money("sub", final, before)


def _tax_rate_changes(book: BillBook, estimate: Estimate, matching: Matching) -> Iterator[Statement]:
    for index, partner in matching.pairs:
        after, before = book.bill.lines[index].tax_rate, estimate.lines[partner].tax_rate
        if after is not None and before is not None and after != before:
            yield say(
                "variance.tax.line",
                line=_name(book, index),
                before=book.at("percent", "estimate", "lines", partner, "tax_rate"),
                after=book.at("percent", "lines", index, "tax_rate"),
            )


def _adjustments(book: BillBook) -> Iterator[Statement]:
    for index, adjustment in enumerate(book.bill.adjustments):
        amount = book.money("adjustments", index, "amount")
        if adjustment.reason:
            reason = book.text("adjustments", index, "reason")
            yield say(f"totals.{adjustment.kind}.why", amount=amount, reason=reason)
        else:
            yield say(f"totals.{adjustment.kind}", amount=amount)


def _payer_changes(book: BillBook, estimate: Estimate, matching: Matching) -> Iterator[Statement]:
    left_warranty = False
    for index, partner in matching.pairs:
        after, before = book.bill.lines[index].payer, estimate.lines[partner].payer
        if after is not before:
            left_warranty = left_warranty or before is Payer.WARRANTY
            yield say(
                "variance.payer.line",
                line=_name(book, index),
                before=payer_term(before),
                after=payer_term(after),
                amount=book.money("lines", index, "net"),
            )
    if left_warranty:
        yield state_consequence(book)


def state_consequence(book: BillBook) -> Statement:
    """What it may mean that a repair is no longer recorded as a warranty repair."""
    place = look_up_place(book.content["payer_changes"]["entries"], book.bill.place)
    if place is None:
        return say("variance.payer.consequence")
    return say(
        "variance.payer.consequence.law",
        law=Term(f"payer_changes.{place}"),
        citation=book.given("text", "payer_changes", "entries", place, "citation"),
    )
