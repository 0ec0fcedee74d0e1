"""Find what an owner should ask about."""

from collections.abc import Iterator
from datetime import date

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.check_arithmetic import check_arithmetic
from functions.bill_explanation.check_dates_and_vehicle import check_dates_and_vehicle
from functions.bill_explanation.check_labour_time import check_labour_time
from functions.bill_explanation.check_tax_rates import check_tax_rates
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.find_double_billing import find_double_billing
from functions.bill_explanation.find_gaps import find_gaps
from functions.bill_explanation.find_warranty_questions import find_warranty_questions
from functions.bill_explanation.match_lines import match_lines

_ORDER = {severity: rank for rank, severity in enumerate(Severity)}


def find_problems(book: BillBook, as_of: date) -> Iterator[Finding]:
    """Every finding on a bill read on the day `as_of`: the gravest first, then by line.

    Findings about the bill as a whole come after those about lines of the same severity.
    """
    places: dict[str, int] = {}
    for index, line in enumerate(book.bill.lines):
        places.setdefault(line.id, index)
    end = len(places)

    def rank(finding: Finding) -> tuple[int, int]:
        first = min((places.get(line, end) for line in finding.lines), default=end)
        return _ORDER[finding.severity], first

    return iter(sorted(_find(book, as_of), key=rank))


def _find(book: BillBook, as_of: date) -> Iterator[Finding]:
    matching = match_lines(book.bill)
    arithmetic = list(check_arithmetic(book))
    yield from arithmetic
    yield from find_double_billing(book)
    yield from check_labour_time(book)
    yield from check_tax_rates(book)
    yield from find_warranty_questions(book, matching)
    yield from check_dates_and_vehicle(book, as_of)
    yield from find_gaps(book, matching, {pointer for finding in arithmetic for pointer in finding.pointers})
