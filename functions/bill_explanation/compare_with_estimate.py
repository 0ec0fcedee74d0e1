"""Compare the final bill with its estimate."""

from collections.abc import Iterator
from datetime import date

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding, Variance
from shared.domain.statements import Statement


def compare_with_estimate(book: BillBook) -> Variance | None:
    """Compare the final bill with its estimate."""
    return None
