"""Find where the amounts of a bill contradict each other."""

from collections.abc import Iterator

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding


def check_arithmetic(book: BillBook) -> Iterator[Finding]:
    """Every rule of arithmetic that the bill breaks, with what was found and what was expected."""
    yield from ()
