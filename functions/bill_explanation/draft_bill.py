"""A bill in the making: fields collected from an XML document, each with where it stands there.

The model does the checking; what it refuses is told with the XPath of the element, also when the
element is missing.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from functions.bill_explanation.models import Bill
from functions.bill_explanation.xml_document import Element
from shared.domain.errors import InvalidInput, Violation
from shared.domain.validation import MOST_VIOLATIONS, violations_of

type Place = tuple[str | int, ...]

# XML Schema's decimal has no exponent, no group separators and no NaN.
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,40}(?:\.[0-9]{0,40})?|\.[0-9]{1,40})")
_ANY_DAY = date(2000, 1, 1)  # stands in for one that is refused, so that it is refused once
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:Z|[T +-][0-9:.,Z +-]{0,30})?")


class BillDraft:
    """Values for `models.Bill` and the element that each comes from, or should come from."""

    def __init__(self) -> None:
        self._places: dict[Place, tuple[Element, str]] = {}
        self._violations: list[tuple[Element, str, str]] = []

    def texts(self, place: Place, at: Element, paths: Mapping[str, str]) -> dict[str, Any]:
        """The texts at these paths below `at`, by field name; absent ones are left out."""
        found = {}
        for field, path in paths.items():
            self._places[*place, field] = (at, path)
            value = at.value(path)
            if value is not None:
                found[field] = value
        return found

    def amounts(self, place: Place, at: Element, paths: Mapping[str, str]) -> dict[str, Any]:
        """The decimals at these paths; a text that is none is refused."""
        found = self.texts(place, at, paths)
        for field, value in found.items():
            if not _DECIMAL.fullmatch(value):
                self.refuse(at, paths[field], "is not a decimal number")
                found[field] = "0"
        return found

    def days(self, place: Place, at: Element, paths: Mapping[str, str]) -> dict[str, Any]:
        """The days at these paths, without their time or zone; a text that is none is refused."""
        found = self.texts(place, at, paths)
        for field, value in found.items():
            match = _DAY.fullmatch(value)
            try:
                found[field] = date.fromisoformat(match[1] if match else "")
            except ValueError:
                self.refuse(at, paths[field], "is not a date such as 2026-07-15")
                found[field] = _ANY_DAY
        return found

    def place(self, place: Place, at: Element, path: str) -> None:
        """Say where a field comes from that the reader works out itself."""
        self._places[place] = (at, path)

    def refuse(self, at: Element, path: str, detail: str) -> None:
        """Record what is wrong at a path; `finish` raises it with the rest."""
        self._violations.append((at, path, detail))

    def finish(self, values: Mapping[str, Any]) -> Bill:
        """The bill, or InvalidInput with every place that is wrong."""
        try:
            bill = Bill.model_validate(values)
        except ValidationError as error:
            for place, detail in violations_of(error):
                at, path = self._where(place)
                self.refuse(at, path, detail)
        else:
            if not self._violations:
                return bill
        found = self._violations[:MOST_VIOLATIONS]
        raise InvalidInput([Violation(_xpath(at, path), detail) for at, path, detail in found])

    def _where(self, place: Place) -> tuple[Element, str]:
        """The nearest known place: that of the field itself or of what holds it."""
        while place not in self._places:
            place = place[:-1]
        return self._places[place]


def shortened(text: str, limit: int) -> str:
    """Words that are too long for their field, cut with an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _xpath(at: Element, path: str) -> str:
    element = at.first(path) if path else at
    return element.xpath() if element is not None else f"{at.xpath()}/{path}"
