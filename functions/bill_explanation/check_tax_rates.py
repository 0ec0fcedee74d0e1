"""Check whether tax rates fit their category and the place of the bill."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.describe_finding import describe_finding
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.look_up_place import look_up_place
from functions.bill_explanation.models import TaxCategory
from shared.domain.statements import Listing, Term

_UNTAXED = frozenset(
    {
        TaxCategory.ZERO,
        TaxCategory.EXEMPT,
        TaxCategory.REVERSE_CHARGE,
        TaxCategory.INTRA_COMMUNITY,
        TaxCategory.EXPORT,
        TaxCategory.OUTSIDE_SCOPE,
    }
)


def check_tax_rates(book: BillBook) -> Iterator[Finding]:
    """Rates that contradict their category, or that the place does not have.

    The former are EN 16931 BR-S-05, BR-Z-05, BR-E-05 and their like. One finding per category and
    rate; a line without a rate says nothing and is passed over.
    """
    groups: defaultdict[tuple[TaxCategory, Decimal], list[int]] = defaultdict(list)
    for index, line in enumerate(book.bill.lines):
        if line.tax_rate is not None:
            groups[line.tax_category, line.tax_rate].append(index)
    place = _place(book)
    known = frozenset(_rates(book, place)) if place is not None else frozenset()
    for (category, rate), lines in groups.items():
        if category in _UNTAXED and rate:
            yield _contradiction(book, "tax_rate_contradicts_category", category, lines)
        elif category is TaxCategory.STANDARD and not rate:
            yield _contradiction(book, "standard_tax_without_rate", category, lines)
        elif category is TaxCategory.STANDARD and place is not None and rate not in known:
            yield _unknown_rate(book, place, lines)


def _contradiction(book: BillBook, rule: str, category: TaxCategory, lines: list[int]) -> Finding:
    rate = book.at("percent", "lines", lines[0], "tax_rate")
    term = Term(f"tax_category.{category.value}")
    return describe_finding(book, rule, Severity.ERROR, lines, rate=rate, category=term)


def _unknown_rate(book: BillBook, place: str, lines: list[int]) -> Finding:
    count = len(_rates(book, place))
    known = (book.given("percent", "tax_rates", "entries", place, "rates", i) for i in range(count))
    return describe_finding(
        book,
        "tax_rate_unknown_at_place",
        Severity.WARNING,
        lines,
        rate=book.at("percent", "lines", lines[0], "tax_rate"),
        known=Listing(tuple(known)),
        place=book.text("place"),
    )


def _rates(book: BillBook, place: str) -> list[Decimal]:
    rates: list[Decimal] = book.content["tax_rates"]["entries"][place]["rates"]
    return rates


def _place(book: BillBook) -> str | None:
    entries = book.content["tax_rates"]["entries"]
    place = look_up_place(entries, book.bill.place)
    if place is None or book.bill.issued_on < date.fromisoformat(entries[place]["since"]):
        return None
    return place
