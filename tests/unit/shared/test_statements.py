from datetime import date
from decimal import Decimal

import pytest

from shared.content import LOCALES, wording
from shared.domain.figures import Figure, path
from shared.domain.statements import Listing, Rendered, Statement, Term, Wording, join, render, say

CURRENCIES = {"CNY": {"minor_units": 2, "en": "CNY {amount}"}, "JPY": {"minor_units": 0, "en": "JPY {amount}"}}
WORDS = Wording(
    "en",
    {
        "pay": "You pay {amount}.",
        "both": "{first} Also: {second}",
        "lines": "{count} lines",
        "lines.one": "{count} line",
        "who": "by {payer}",
        "payer.you": "you",
        "list": "{items}.",
        "format.list.comma": ", ",
        "format.list.last": " and ",
    },
    CURRENCIES,
)


def money(text: str, unit: str = "CNY") -> Figure:
    return Figure(Decimal(text), unit, path("x"))


def test_every_figure_of_a_text_has_its_span() -> None:
    text, spans = render(say("pay", amount=money("1234.5")), WORDS)
    assert text == "You pay CNY 1,234.50."
    assert [text[s.start : s.end] for s in spans] == ["CNY 1,234.50"]


def test_a_statement_within_a_statement_keeps_its_spans() -> None:
    inner = say("pay", amount=money("2"))
    text, spans = render(say("both", first=inner, second=inner), WORDS)
    assert text == "You pay CNY 2.00. Also: You pay CNY 2.00."
    assert [text[s.start : s.end] for s in spans] == ["CNY 2.00", "CNY 2.00"]


@pytest.mark.parametrize(("count", "text"), [(1, "1 line"), (2, "2 lines"), (0, "0 lines")])
def test_a_count_of_one_takes_the_singular(count: int, text: str) -> None:
    assert render(say("lines", count=Figure(count, "count", path("n"))), WORDS).text == text


def test_a_listing_is_joined_as_the_language_does() -> None:
    items = Listing((Term("payer.you"), Term("payer.you"), Term("payer.you")))
    assert render(say("list", items=items), WORDS).text == "you, you and you."


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        ("1234567.891", "CNY", "CNY 1,234,567.891"),
        ("-0.5", "CNY", "CNY -0.50"),
        ("1200", "JPY", "JPY 1,200"),
        ("5", "XXX", "5.00 XXX"),
        ("1.20", "hours", "1.2"),
        ("-0.0", "hours", "0"),
        ("20000", "km", "20,000"),
    ],
)
def test_numbers_are_grouped_and_money_keeps_its_smallest_unit(value: str, unit: str, text: str) -> None:
    assert WORDS.write(money(value, unit)) == text


def test_dates_are_written_in_words_of_the_locale() -> None:
    day = Figure(date(2026, 3, 5), "date", path("d"))
    assert [wording(locale).write(day) for locale in LOCALES] == ["2026年3月5日", "5 March 2026"]


def test_control_and_direction_characters_in_a_bill_do_not_reach_a_text() -> None:
    assert WORDS.write(Figure("a\u202eb\nc\x00d", "text", path("t"))) == "a b c d"


def test_a_missing_wording_is_an_error_not_a_gap() -> None:
    with pytest.raises(KeyError):
        render(Statement("no.such.key", {}), WORDS)


def test_joined_texts_move_their_spans_along() -> None:
    one = render(say("pay", amount=money("1")), WORDS)
    text, spans = join([one, "-", one], " ")
    assert [text[s.start : s.end] for s in spans] == ["CNY 1.00", "CNY 1.00"]
    assert join([]) == Rendered("", ())
