"""Check the hours of labour lines against flat-rate times and their smallest unit."""

from collections.abc import Iterator

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.describe_finding import describe_finding
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.models import Line, LineKind
from shared.domain.figures import Figure
from shared.domain.statements import Argument


def check_labour_time(book: BillBook) -> Iterator[Finding]:
    """Labour lines above their flat-rate time, or below the smallest time that is billed."""
    least = book.given("hours", "labour_rules", "entries", "minimum_hours", "hours")
    for index, line in enumerate(book.bill.lines):
        if line.kind is not LineKind.LABOUR or line.hours is None or line.hours <= 0:
            continue
        hours = book.at("hours", "lines", index, "hours")
        if line.hours < least.value:
            yield describe_finding(book, "labour_below_minimum", Severity.NOTE, [index], hours=hours, least=least)
        flat, severity = _flat_rate(book, index, line)
        if flat is not None and line.hours > flat.value:
            yield _above(book, index, line, flat, severity)


def _flat_rate(book: BillBook, index: int, line: Line) -> tuple[Figure | None, Severity]:
    """The flat-rate time that the bill states, or else the centre's list (which is less certain)."""
    if line.flat_rate_hours is not None:
        return book.at("hours", "lines", index, "flat_rate_hours"), Severity.WARNING
    entry = book.content["operations"]["entries"].get(line.operation_code, {})
    if entry.get("flat_rate_hours") is None:
        return None, Severity.NOTE
    at = ("operations", "entries", str(line.operation_code), "flat_rate_hours")
    return book.given("hours", *at), Severity.NOTE


def _above(book: BillBook, index: int, line: Line, flat: Figure, severity: Severity) -> Finding:
    hours = book.at("hours", "lines", index, "hours")
    extra = book.derive("hours", "sub", hours, flat)
    args: dict[str, Argument] = {"hours": hours, "flat": flat, "extra": extra}
    rule = "hours_above_flat_rate" if line.flat_rate_hours is not None else "hours_above_list"
    if line.rate is None:
        return describe_finding(book, f"{rule}.no_rate", severity, [index], **args)
    args["amount"] = book.cents("mul", extra, book.money("lines", index, "rate"))
    return describe_finding(book, rule, severity, [index], **args)
