"""Write the call sheet in one language: every text read back by the number guard, the script by the claim linter."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import TypedDict

from functions.recall_outreach.call_sheet import Branch, Sheet
from shared.content import load
from shared.domain.claim_linter import find_claims
from shared.domain.errors import UnboundNumber
from shared.domain.figures import Book, Value, source_text
from shared.domain.number_guard import check_text
from shared.domain.statements import Argument, Wording, render


class SheetFigure(TypedDict):
    """A figure within a text: its value, unit, source, and from which character to which it stands."""

    value: str
    unit: str
    source: str
    start: int
    end: int


class SheetText(TypedDict):
    """A finished text and every figure in it."""

    text: str
    figures: list[SheetFigure]


class SheetBranch(TypedDict):
    """One way the call may go."""

    branch: str
    title: str
    say: list[SheetText]
    offer: list[SheetText]


class CallSheet(TypedDict):
    """The call sheet in one language."""

    task_id: str
    state: str
    locale: str
    number: str | None
    call: list[SheetText]
    who: list[SheetText]
    why: list[SheetText]
    ranking: list[SheetText]
    history: list[SheetText]
    thanks: list[SheetText]
    basis: list[SheetText]
    opening: list[SheetText]
    listen: list[SheetText]
    branches: list[SheetBranch]
    closing: list[SheetText]
    checklist: list[SheetText]


def write_document(sheet: Sheet, book: Book, wording: Wording) -> CallSheet:
    """The sheet as plain JSON.

    Raises UnboundNumber when a text holds a number, or a script a claim, that no source stands behind: then nothing
    of it is shown.
    """
    writer = _Writer(book, wording)
    return {
        "task_id": sheet.task.id,
        "state": sheet.task.state.value,
        "locale": wording.locale,
        "number": sheet.number,
        "call": writer.texts(sheet.call),
        "who": writer.texts(sheet.who),
        "why": writer.texts(sheet.why),
        "ranking": writer.texts(sheet.ranking),
        "history": writer.texts(sheet.history),
        "thanks": writer.spoken(sheet.thanks),
        "basis": writer.texts(sheet.basis),
        "opening": writer.spoken(sheet.opening),
        "listen": writer.texts(sheet.listen),
        "branches": [writer.branch(branch) for branch in sheet.branches],
        "closing": writer.spoken(sheet.closing),
        "checklist": writer.texts(sheet.checklist),
    }


def write_text(statement: Argument, book: Book, wording: Wording) -> SheetText:
    """One text with its figures, read back. Raises UnboundNumber."""
    rendered = render(statement, wording)
    check_text(rendered, book, wording)
    return {
        "text": rendered.text,
        "figures": [
            {
                "value": _plain(figure.value),
                "unit": figure.unit,
                "source": source_text(figure.source),
                "start": start,
                "end": end,
            }
            for start, end, figure in rendered.spans
        ],
    }


class _Writer:
    def __init__(self, book: Book, wording: Wording) -> None:
        self._book = book
        self._wording = wording

    def texts(self, statements: Iterable[Argument]) -> list[SheetText]:
        return [write_text(statement, self._book, self._wording) for statement in statements]

    def spoken(self, statements: Iterable[Argument]) -> list[SheetText]:
        """What is said aloud to an owner: no claim in it that a source does not cover."""
        texts = self.texts(statements)
        rules = load("claims")["entries"]
        for text in texts:
            bound = [(span["start"], span["end"]) for span in text["figures"]]
            if find_claims(text["text"], rules, sourced=bound):
                raise UnboundNumber("a script holds a claim without a source")
        return texts

    def branch(self, branch: Branch) -> SheetBranch:
        return {
            "branch": branch.name,
            "title": self._wording.template(f"outreach.branch.{branch.name}"),
            "say": self.spoken(branch.say),
            "offer": self.spoken(branch.offer),
        }


def _plain(value: Value) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else f"{value}"
