"""Ask about a line of a bill, or dispute it, in the owner's own words."""

from base64 import b32encode
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from functions.bill_explanation.page import LONGEST_QUESTION
from shared.adapters.bills_table import BillsTable, StoredBill, StoredQuestion
from shared.domain.errors import InvalidInput, Violation


class Question(BaseModel):
    """What an owner asks: about the whole bill, or about one line of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["question", "dispute"]
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_QUESTION)]
    line_id: str | None = Field(None, description="id of the line; absent: the whole bill")


def ask_question(
    question: Question,
    stored: StoredBill,
    *,
    asked_by: str,
    locale: str,
    now: datetime,
    bills: BillsTable,
) -> StoredQuestion:
    """Keep a question with its bill; asked again in the same words it stays one question.

    The table's stream turns it into a request for a case. Raises InvalidInput for an unknown line.
    """
    line_ids: set[str] = {line["id"] for line in stored.bill["lines"]}
    if question.line_id is not None and question.line_id not in line_ids:
        raise InvalidInput([Violation("/line_id", "the bill has no such line")])
    kept = StoredQuestion(
        question_id=_question_id(stored, question, asked_by),
        bill_id=stored.bill_id,
        revision=stored.revision,
        centre_id=stored.centre_id,
        owner_id=stored.owner_id,
        kind=question.kind,
        line_id=question.line_id,
        words=question.words,
        locale=locale,
        asked_by=asked_by,
        asked_at=now.isoformat(timespec="seconds"),
    )
    bills.put_question(kept)
    return kept


def _question_id(stored: StoredBill, question: Question, asked_by: str) -> str:
    parts = (stored.bill_id, question.kind, question.line_id or "", question.words, asked_by)
    return b32encode(sha256("\0".join(parts).encode()).digest()[:15]).decode().lower()


def receipt(question: StoredQuestion) -> dict[str, str | None]:
    """What the asker is told."""
    return {
        "question_id": question.question_id,
        "bill_id": question.bill_id,
        "kind": question.kind,
        "line_id": question.line_id,
        "asked_at": question.asked_at,
    }
