"""Check the totals and the tax of a bill: the norm's rules, and the same to the cent."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from functions.bill_explanation.amount_mismatch import Mismatch, nothing, smallest_unit, to_cents
from functions.bill_explanation.book import BillBook
from functions.bill_explanation.en16931 import ARITHMETIC, Breach, check
from functions.bill_explanation.en16931_input import from_bill
from functions.bill_explanation.explanation import Severity
from functions.bill_explanation.models import Adjustment, Line, TaxCategory, TaxSubtotal
from shared.domain.figures import Figure, Source, path
from shared.domain.statements import Term

_TOTAL_OF: Final = {
    "BR-CO-10": "lines",
    "BR-CO-11": "allowances",
    "BR-CO-12": "charges",
    "BR-CO-13": "net",
    "BR-CO-14": "tax",
    "BR-CO-15": "gross",
    "BR-CO-16": "payable",
}


def check_totals(book: BillBook) -> Iterator[Mismatch]:
    """Totals and tax subtotals that do not follow from their parts, each told once.

    A rule of the norm is told only where the amounts differ to the cent; where the norm tolerates a
    difference, the rule is AC-TAX or AC-TAXABLE.
    """
    told: set[str] = set()
    for breach in check(from_bill(book.bill, book.minor_units), ARITHMETIC):
        mismatch = _figures_of(book, breach)
        if mismatch is not None and told.isdisjoint(mismatch.pointers):
            told.update(mismatch.pointers)
            yield mismatch
    for index, subtotal in enumerate(book.bill.tax_breakdown):
        for mismatch in (_taxable_mismatch(book, "AC-TAXABLE", index), _cents_of_tax(book, index, subtotal)):
            if mismatch is not None and told.isdisjoint(mismatch.pointers):
                yield mismatch


def _figures_of(book: BillBook, breach: Breach) -> Mismatch | None:
    """A breach with its figures; None where they agree to the cent or cannot be computed."""
    if breach.rule in _TOTAL_OF:
        name = _TOTAL_OF[breach.rule]
        found, expected = _total(book, name), _PARTS_OF[name](book)
        if found.value == expected.value:
            return None
        return Mismatch(breach.rule, name, found, expected, breach.pointers)
    if breach.at is None:
        return None
    if breach.rule.endswith("-08"):
        return _taxable_mismatch(book, breach.rule, breach.at)
    return _tax_mismatch(book, breach.rule, breach.at)


def _total(book: BillBook, name: str) -> Figure:
    """A total as the bill states it, or as its parts make it where it states none."""
    stated = getattr(book.bill.totals, name) is not None
    return book.money("totals", name) if stated else _PARTS_OF[name](book)


def _sum_of_adjustments(kind: str) -> Callable[[BillBook], Figure]:
    selected = path("adjustments", (("kind", kind),), "amount")
    return lambda book: to_cents(book, book.make_money("sum", selected))


def _sum_to_net(book: BillBook) -> Figure:
    net = book.money("totals", "lines")
    kinds = {adjustment.kind for adjustment in book.bill.adjustments}
    if book.bill.totals.allowances is not None or "allowance" in kinds:
        net = book.make_money("sub", net, _total(book, "allowances"))
    if book.bill.totals.charges is not None or "charge" in kinds:
        net = book.make_money("add", net, _total(book, "charges"))
    return to_cents(book, net)


def _sum_to_payable(book: BillBook) -> Figure:
    totals = book.bill.totals
    less = [path("totals", name) for name in ("covered", "prepaid") if getattr(totals, name) is not None]
    due = book.money("totals", "gross")
    if less:
        due = book.make_money("sub", due, *less)
    if totals.rounding is not None:
        due = book.make_money("add", due, path("totals", "rounding"))
    return to_cents(book, due)


_PARTS_OF: Final[dict[str, Callable[[BillBook], Figure]]] = {
    "lines": lambda book: to_cents(book, book.make_money("sum", path("lines", (), "net"))),
    "allowances": _sum_of_adjustments("allowance"),
    "charges": _sum_of_adjustments("charge"),
    "net": _sum_to_net,
    "tax": lambda book: to_cents(book, book.make_money("sum", path("tax_breakdown", (), "tax"))),
    "gross": lambda book: to_cents(book, book.make_money("add", path("totals", "net"), _total(book, "tax"))),
    "payable": _sum_to_payable,
}


def _cents_of_tax(book: BillBook, index: int, subtotal: TaxSubtotal) -> Mismatch | None:
    """A tax that is more than half a smallest unit off, whichever way a half is rounded."""
    exact = subtotal.taxable * (subtotal.rate or 0) / 100
    if abs(exact - subtotal.tax) * 2 <= smallest_unit(book) or _taxed_by_line(book, subtotal):
        return None
    return _tax_mismatch(book, "AC-TAX", index)


def _taxed_by_line(book: BillBook, subtotal: TaxSubtotal) -> bool:
    """Whether the tax is that of the lines, each rounded by itself, as an e-fapiao computes it."""
    lines = [line for line in book.bill.lines if line.tax_category is subtotal.category]
    taxes = [line.tax for line in lines if line.tax is not None and line.tax_rate in (None, subtotal.rate)]
    return bool(taxes) and sum(taxes) == subtotal.tax


def _tax_mismatch(book: BillBook, rule: str, index: int) -> Mismatch | None:
    subtotal = book.bill.tax_breakdown[index]
    at = ("tax_breakdown", index)
    tax, pointers = book.money(*at, "tax"), (f"/tax_breakdown/{index}/tax",)
    if subtotal.rate:
        taxable, rate = book.money(*at, "taxable"), book.at("percent", *at, "rate")
        expected = book.cents("percent", taxable, rate)
        if expected.value == tax.value:
            return None
        severity = Severity.WARNING if rule == "AC-TAX" else Severity.ERROR
        args = {"taxable": taxable, "rate": rate}
        return Mismatch(rule, "tax_of_rate", tax, expected, pointers, args=args, severity=severity)
    if not subtotal.tax or subtotal.category is TaxCategory.STANDARD:
        return None  # a standard rate that is missing is another finding
    category = {"category": Term(f"tax_category.{subtotal.category.value}")}
    return Mismatch(rule, "tax_where_none", tax, nothing(book, tax), pointers, args=category)


def _taxable_mismatch(book: BillBook, rule: str, index: int) -> Mismatch | None:
    subtotal = book.bill.tax_breakdown[index]
    at = ("tax_breakdown", index)
    taxable, expected = book.money(*at, "taxable"), _taxable_of_parts(book, subtotal)
    if expected is None or expected.value == taxable.value:
        return None
    pointers = (f"/tax_breakdown/{index}/taxable",)
    if subtotal.rate:
        args = {"rate": book.at("percent", *at, "rate")}
        return Mismatch(rule, "taxable_of_rate", taxable, expected, pointers, args=args)
    category = {"category": Term(f"tax_category.{subtotal.category.value}")}
    return Mismatch(rule, "taxable_of_category", taxable, expected, pointers, args=category)


def _taxable_of_parts(book: BillBook, subtotal: TaxSubtotal) -> Figure | None:
    """Lines plus charges minus allowances of a category and rate; None where they do not tell."""
    wanted = _filter_of(book, subtotal)
    if wanted is None:
        return None
    parts: list[Source] = []
    for kind in ("charge", "allowance"):
        selected = path("adjustments", (("kind", kind), *wanted), "amount")
        if book.evaluate(selected):
            parts.append(("sum", selected) if kind == "charge" else ("neg", ("sum", selected)))
    taxable = book.make_money("sum", path("lines", wanted, "net"))
    return to_cents(book, book.make_money("add", taxable, *parts) if parts else taxable)


def _filter_of(book: BillBook, subtotal: TaxSubtotal) -> tuple[tuple[str, Any], ...] | None:
    """What selects the lines and adjustments of a subtotal.

    Those without a rate belong to the only rate of their category; with several rates, nobody knows.
    """
    bill = book.bill
    rates = {other.rate for other in bill.tax_breakdown if other.category is subtotal.category}
    items: list[Line | Adjustment] = [*bill.lines, *bill.adjustments]
    stated = {item.tax_rate for item in items if item.tax_category is subtotal.category}
    if len(rates) == 1 and stated <= rates | {None}:
        return (("tax_category", subtotal.category),)
    return None if None in stated else (("tax_category", subtotal.category), ("tax_rate", subtotal.rate))
