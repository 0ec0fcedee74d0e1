"""The rules of the European invoice norm EN 16931 that a machine can recompute.

Each rule is written as the norm's own UBL binding states it (CEN/TC 434, release 1.3), quirks
included: XPath rounds half towards positive infinity, BR-CO-17, BR-S-08 and BR-S-09 tolerate less
than one currency unit, and an absent amount equals nothing. Everything in the input is optional, so
that a part of an invoice can be checked; `en16931_input` fills it. `covered` extends BR-CO-16 by what
others than the buyer take over; a document without it is checked exactly as the norm says.
"""

from collections.abc import Callable, Iterable, Iterator
from decimal import ROUND_FLOOR, Decimal
from typing import Final, NamedTuple


class Amount(NamedTuple):
    """A line's net amount, or an allowance or charge on the whole document."""

    pointer: str
    value: Decimal | None
    category: str | None = None
    rate: Decimal | None = None


class Subtotal(NamedTuple):
    """Tax of one category and rate."""

    pointer: str
    category: str | None = None
    rate: Decimal | None = None
    taxable: Decimal | None = None
    tax: Decimal | None = None
    exempted: bool = False  # whether a reason for exemption is given


class TaxTotal(NamedTuple):
    """The total tax in one currency, and its breakdown."""

    pointer: str
    value: Decimal | None = None
    currency: str | None = None
    subtotals: tuple[Subtotal, ...] = ()


class Totals(NamedTuple):
    """The totals of the document; `pointer` is what their names are appended to."""

    lines: Decimal | None = None
    allowances: Decimal | None = None
    charges: Decimal | None = None
    net: Decimal | None = None
    gross: Decimal | None = None
    covered: Decimal | None = None
    prepaid: Decimal | None = None
    rounding: Decimal | None = None
    payable: Decimal | None = None


class Invoice(NamedTuple):
    """What the rules look at. `totals` None: the document has none at all."""

    lines: tuple[Amount, ...] = ()
    allowances: tuple[Amount, ...] = ()
    charges: tuple[Amount, ...] = ()
    tax_totals: tuple[TaxTotal, ...] = ()
    totals: Totals | None = None
    total_pointers: dict[str, str] = {}  # noqa: RUF012  (a NamedTuple's default; never changed)
    currency: str | None = None
    seller_taxed: bool = False  # whether the seller or its representative has a tax identifier
    tax_point_date: bool = False
    tax_point_code: bool = False
    places: int = 2

    @property
    def subtotals(self) -> Iterator[tuple[int, Subtotal]]:
        """Every subtotal with its position, over all tax totals."""
        return enumerate(subtotal for total in self.tax_totals for subtotal in total.subtotals)


class Breach(NamedTuple):
    """A rule that is broken: where, what it gives, what the document says.

    `at` is the position of the line or tax subtotal that the rule was applied to.
    """

    rule: str
    pointers: tuple[str, ...]
    expected: Decimal | None = None
    found: Decimal | None = None
    at: int | None = None


type Rule = Callable[[Invoice], Iterable[Breach]]

_ONE = Decimal(1)
_ZERO = Decimal(0)
# Category codes (UNTDID 5305) by the name that the norm's rules give them.
_RATED = {"S": "S", "L": "AF", "M": "AG"}
_UNTAXED = {"Z": "Z", "E": "E", "AE": "AE", "K": "IC", "G": "G", "O": "O"}


def xpath_round(value: Decimal, places: int = 2) -> Decimal:
    """`value` to so many places, half towards positive infinity, as XPath's `round` does."""
    return (value.scaleb(places) + Decimal("0.5")).to_integral_value(ROUND_FLOOR).scaleb(-places)


def check(invoice: Invoice, rules: Iterable[str]) -> Iterator[Breach]:
    """Every breach of these rules; KeyError for one that is not supported."""
    for rule in rules:
        yield from RULES[rule](invoice)


def _sum(amounts: Iterable[Amount]) -> Decimal:
    return sum((amount.value for amount in amounts if amount.value is not None), _ZERO)


def _total(rule: str, invoice: Invoice, name: str, found: Decimal | None, expected: Decimal | None) -> Iterator[Breach]:
    if found is None or found != expected:
        yield Breach(rule, (invoice.total_pointers.get(name, name),), expected, found)


def _sum_of_lines(invoice: Invoice) -> Iterator[Breach]:
    if invoice.totals is not None:
        expected = xpath_round(_sum(invoice.lines), invoice.places)
        yield from _total("BR-CO-10", invoice, "lines", invoice.totals.lines, expected)


def _sum_of_allowances(invoice: Invoice) -> Iterator[Breach]:
    if invoice.totals is not None and (invoice.totals.allowances is not None or invoice.allowances):
        expected = xpath_round(_sum(invoice.allowances), invoice.places)
        yield from _total("BR-CO-11", invoice, "allowances", invoice.totals.allowances, expected)


def _sum_of_charges(invoice: Invoice) -> Iterator[Breach]:
    if invoice.totals is not None and (invoice.totals.charges is not None or invoice.charges):
        expected = xpath_round(_sum(invoice.charges), invoice.places)
        yield from _total("BR-CO-12", invoice, "charges", invoice.totals.charges, expected)


def _net(invoice: Invoice) -> Iterator[Breach]:
    totals = invoice.totals
    if totals is None:
        return
    expected = totals.lines
    if expected is not None and (totals.allowances is not None or totals.charges is not None):
        expected = xpath_round(expected + (totals.charges or _ZERO) - (totals.allowances or _ZERO), invoice.places)
    yield from _total("BR-CO-13", invoice, "net", totals.net, expected)


def _sum_of_taxes(invoice: Invoice) -> Iterator[Breach]:
    for total in invoice.tax_totals:
        if total.subtotals:
            taxes = (subtotal.tax for subtotal in total.subtotals if subtotal.tax is not None)
            expected = xpath_round(sum(taxes, _ZERO), invoice.places)
            if total.value != expected:
                yield Breach("BR-CO-14", (total.pointer,), expected, total.value)


def _gross(invoice: Invoice) -> Iterator[Breach]:
    if invoice.currency is None:
        return
    taxes = [t.value for t in invoice.tax_totals if t.currency == invoice.currency and t.value is not None]
    totals = invoice.totals or Totals()
    expected = None
    if len(taxes) == 1 and totals.net is not None:
        expected = xpath_round(totals.net + taxes[0], invoice.places)
    yield from _total("BR-CO-15", invoice, "gross", totals.gross, expected)


def _payable(invoice: Invoice) -> Iterator[Breach]:
    totals = invoice.totals
    if totals is None:
        return
    due = totals.gross
    if due is not None and (totals.prepaid is not None or totals.covered is not None):
        due = xpath_round(due - (totals.prepaid or _ZERO) - (totals.covered or _ZERO), invoice.places)
    payable, rounding = totals.payable, totals.rounding
    before_rounding = payable
    if payable is not None and rounding is not None:
        before_rounding = xpath_round(payable - rounding, invoice.places)
    if before_rounding is None or before_rounding != due:
        expected = None if due is None else due + (rounding or _ZERO)
        yield Breach("BR-CO-16", (invoice.total_pointers.get("payable", "payable"),), expected, payable)


def _tax_of_rate(subtotal: Subtotal, places: int) -> Decimal | None:
    if subtotal.taxable is None or subtotal.rate is None:
        return None
    tax = xpath_round(abs(subtotal.taxable) * (subtotal.rate / 100), places)
    return tax.copy_sign(subtotal.taxable)


def _tolerably_equal(found: Decimal | None, expected: Decimal | None) -> bool:
    """Less than one unit apart, signs aside, as BR-CO-17 and BR-S-09 compare."""
    if found is None or expected is None:
        return False
    return abs(abs(found) - abs(expected)) < _ONE


def _tax(invoice: Invoice) -> Iterator[Breach]:
    for at, subtotal in invoice.subtotals:
        expected = _tax_of_rate(subtotal, invoice.places)
        if subtotal.rate is None or xpath_round(subtotal.rate, 0) == 0:
            kept = subtotal.tax is not None and xpath_round(subtotal.tax, 0) == 0
        else:
            kept = _tolerably_equal(subtotal.tax, expected)
        if not kept:
            yield Breach("BR-CO-17", (subtotal.pointer,), expected, subtotal.tax, at)


def _tax_of_category(category: str) -> Rule:
    rule = f"BR-{(_RATED | _UNTAXED)[category]}-09"

    def check_tax(invoice: Invoice) -> Iterator[Breach]:
        for at, subtotal in invoice.subtotals:
            if subtotal.category != category:
                continue
            expected = _tax_of_rate(subtotal, invoice.places) if category in _RATED else _ZERO
            kept = _tolerably_equal(subtotal.tax, expected) if category in _RATED else subtotal.tax == _ZERO
            if not kept:
                yield Breach(rule, (subtotal.pointer,), expected, subtotal.tax, at)

    return check_tax


def _taxable_of_category(category: str) -> Rule:
    rule = f"BR-{(_RATED | _UNTAXED)[category]}-08"

    def check_taxable(invoice: Invoice) -> Iterator[Breach]:
        for at, subtotal in invoice.subtotals:
            if subtotal.category != category or (category in _RATED and subtotal.rate is None):
                continue
            rate = subtotal.rate if category in _RATED else None
            expected = _taxable(invoice, category, rate)
            if expected is None or subtotal.taxable is None:
                kept = False
            else:
                apart = abs(subtotal.taxable - expected)
                kept = apart < _ONE if category in _RATED else apart == 0
            if not kept:
                yield Breach(rule, (subtotal.pointer,), expected, subtotal.taxable, at)

    return check_taxable


def _taxable(invoice: Invoice, category: str, rate: Decimal | None) -> Decimal | None:
    """Lines plus charges minus allowances of a category, and of a rate if one is given.

    None where the norm's condition cannot hold: no line at all, or nothing with that rate.
    """

    def belongs(amount: Amount) -> bool:
        return amount.category == category and (rate is None or amount.rate == rate)

    lines = [line for line in invoice.lines if belongs(line)]
    charges = [charge for charge in invoice.charges if belongs(charge)]
    allowances = [allowance for allowance in invoice.allowances if belongs(allowance)]
    if not (invoice.lines if rate is None else lines or charges or allowances):
        return None
    return _sum(lines) + _sum(charges) - _sum(allowances)


def _breakdown_of_category(category: str) -> Rule:
    """A category that is used appears in the breakdown: once, or once per rate where it is rated."""
    rule = f"BR-{(_RATED | _UNTAXED)[category]}-01"

    def check_breakdown(invoice: Invoice) -> Iterator[Breach]:
        amounts = (*invoice.lines, *invoice.allowances, *invoice.charges)
        used = any(amount.category == category for amount in amounts)
        listed = sum(subtotal.category == category for _, subtotal in invoice.subtotals)
        kept = used == (listed > 0) if category in _RATED else listed == (1 if used or listed else 0)
        if not kept:
            yield Breach(rule, tuple(total.pointer for total in invoice.tax_totals))

    return check_breakdown


def _rate_of_category(category: str) -> Rule:
    rule = f"BR-{(_RATED | _UNTAXED)[category]}-05"

    def check_rate(invoice: Invoice) -> Iterator[Breach]:
        for at, line in enumerate(invoice.lines):
            if line.category == category and not _rate_fits(category, line.rate):
                yield Breach(rule, (line.pointer,), None, line.rate, at)

    return check_rate


def _rate_fits(category: str, rate: Decimal | None) -> bool:
    if category == "O":
        return rate is None
    if rate is None:
        return False
    return rate > 0 if category in _RATED else rate == 0


def _no_exemption(invoice: Invoice) -> Iterator[Breach]:
    for at, subtotal in invoice.subtotals:
        if subtotal.category == "S" and subtotal.exempted:
            yield Breach("BR-S-10", (subtotal.pointer,), at=at)


def _seller_is_taxed(invoice: Invoice) -> Iterator[Breach]:
    standard = [line.pointer for line in invoice.lines if line.category == "S"]
    if standard and not invoice.seller_taxed:
        yield Breach("BR-S-02", tuple(standard))


def _one_tax_point(invoice: Invoice) -> Iterator[Breach]:
    if invoice.tax_point_date and invoice.tax_point_code:
        yield Breach("BR-CO-03", ())


def _lines_have_category(invoice: Invoice) -> Iterator[Breach]:
    for at, line in enumerate(invoice.lines):
        if line.category is None:
            yield Breach("BR-CO-04", (line.pointer,), at=at)


def _has_breakdown(invoice: Invoice) -> Iterator[Breach]:
    if not any(total.subtotals for total in invoice.tax_totals):
        yield Breach("BR-CO-18", ())


ARITHMETIC: Final[dict[str, Rule]] = {
    "BR-CO-10": _sum_of_lines,
    "BR-CO-11": _sum_of_allowances,
    "BR-CO-12": _sum_of_charges,
    "BR-CO-13": _net,
    "BR-CO-14": _sum_of_taxes,
    "BR-CO-15": _gross,
    "BR-CO-16": _payable,
    "BR-CO-17": _tax,
    **{f"BR-{name}-08": _taxable_of_category(code) for code, name in (_RATED | _UNTAXED).items()},
    **{f"BR-{name}-09": _tax_of_category(code) for code, name in (_RATED | _UNTAXED).items()},
}
"""Rules that compare amounts."""

RULES: Final[dict[str, Rule]] = ARITHMETIC | {
    "BR-CO-03": _one_tax_point,
    "BR-CO-04": _lines_have_category,
    "BR-CO-18": _has_breakdown,
    "BR-S-02": _seller_is_taxed,
    "BR-S-10": _no_exemption,
    **{f"BR-{name}-01": _breakdown_of_category(code) for code, name in (_RATED | _UNTAXED).items()},
    **{f"BR-{name}-05": _rate_of_category(code) for code, name in (_RATED | _UNTAXED).items()},
}
"""Every rule that is supported."""
