"""Whatever the bill: its parts add up in every rendering, no cent is lost on the way, no number can be changed."""

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.bill_explanation.document import Document, TextDict
from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.models import Bill
from functions.bill_explanation.render_html import render_html
from functions.bill_explanation.render_text import fits_one_sms, render_sms, render_text
from functions.bill_explanation.take_in_bill import explain_in_every_language, take_in_bill
from functions.bill_explanation.write_document import write_document
from shared.adapters.bills_table import BillsTable, StoredBill, bill_from_item, bill_to_item
from shared.content import LOCALES, load_all, wording
from shared.domain.errors import UnboundNumber
from shared.domain.number_guard import check_text
from shared.domain.statements import render
from tests.unit.bill_explanation.bills import TODAY, a_bill, a_book, an_estimate, labour, part, statements
from tests.unit.bill_explanation.test_compare_with_estimate import random_bills

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONEY = {"en": re.compile(r"CNY (-?[\d,.]+\d)"), "zh-CN": re.compile(r"(-?[\d,.]+\d) 元")}


def document_of(bill: Bill, locale: str) -> Document:
    return write_document(*explain_bill(bill, TODAY, load_all()), wording(locale), TODAY)


def amounts(text: str, locale: str) -> list[Decimal]:
    return [Decimal(found.replace(",", "")) for found in MONEY[locale].findall(text)]


@settings(max_examples=100, deadline=None)
@given(random_bills(), st.sampled_from(LOCALES))
def test_the_parts_of_the_payers_add_up_to_the_total_in_every_rendering(bill: Bill, locale: str) -> None:
    document, words = document_of(bill, locale), wording(locale)
    total = bill.totals.gross

    assert sum(Decimal(payer["amount"]["value"]) for payer in document["payers"]) == total
    assert Decimal(document["total"]["value"]) == total

    text = render_text(document, words)
    section = text.partition(f"\n{words.template('section.payers')}\n")[2].partition("\n\n")[0]
    assert sum(amounts(line, locale)[0] for line in section.splitlines()) == total

    table = render_html(document, words, question_url=None).partition("<tbody>")[2].partition("</table>")[0]
    *parts, shown_total = re.findall(r'<td><data value="([^"]+)"[^>]*>([^<]+)</data></td>', table)
    assert sum(Decimal(value) for value, _ in parts) == Decimal(shown_total[0]) == total
    assert sum(amounts(text, locale)[0] for _, text in parts) == amounts(shown_total[1], locale)[0] == total


class OneBill(BillsTable):
    """A table that keeps one bill as DynamoDB would."""

    def __init__(self) -> None:
        self.item: dict[str, Any] = {}

    def put_bill(self, bill: StoredBill) -> None:
        self.item = bill_to_item(bill)

    def get_bill(self, bill_id: str) -> StoredBill:  # noqa: ARG002 - there is only one
        return bill_from_item(self.item)


def leaves(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from leaves(child, f"{place}/{name}")
    elif isinstance(value, list | tuple):
        for index, child in enumerate(value):
            yield from leaves(child, f"{place}/{index}")
    else:
        yield place, value


@settings(max_examples=60, deadline=None)
@given(random_bills())
def test_what_comes_in_is_stored_and_explained_with_every_cent(bill: Bill) -> None:
    sent = bill.model_dump(mode="json", exclude_none=True)
    table = OneBill()
    take_in_bill(json.dumps(sent).encode(), "application/json", centre_id="c", owner_id=None, now=NOW, bills=table)
    stored = table.get_bill("")
    kept = dict(leaves(stored.bill))
    assert {place: kept[place] for place, _ in leaves(sent)} == dict(leaves(sent))
    assert Bill.model_validate(stored.bill) == bill
    for document in stored.documents.values():
        lines = [line for job in document["jobs"] for line in job["lines"]]
        shown = {line["id"]: Decimal(line["net"]["value"]) for line in lines}
        assert shown == {line.id: line.net for line in bill.lines}


@settings(max_examples=60, deadline=None)
@given(random_bills(), st.sampled_from(LOCALES), st.data())
def test_no_digit_of_any_sentence_can_be_changed(bill: Bill, locale: str, data: st.DataObject) -> None:
    book, words = a_book(bill), wording(locale)
    explanation, _ = explain_bill(bill, TODAY, load_all())
    told = [render(statement, words) for statement in statements(tuple(explanation))]
    chosen = data.draw(st.sampled_from([rendered for rendered in told if re.search(r"\d", rendered.text)]))
    place = data.draw(st.sampled_from([match.start() for match in re.finditer(r"\d", chosen.text)]))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != chosen.text[place]]))
    check_text(chosen, book, words)
    with pytest.raises(UnboundNumber):
        check_text(chosen._replace(text=chosen.text[:place] + other + chosen.text[place + 1 :]), book, words)


def texts(value: Any) -> Iterator[TextDict]:
    if isinstance(value, dict):
        if value.keys() == {"text", "figures"}:
            yield value  # type: ignore[misc]
        else:
            for child in value.values():
                yield from texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from texts(child)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_stored_text_with_one_digit_changed_is_neither_a_text_nor_a_page(locale: str) -> None:
    bill = a_bill(estimate=an_estimate(labour(hours="2"), part()))
    words, document = wording(locale), document_of(bill, locale)
    for place, text in enumerate(texts(document)):
        if not re.search(r"\d", text["text"]):
            continue
        changed = deepcopy(document)
        other = list(texts(changed))[place]
        other["text"] = re.sub(r"\d", lambda digit: str((int(digit[0]) + 1) % 10), other["text"], count=1)
        with pytest.raises(UnboundNumber):
            render_text(changed, words)


@pytest.mark.parametrize(
    ("kind", "payable", "said"),
    [
        ("invoice", "904", {"en": "CNY 904.00 to pay", "zh-CN": "需要支付 904.00 元"}),
        ("credit_note", "904", {"en": "CNY 904.00 is credited to you", "zh-CN": "退给您 904.00 元"}),
        ("invoice", "-50", {"en": "you get CNY 50.00 back", "zh-CN": "收回 50.00 元"}),
        ("invoice", "0", {"en": "nothing to pay", "zh-CN": "无需支付"}),
    ],
)
@pytest.mark.parametrize("locale", LOCALES)
def test_an_sms_too_short_for_the_reason_says_which_way_the_money_goes(
    kind: str, payable: str, said: dict[str, str], locale: str
) -> None:
    totals = a_bill().totals.model_dump() | {"payable": payable}
    bill = a_bill(kind=kind, totals=totals, jobs=[{"id": "J", "concern": "x" * 500}])
    sms = render_sms(document_of(bill, locale), wording(locale))
    assert said[locale] in sms
    assert fits_one_sms(sms)


def test_both_languages_show_the_same_figures() -> None:
    documents = explain_in_every_language(a_bill(estimate=an_estimate(labour(hours="2"), part())), NOW, None)
    chinese, english = (
        sorted(figure["source"] for text in texts(documents[locale]) for figure in text["figures"])
        for locale in ("zh-CN", "en")
    )
    assert chinese == english
