"""Find what seems to be billed twice: operations, parts, lines, and work that other work includes."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import Any

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.describe_finding import describe_finding, name_lines
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.match_lines import normalise
from functions.bill_explanation.models import Line, LineKind
from shared.domain.figures import Figure
from shared.domain.statements import Listing

_LISTED = 4


def find_double_billing(book: BillBook) -> Iterator[Finding]:
    """Repeated operations, parts and lines, and top-level operations billed with their parts."""
    lines = book.bill.lines
    for rule, key in (
        ("same_operation_twice", _operation),
        ("same_part_twice", _part),
        ("same_line_twice", _uncoded),
    ):
        for repeated in _repeated(lines, key):
            yield describe_finding(book, rule, Severity.WARNING, repeated, amounts=_amounts(book, repeated))
    for shared in _repeated(lines, _operation_of_any_payer):
        if len({lines[index].payer for index in shared}) > 1:
            yield describe_finding(book, "operation_for_two_payers", Severity.NOTE, shared)
    yield from _find_included(book)


def _repeated(lines: Sequence[Line], key_of: Callable[[Line], Hashable | None]) -> Iterator[list[int]]:
    """Positions of lines with the same key, unless credits on the bill already take them back."""
    groups: defaultdict[Hashable, list[int]] = defaultdict(list)
    for index, line in enumerate(lines):
        key = key_of(line)
        if key is not None and line.net:
            groups[key].append(index)
    for indexes in groups.values():
        charged = [index for index in indexes if lines[index].net > 0]
        if 2 * len(charged) - len(indexes) > 1:
            yield charged


def _operation(line: Line) -> Hashable | None:
    code = _operation_of_any_payer(line)
    return None if code is None else (code, line.payer)


def _operation_of_any_payer(line: Line) -> str | None:
    return line.operation_code if line.kind is LineKind.LABOUR else None


def _part(line: Line) -> Hashable | None:
    if line.kind is not LineKind.PART or line.part_number is None:
        return None
    return (line.part_number, line.payer)


def _uncoded(line: Line) -> Hashable | None:
    if line.operation_code or line.part_number or line.kind is LineKind.DISCOUNT:
        return None
    return (line.kind, normalise(line.description), abs(line.net), line.payer)


def _amounts(book: BillBook, indexes: Sequence[int]) -> Listing:
    return Listing(tuple(book.money("lines", index, "net") for index in indexes[:_LISTED]))


def _find_included(book: BillBook) -> Iterator[Finding]:
    glossary = book.content["operations"]["entries"]
    billed: dict[str, int] = {}
    for index, line in enumerate(book.bill.lines):
        code = _operation_of_any_payer(line)
        if code is not None and code in glossary and line.net > 0:
            billed.setdefault(code, index)
    within = {code: [sub for sub in _all_included(glossary, code) if sub in billed] for code in billed}
    subordinate = {sub for subs in within.values() for sub in subs}
    for code, subs in within.items():
        if subs and code not in subordinate:
            yield _describe_included(book, billed[code], sorted(billed[sub] for sub in subs))


def _all_included(glossary: Mapping[str, Any], code: str) -> list[str]:
    """Every operation that `code` includes, directly or through another one."""
    seen = {code}
    waiting = [code]
    while waiting:
        for sub in glossary.get(waiting.pop(), {}).get("includes", ()):
            if sub not in seen:
                seen.add(sub)
                waiting.append(sub)
    return sorted(seen - {code})


def _describe_included(book: BillBook, top: int, subs: list[int]) -> Finding:
    nets: list[Figure] = [book.money("lines", index, "net") for index in subs]
    return describe_finding(
        book,
        "included_operation_billed",
        Severity.ERROR,
        [top, *subs],
        top=name_lines(book, [top]),
        included=name_lines(book, subs),
        amount=nets[0] if len(nets) == 1 else book.make_money("add", *nets),
    )
