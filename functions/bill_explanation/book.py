"""The figures of one bill, in its currency."""

from collections.abc import Mapping
from typing import Any

from functions.bill_explanation.models import Bill, Payer
from shared.domain.figures import Book, Figure, Source
from shared.domain.statements import Term


class BillBook(Book):
    """Figures out of a bill and the content; data paths are field paths of `models.Bill`."""

    def __init__(self, bill: Bill, content: Mapping[str, Any]) -> None:
        super().__init__(bill.model_dump(), content)
        self.bill = bill
        self.content = content
        currency = content["currencies"]["entries"].get(bill.currency, {})
        self.minor_units: int = currency.get("minor_units", 2)

    def money(self, *steps: str | int) -> Figure:
        """The amount at this path, in the bill's currency."""
        return self.at(self.bill.currency, *steps)

    def make_money(self, operation: str, *operands: Figure | Source | int) -> Figure:
        """An amount derived from others, in the bill's currency."""
        return self.derive(self.bill.currency, operation, *operands)

    def cents(self, operation: str, *operands: Figure | Source) -> Figure:
        """An amount derived from others and rounded, half up, to the currency's smallest unit."""
        exact = self.make_money(operation, *operands)
        return self.make_money("round", exact, self.minor_units)

    def text(self, *steps: str | int) -> Figure:
        """The words at this path, as the bill has them."""
        return self.at("text", *steps)


def payer_term(payer: Payer) -> Term:
    """The word for a payer."""
    return Term(f"payer.{payer.value}")
