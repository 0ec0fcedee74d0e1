"""Describe a finding: its sentences by rule name, its lines by their words, its place in the bill."""

from collections.abc import Mapping, Sequence

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding, Severity
from shared.domain.statements import Argument, Listing, Statement, Term, say

_NAMED = 3


def describe_finding(
    book: BillBook,
    rule: str,
    severity: Severity,
    lines: Sequence[int] = (),
    pointers: Sequence[str] = (),
    /,
    **args: Argument,
) -> Finding:
    """A finding whose wording is `finding.<rule>.statement` and `finding.<rule>.ask`.

    Both get `args` and, as `lines`, the words of the lines at these positions.
    """
    filled = {"lines": name_lines(book, lines), **args} if lines else args
    return Finding(
        rule=rule,
        severity=severity,
        lines=tuple(book.bill.lines[index].id for index in lines),
        pointers=tuple(pointers) or tuple(f"/lines/{index}" for index in lines),
        statement=_fill(f"finding.{rule}.statement", filled),
        ask=_fill(f"finding.{rule}.ask", filled),
    )


def _fill(key: str, args: Mapping[str, Argument]) -> Statement:
    return Statement(key, args)


def name_lines(book: BillBook, lines: Sequence[int]) -> Listing:
    """The words of lines, the first few of them when there are many."""
    named = lines if len(lines) <= _NAMED + 1 else lines[:_NAMED]
    items: list[Argument] = [
        say("finding.line", description=book.text("lines", index, "description")) for index in named
    ]
    if len(named) < len(lines):
        items.append(Term("finding.others"))
    return Listing(tuple(items))
