"""State the repair warranty that a job carries."""

from collections.abc import Iterator
from datetime import date

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding, Variance
from shared.domain.statements import Statement


def state_repair_warranty(book: BillBook) -> Iterator[Statement]:
    """State the repair warranty that a job carries."""
    yield from ()
