"""A mismatch: an amount of a bill that differs from what its parts give."""

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding, Severity
from shared.domain.figures import Figure
from shared.domain.statements import Argument, say


class Mismatch(NamedTuple):
    """What the bill says and what its parts give; `shape` chooses the wording."""

    rule: str
    shape: str
    found: Figure
    expected: Figure
    pointers: tuple[str, ...]
    lines: tuple[int, ...] = ()
    args: Mapping[str, Argument] = {}
    severity: Severity = Severity.ERROR


def describe_mismatch(book: BillBook, mismatch: Mismatch) -> Finding:
    """The finding in the wording `arithmetic.<shape>`, with the rule's name if the norm has one."""
    difference = book.make_money("abs", book.make_money("sub", mismatch.found, mismatch.expected))
    args = {"found": mismatch.found, "expected": mismatch.expected, "difference": difference, **mismatch.args}
    statement = say(f"arithmetic.{mismatch.shape}", **args)
    if mismatch.rule in book.content["bill_rules"]["entries"]:
        name = book.given("text", "bill_rules", "entries", mismatch.rule, "id")
        statement = say("arithmetic.by_rule", what=statement, rule=name)
    return Finding(
        rule=mismatch.rule,
        severity=mismatch.severity,
        lines=tuple(book.bill.lines[index].id for index in mismatch.lines),
        pointers=mismatch.pointers,
        statement=statement,
        ask=say(f"arithmetic.{mismatch.shape}.ask", **args),
    )


def smallest_unit(book: BillBook) -> Decimal:
    """The smallest unit of the bill's currency, 0.01 for most."""
    return Decimal(1).scaleb(-book.minor_units)


def to_cents(book: BillBook, exact: Figure) -> Figure:
    """The figure rounded to the smallest unit, or as it is where that changes nothing."""
    rounded = book.make_money("round", exact, book.minor_units)
    return exact if rounded.value == exact.value else rounded


def nothing(book: BillBook, of: Figure) -> Figure:
    """Zero, as an amount minus itself."""
    return book.make_money("sub", of, of)
