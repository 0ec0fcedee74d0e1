"""Find what an owner should ask about."""

from collections.abc import Iterator
from datetime import date

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding, Variance
from shared.domain.statements import Statement


def find_problems(book: BillBook, as_of: date) -> Iterator[Finding]:
    """Find what an owner should ask about."""
    yield from ()
