"""Find where the amounts of a bill contradict each other.

Three kinds of checks: the norm's own rules (`en16931`), the same to the cent where the norm
tolerates more, and what the norm has no rule for: the lines and the lines' taxes.
"""

from collections.abc import Iterator

from functions.bill_explanation.amount_mismatch import Mismatch, describe_mismatch, smallest_unit, to_cents
from functions.bill_explanation.book import BillBook
from functions.bill_explanation.check_totals import check_totals
from functions.bill_explanation.explanation import Finding
from functions.bill_explanation.models import Line, Payer
from shared.domain.figures import Figure, path


def check_arithmetic(book: BillBook) -> Iterator[Finding]:
    """Every rule of arithmetic that the bill breaks, with what was found and what was expected."""
    for mismatch in _check(book):
        yield describe_mismatch(book, mismatch)


def _check(book: BillBook) -> Iterator[Mismatch]:
    for index, line in enumerate(book.bill.lines):
        yield from _check_line(book, index, line)
        yield from _check_line_tax(book, index, line)
    yield from check_totals(book)


def _check_line(book: BillBook, index: int, line: Line) -> Iterator[Mismatch]:
    exact = _exact_amount(book, index, line)
    given_away = line.net == 0 and line.payer is not Payer.CUSTOMER
    if exact is None or given_away or abs(exact.value - line.net) * 2 <= smallest_unit(book):
        return
    at = ("lines", index)
    args = {"name": book.text(*at, "description")}
    if line.hours is not None and line.rate is not None:
        shape = "line_of_hours"
        args |= {"hours": book.at("hours", *at, "hours"), "rate": book.money(*at, "rate")}
    else:
        shape = "line_of_quantity"
        args |= {"quantity": book.at("quantity", *at, "quantity"), "price": book.money(*at, "unit_price")}
    if line.adjustments or line.base_quantity not in (None, 1):
        shape = "line"
    pointers = (f"/lines/{index}/net",)
    yield Mismatch("AC-LINE", shape, book.money(*at, "net"), to_cents(book, exact), pointers, (index,), args)


def _exact_amount(book: BillBook, index: int, line: Line) -> Figure | None:
    """Hours times rate, or quantity times price, with the line's adjustments; not rounded."""
    at = ("lines", index)
    if line.hours is not None and line.rate is not None:
        exact = book.make_money("mul", path(*at, "hours"), path(*at, "rate"))
    elif line.quantity is not None and line.unit_price is not None:
        exact = book.make_money("mul", path(*at, "quantity"), path(*at, "unit_price"))
        if line.base_quantity:
            exact = book.make_money("div", exact, path(*at, "base_quantity"))
    else:
        return None
    for position, adjustment in enumerate(line.adjustments):
        operation = "sub" if adjustment.kind == "allowance" else "add"
        exact = book.make_money(operation, exact, path(*at, "adjustments", position, "amount"))
    return exact


def _check_line_tax(book: BillBook, index: int, line: Line) -> Iterator[Mismatch]:
    """A line's own tax, which may be one smallest unit off: its net may come from a gross price."""
    if line.tax is None or line.tax_rate is None:
        return
    at = ("lines", index)
    net, rate = book.money(*at, "net"), book.at("percent", *at, "tax_rate")
    expected = book.cents("percent", net, rate)
    if abs(expected.value - line.tax) > smallest_unit(book):
        args = {"name": book.text(*at, "description"), "net": net, "rate": rate}
        tax, pointers = book.money(*at, "tax"), (f"/lines/{index}/tax",)
        yield Mismatch("AC-LINE-TAX", "line_tax", tax, expected, pointers, (index,), args)
