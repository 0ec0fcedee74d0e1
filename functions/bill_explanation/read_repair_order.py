"""Read a JSON repair order: the bill model itself, every decimal exactly as written."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from functions.bill_explanation.models import Bill, Estimate
from shared.domain.errors import InputTooLarge, InvalidInput, UnreadableInput, UnsupportedInput, Violation
from shared.domain.validation import MOST_VIOLATIONS, json_pointer, read_as

MAX_BYTES = 2_000_000
MAX_DEPTH = 20

_MAX_DIGITS = 60
_NOT_A_NUMBER = Decimal("NaN")  # what the model refuses, pointing at the field
# A string without its end counts as one too: to look for others within it would take the square of its length.
_NESTING = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def read_repair_order(body: bytes, charset: str | None = None, *, owner_id: str | None) -> Bill:
    """The bill in a JSON repair order.

    Raises InputTooLarge above 2 MB, UnreadableInput for what is not JSON in UTF-8 or too deep, and
    InvalidInput with a JSON pointer for every field that is missing, wrong, unknown or given twice.
    """
    values = _values(body, charset)
    if isinstance(values, dict) and owner_id is not None:
        if values.get("owner_id") not in (None, owner_id):
            raise InvalidInput([Violation("/owner_id", "is not the owner that the request names")])
        values = {**values, "owner_id": owner_id}
    bill = read_as(Bill, values)
    violations = list(islice(_wrong_references(bill), MOST_VIOLATIONS))
    if violations:
        raise InvalidInput(violations)
    return bill


def read_estimate(body: bytes) -> Estimate:
    """An estimate on its own, as it stands in a repair order. Raises as `read_repair_order` does."""
    return read_as(Estimate, _values(body, None))


def _values(body: bytes, charset: str | None) -> Any:
    if len(body) > MAX_BYTES:
        raise InputTooLarge(f"the document is larger than {MAX_BYTES} bytes")
    if charset is not None and charset.lower() not in ("utf-8", "utf8", "us-ascii"):
        raise UnsupportedInput("JSON is read in UTF-8 only")
    return _parse(body)


class _Repeating(dict[str, Any]):
    """An object that names a member twice."""

    def __init__(self, pairs: list[tuple[str, Any]], repeated: list[str]) -> None:
        super().__init__(pairs)
        self.repeated = repeated


def _parse(body: bytes) -> Any:
    _refuse_deep_nesting(body)
    seen_repeating = False

    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal seen_repeating
        found = dict(pairs)
        if len(found) == len(pairs):
            return found
        seen_repeating = True
        times = Counter(name for name, _ in pairs)
        return _Repeating(pairs, [name for name in found if times[name] > 1])

    try:
        values = json.loads(
            body.decode("utf-8-sig"),
            parse_float=_decimal,
            parse_int=_whole,
            parse_constant=lambda _: _NOT_A_NUMBER,
            object_pairs_hook=to_object,
        )
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"the document is not in UTF-8, from byte {error.start}") from None
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UnreadableInput(f"the document is not JSON: {error.msg} at {place}") from None
    if seen_repeating:
        raise InvalidInput(list(islice(_repeated_names(values, ()), MOST_VIOLATIONS)))
    return values


def _refuse_deep_nesting(body: bytes) -> None:
    depth = 0
    for match in _NESTING.finditer(body):
        first = match[0][0]
        if first in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise UnreadableInput(f"the document is nested more than {MAX_DEPTH} deep")
        elif first in b"]}":
            depth -= 1


def _decimal(text: str) -> Decimal:
    """The decimal as written; what no field could hold becomes NaN, before it costs anything."""
    if len(text) > _MAX_DIGITS:
        return _NOT_A_NUMBER
    value = Decimal(text)
    return value if abs(value.adjusted()) <= _MAX_DIGITS else _NOT_A_NUMBER


def _whole(text: str) -> int | Decimal:
    return int(text) if len(text) <= _MAX_DIGITS else _NOT_A_NUMBER


def _repeated_names(node: Any, place: tuple[str | int, ...]) -> Iterator[Violation]:
    if isinstance(node, _Repeating):
        for name in node.repeated:
            yield Violation(json_pointer((*place, name)), "is given more than once")
    if isinstance(node, Mapping):
        for name, child in node.items():
            yield from _repeated_names(child, (*place, name))
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from _repeated_names(child, (*place, index))


def _wrong_references(bill: Bill) -> Iterator[Violation]:
    """Ids that are not unique, and lines that name a job which the bill does not have."""
    yield from _repeated_ids([job.id for job in bill.jobs], "/jobs")
    jobs = {job.id for job in bill.jobs}
    estimated = bill.estimate.lines if bill.estimate is not None else ()
    for lines, pointer in ((bill.lines, "/lines"), (estimated, "/estimate/lines")):
        yield from _repeated_ids([line.id for line in lines], pointer)
        for index, line in enumerate(lines):
            if line.job is not None and line.job not in jobs:
                yield Violation(f"{pointer}/{index}/job", "names a job that the document does not have")


def _repeated_ids(ids: Sequence[str], pointer: str) -> Iterator[Violation]:
    seen: set[str] = set()
    for index, key in enumerate(ids):
        if key in seen:
            yield Violation(f"{pointer}/{index}/id", "is the same as an earlier one")
        seen.add(key)
