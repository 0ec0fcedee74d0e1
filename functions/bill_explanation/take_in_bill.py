"""Take in a bill: read it, explain it in every language and store both in one conditional write."""

import json
from base64 import b32encode
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any, NamedTuple

from functions.bill_explanation.document import Document
from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.models import Bill
from functions.bill_explanation.narrate_bill import narrate_bill
from functions.bill_explanation.read_bill import read_bill
from functions.bill_explanation.write_document import write_document
from shared.adapters.bills_table import BillsTable, StoredBill
from shared.adapters.language_model import LanguageModel
from shared.content import LOCALES, load_all, wording
from shared.domain.errors import InputTooLarge
from shared.runtime.http import fits_answer

# It is tomorrow already in the easternmost zone (UTC+14): no bill of today may look like one of
# the future, wherever it was written.
_EASTERNMOST = timedelta(hours=14)


# The explanation of a bill has at most a hundred times its length, so a short bill's can always be sent.
_SURELY_ANSWERED = 50_000


class TakenIn(NamedTuple):
    """What is stored now, and whether this request stored it."""

    bill: StoredBill
    is_new: bool


def take_in_bill(  # noqa: PLR0913 - what the caller says, and what is passed in
    body: bytes,
    media_type: str,
    *,
    centre_id: str,
    owner_id: str | None,
    now: datetime,
    bills: BillsTable,
    model: LanguageModel | None = None,
) -> TakenIn:
    """Store a bill of a centre with its explanation; the same bill again changes nothing.

    Raises UnsupportedInput, UnreadableInput, InvalidInput or InputTooLarge for what cannot be
    taken, Conflict when other content stands under its number with no lower revision.
    """
    bill = read_bill(body, media_type, owner_id=owner_id)
    documents = explain_in_every_language(bill, now, model)
    if len(body) > _SURELY_ANSWERED:
        _refuse_unanswerable(documents)
    content = bill.model_dump(mode="json", exclude_none=True)
    stored = StoredBill(
        bill_id=bill_id_of(centre_id, bill.number),
        centre_id=centre_id,
        owner_id=bill.owner_id,
        number=bill.number,
        revision=bill.revision,
        fingerprint=fingerprint_of(bill),
        issued_on=bill.issued_on.isoformat(),
        received_at=now.isoformat(timespec="seconds"),
        locale=locale_of(bill),
        currency=bill.currency,
        payable=str(bill.totals.payable),
        bill=content,
        documents=documents,
    )
    before = bills.put_bill(stored)
    return TakenIn(stored, True) if before is None else TakenIn(before, False)


def explain_in_every_language(bill: Bill, now: datetime, model: LanguageModel | None) -> Mapping[str, Document]:
    """The document of each locale, explained as of `now`; a model retells it in the owner's."""
    explanation, book = explain_bill(bill, (now + _EASTERNMOST).date(), load_all())
    documents = {}
    for locale in LOCALES:
        words = wording(locale)
        narrative = None
        if model is not None and locale == locale_of(bill):
            narrative = narrate_bill(explanation, book, words, model)
        documents[locale] = write_document(explanation, book, words, now.date(), narrative)
    return documents


def _refuse_unanswerable(documents: Mapping[str, Document]) -> None:
    if not all(fits_answer(json.dumps(document, ensure_ascii=False)) for document in documents.values()):
        raise InputTooLarge("the explanation of this bill is too large to be sent")


def bill_id_of(centre_id: str, number: str) -> str:
    """The id of a centre's bill: the same for every delivery of the same number."""
    digest = sha256(f"{centre_id}\0{number}".encode()).digest()
    return b32encode(digest[:15]).decode().lower()


def fingerprint_of(bill: Bill) -> str:
    """Equal for bills of equal content, however their amounts are written (720.0 and 720.00)."""
    text = json.dumps(bill.model_dump(), sort_keys=True, default=_canonical)
    return sha256(text.encode()).hexdigest()


def _canonical(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(type(value).__name__)


def locale_of(bill: Bill) -> str:
    """The owner's language as the bill says, or else that of its place or currency."""
    if bill.locale is not None:
        return bill.locale
    if bill.place is not None:
        return "zh-CN" if bill.place.startswith("CN") else "en"
    return "zh-CN" if bill.currency == "CNY" else "en"
