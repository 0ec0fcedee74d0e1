"""Sum what each payer takes of a bill or of its estimate."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.models import Line, Payer, TaxCategory
from shared.domain.figures import Figure, Source, path

# A filter reads better as a source, but walks all lines: beyond so many rates lines are named one
# by one, so that a bill with a rate for every line does not take the square of its length.
_FILTERED = 8


def net_of_payer(book: BillBook, payer: Payer, *root: str) -> Figure:
    """What a payer takes of the lines at `root`, without tax."""
    return book.total(book.bill.currency, *root, (("payer", payer),), "net")


def gross_of_payer(book: BillBook, lines: Sequence[Line], payer: Payer, *root: str) -> Figure:
    """What a payer takes of the lines at `root`, with tax by category and rate."""
    rates: defaultdict[tuple[TaxCategory, Decimal], list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        if line.payer is payer and line.tax_rate:
            rates[line.tax_category, line.tax_rate].append(index)
    parts: list[Figure | Source] = [net_of_payer(book, payer, *root)]
    for (category, rate), indexes in rates.items():
        if len(rates) <= _FILTERED:
            wanted = (("payer", payer), ("tax_category", category), ("tax_rate", rate))
            taxable = book.make_money("sum", path(*root, wanted, "net"))
        else:
            taxable = book.make_money("add", *(path(*root, index, "net") for index in indexes))
        parts.append(book.cents("percent", taxable, path(*root, indexes[0], "tax_rate")))
    return book.make_money("add", *parts)


def other_payers(lines: Sequence[Line]) -> list[Payer]:
    """Who besides the customer pays at least one of the lines."""
    present = {line.payer for line in lines}
    return [payer for payer in Payer if payer in present and payer is not Payer.CUSTOMER]


def customer_gross(book: BillBook) -> Figure:
    """What is left for the customer of the bill's total with tax."""
    return _left_over(book, book.money("totals", "gross"), book.bill.lines, "lines")


def customer_net(book: BillBook) -> Figure:
    """What is left for the customer of the bill's total without tax."""
    total = book.money("totals", "net")
    others = [net_of_payer(book, payer, "lines") for payer in other_payers(book.bill.lines)]
    return book.make_money("sub", total, *others) if others else total


def customer_estimate_gross(book: BillBook) -> Figure:
    """What the estimate left for the customer, with tax. The bill must have an estimate."""
    estimate = book.bill.estimate
    lines = estimate.lines if estimate is not None else ()
    return _left_over(book, book.money("estimate", "total"), lines, "estimate", "lines")


def customer_estimate_net(book: BillBook) -> Figure:
    """What the estimate left for the customer, without tax. The bill must have an estimate."""
    return net_of_payer(book, Payer.CUSTOMER, "estimate", "lines")


def _left_over(book: BillBook, total: Figure, lines: Sequence[Line], *root: str) -> Figure:
    others = [gross_of_payer(book, lines, payer, *root) for payer in other_payers(lines)]
    return book.make_money("sub", total, *others) if others else total
