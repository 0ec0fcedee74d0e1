"""Figures: values that know where they come from.

A figure's source is a path into the data (`/lines/0/net`), into the content
(`content:/warranty_terms/…`), or a formula over such paths (`mul(/lines/0/hours, /lines/0/rate)`).
The number guard evaluates the source again and compares.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cache, lru_cache
from typing import Any, NamedTuple, Self

type Value = Decimal | int | date | datetime | str
type Source = tuple[Any, ...]
"""Either ("path", step, …) where a step is a key, an index or a tuple of (key, wanted) filters,
or (operation, Source | int, …)."""

_PATH, _CONTENT = "path", "content"


class Figure(NamedTuple):
    """A value with its unit and its source.

    `unit` is an ISO 4217 code for money, after `about` where it is an estimate that is written without cents; or one
    of: hours, quantity, count, percent, km, kg, t, litres, kwh, months, years, days, date, datetime, year (of the
    calendar), text.
    """

    value: Any
    unit: str
    source: Source


def months_after(start: date, months: int) -> date:
    """The same day `months` later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    for day in range(start.day, 27, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    return date(year, month + 1, min(start.day, 28))


def rounded(value: Decimal, places: int) -> Decimal:
    """`value` to so many decimal places, half away from zero (commercial rounding)."""
    return value.quantize(_unit(places), ROUND_HALF_UP)


@cache
def _unit(places: int) -> Decimal:
    return Decimal(1).scaleb(-places)


_OPERATIONS: dict[str, Any] = {
    "add": lambda *v: sum(v[1:], v[0]),
    "sub": lambda a, *v: a - sum(v[1:], v[0]),
    "mul": lambda a, b: a * b,
    "div": lambda a, b: Decimal(a) / Decimal(b),
    "percent": lambda a, b: a * b / Decimal(100),
    "share": lambda a, b: Decimal(a) * 100 / Decimal(b),
    "abs": abs,
    "neg": lambda a: -a,
    "min": min,
    "max": max,
    "round": lambda a, places: rounded(Decimal(a), places),
    "sum": lambda values: sum(values, Decimal(0)),
    "count": len,
    "months_after": lambda start, months: months_after(start, int(months)),
    "days_after": lambda start, days: start + timedelta(days=int(days)),
    "days_between": lambda start, end: (end - start).days,
    "date_of": lambda at: at.date(),
}


def path(*steps: str | int | tuple[tuple[str, Any], ...]) -> Source:
    """The source of one value, or of many when a step is a filter (an empty one takes all)."""
    return (_PATH, *steps)


def content(*steps: str | int) -> Source:
    """The source of a value in the content: its file's name first."""
    return (_CONTENT, *steps)


def _select(node: Any, steps: tuple[Any, ...]) -> Iterator[Any]:
    filters, rest = steps[0], steps[1:]
    for child in node:
        for key, wanted in filters:
            if child.get(key) != wanted:
                break
        else:
            value = _walk(child, rest)
            if isinstance(value, list):
                yield from value
            elif value is not None:
                yield value


def _walk(node: Any, steps: tuple[Any, ...]) -> Any:
    start = node
    try:
        for step in steps:
            node = node[step]
    except TypeError:  # a filter, which no list takes as an index; rare, so asked for last
        return _walk_filtered(start, steps)
    return node


def _walk_filtered(node: Any, steps: tuple[Any, ...]) -> Any:
    for position, step in enumerate(steps):
        if isinstance(step, tuple):
            return list(_select(node, steps[position:]))
        node = node[step]
    return node


def _step_text(step: Any) -> str:
    if isinstance(step, tuple):
        return "/[" + ",".join(f"{key}={wanted}" for key, wanted in step) + "]"
    text = str(step)
    if "/" in text or "~" in text:
        text = text.replace("~", "~0").replace("/", "~1")
    return "/" + text


# Bounded; within a bill, its languages and other bills the same sources come again and again.
@lru_cache(maxsize=8192)
def source_text(source: Source) -> str:
    """A source as text: `/lines/0/net`, `sum(/lines/[payer=customer]/net)`."""
    head, rest = source[0], source[1:]
    if head in (_PATH, _CONTENT):
        steps = "".join([_step_text(step) for step in rest])
        return steps if head == _PATH else "content:" + steps
    arguments = (source_text(a) if isinstance(a, tuple) else str(a) for a in rest)
    return f"{head}({', '.join(arguments)})"


class Book:
    """The data and the content that sources point into; makes figures and evaluates sources."""

    def __init__(self, data: Mapping[str, Any], content: Mapping[str, Any]) -> None:
        self._roots = {_PATH: data, _CONTENT: content}

    def evaluate(self, source: Source) -> Any:
        """What `source` stands for in this book.

        Raises LookupError where a path leads nowhere, ArithmeticError where a formula has no value.
        """
        head = source[0]
        if head in self._roots:
            return _walk(self._roots[head], source[1:])
        operands = [self.evaluate(a) if isinstance(a, tuple) else a for a in source[1:]]
        return _OPERATIONS[head](*operands)

    def at(self, unit: str, *steps: str | int) -> Figure:
        """The figure that stands at this path of the data."""
        return Figure(_walk(self._roots[_PATH], steps), unit, (_PATH, *steps))

    def given(self, unit: str, *steps: str | int) -> Figure:
        """The figure that stands at this path of the content (its file's name first)."""
        return Figure(_walk(self._roots[_CONTENT], steps), unit, (_CONTENT, *steps))

    def derive(self, unit: str, operation: str, *operands: Figure | Source | int) -> Figure:
        """The figure that `operation` makes of figures, sources and plain settings (as places)."""
        values = [
            o.value if isinstance(o, Figure) else self.evaluate(o) if isinstance(o, tuple) else o for o in operands
        ]
        sources = [o.source if isinstance(o, Figure) else o for o in operands]
        return Figure(_OPERATIONS[operation](*values), unit, (operation, *sources))

    def total(self, unit: str, *steps: Any) -> Figure:
        """The sum of the values that a path with a filter selects; absent values count nothing."""
        return self.derive(unit, "sum", (_PATH, *steps))

    def vouches_for(self, figure: Figure) -> bool:
        """Whether the source still evaluates to the figure's value."""
        try:
            return bool(self.evaluate(figure.source) == figure.value)
        except (LookupError, ArithmeticError, TypeError):
            return False

    def with_data(self, data: Mapping[str, Any]) -> Self:
        """A book over other data with the same content."""
        return type(self)(data, self._roots[_CONTENT])
