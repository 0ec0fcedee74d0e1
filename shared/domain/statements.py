"""Statements: sentences as data, and their rendering in an owner's language.

A statement is a key into the wording and the arguments to fill in. Rendering returns the text
together with the place of every figure in it, which is what the number guard reads back.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from shared.domain.figures import Figure

_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_ABOUT = "about "
# Control, invisible and direction-changing characters, which could make a text read other than it is stored.
_UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\U000e0000-\U000e007f]+"
)


class Term(NamedTuple):
    """A word from the wording itself, such as the name of a payer."""

    key: str


class Statement(NamedTuple):
    """A sentence: a key into the wording and what to fill in, statements included."""

    key: str
    args: "Mapping[str, Argument]"


class Listing(NamedTuple):
    """Several arguments joined as the language joins them."""

    items: "tuple[Argument, ...]"


type Argument = Figure | Term | Statement | Listing


class Span(NamedTuple):
    """Where in a text a figure stands."""

    start: int
    end: int
    figure: Figure


class Rendered(NamedTuple):
    """A finished text and the place of every figure in it."""

    text: str
    spans: tuple[Span, ...]


def _zone_by_offset(at: datetime) -> datetime:
    """The same time in a zone that is named by its offset, since CST is both China's and Chicago's."""
    offset = at.utcoffset()
    return at if offset is None else at.replace(tzinfo=timezone(offset))


def say(key: str, **args: Argument) -> Statement:
    """A statement, written short."""
    return Statement(key, args)


class Wording:
    """The wording of one locale: templates, and how numbers, money and dates are written."""

    def __init__(self, locale: str, templates: Mapping[str, str], currencies: Mapping[str, Any]) -> None:
        self.locale = locale
        self._templates = templates
        self._currencies = currencies
        self._split: dict[str, tuple[str, ...]] = {}
        # Bounded, since a warm container serves many bills; equal amounts are written equally.
        self._money = lru_cache(maxsize=4096)(self._write_money)

    def __contains__(self, key: str) -> bool:
        return key in self._templates

    def template(self, key: str) -> str:
        """The template behind a key. Raises KeyError, since a missing wording is a defect."""
        return self._templates[key]

    def parts(self, key: str) -> tuple[str, ...]:
        """The template as literal, name, literal, name, … literal."""
        found = self._split.get(key)
        if found is None:
            found = self._split[key] = tuple(_PLACEHOLDER.split(self._templates[key]))
        return found

    def write(self, figure: Figure) -> str:
        """A figure as this locale writes it: grouped by thousands, cents in full, dates in words.

        The unit's word (h, km, %) belongs to the template; only money carries its currency.
        """
        value, unit = figure.value, figure.unit
        if unit == "text":
            text = str(value)
            return (text if text.isprintable() else _UNPRINTABLE.sub(" ", text)).strip()
        if unit.isupper():
            return self._money(value, unit)
        if isinstance(value, datetime):
            return _zone_by_offset(value).strftime(self._templates["format.datetime"])
        if isinstance(value, date):
            return self._templates["format.date"].format(
                year=value.year,
                month=value.month,
                day=value.day,
                month_name=self._templates.get(f"format.month.{value.month}", ""),
            )
        if unit.startswith(_ABOUT):
            return self._in_currency(f"{Decimal(value):,.0f}", unit.removeprefix(_ABOUT))
        text = str(value) if unit == "year" else f"{Decimal(value):,f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
        return text if text != "-0" else "0"

    def _write_money(self, amount: Decimal | int, currency: str) -> str:
        entry = self._currencies.get(currency)
        places = entry["minor_units"] if entry else 2
        value = Decimal(amount or 0)  # no amount reads "-0.00"
        exponent = value.normalize().as_tuple().exponent
        decimals = max(places, -exponent) if isinstance(exponent, int) else places
        return self._in_currency(f"{value:,.{decimals}f}", currency)

    def _in_currency(self, amount: str, currency: str) -> str:
        entry = self._currencies.get(currency)
        if entry and self.locale in entry:
            return str(entry[self.locale]).format(amount=amount)
        return f"{amount} {currency}"


class _Writer:
    """Collects a text and the spans of its figures."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._pieces: list[str] = []
        self._length = 0
        self._spans: list[Span] = []

    def literal(self, text: str) -> None:
        if text:
            self._pieces.append(text)
            self._length += len(text)

    def add(self, argument: Argument) -> None:
        if isinstance(argument, Figure):
            text = self._wording.write(argument)
            start = self._length
            self.literal(text)
            self._spans.append(Span(start, self._length, argument))
        elif isinstance(argument, Term):
            self.literal(self._wording.template(argument.key))
        elif isinstance(argument, Listing):
            for position, item in enumerate(argument.items):
                if position:
                    last = position == len(argument.items) - 1
                    self.literal(self._wording.template("format.list.last" if last else "format.list.comma"))
                self.add(item)
        else:
            self.statement(argument)

    def statement(self, statement: Statement) -> None:
        key = statement.key
        count = statement.args.get("count")
        if isinstance(count, Figure) and count.value == 1 and f"{key}.one" in self._wording:
            key = f"{key}.one"
        for position, part in enumerate(self._wording.parts(key)):
            if position % 2:
                self.add(statement.args[part])
            else:
                self.literal(part)

    def finished(self) -> Rendered:
        return Rendered("".join(self._pieces), tuple(self._spans))


def render(statement: Argument, wording: Wording) -> Rendered:
    """One statement as text. Raises KeyError for a key or argument that the wording lacks."""
    writer = _Writer(wording)
    writer.add(statement)
    return writer.finished()


def join(rendered: Iterable[Rendered | str], separator: str = "") -> Rendered:
    """Several texts as one, their spans moved along."""
    pieces: list[str] = []
    spans: list[Span] = []
    length = 0
    for position, item in enumerate(rendered):
        if position and separator:
            pieces.append(separator)
            length += len(separator)
        text = item if isinstance(item, str) else item.text
        if isinstance(item, Rendered):
            spans.extend(Span(s.start + length, s.end + length, s.figure) for s in item.spans)
        pieces.append(text)
        length += len(text)
    return Rendered("".join(pieces), tuple(spans))
