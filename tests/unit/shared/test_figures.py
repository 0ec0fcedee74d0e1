from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.figures import Book, Figure, content, months_after, path, rounded, source_text

DATA = {
    "lines": [
        {"net": Decimal("720.00"), "payer": "customer", "hours": Decimal("1.2"), "rate": Decimal(600)},
        {"net": Decimal("399.00"), "payer": "warranty", "hours": None, "rate": None},
        {"net": None, "payer": "customer", "hours": None, "rate": None},
    ]
}
CONTENT = {"terms": {"entries": {"basic": {"months": 24}}}}
BOOK = Book(DATA, CONTENT)


def test_a_figure_at_a_path_has_the_value_that_stands_there() -> None:
    assert BOOK.at("CNY", "lines", 0, "net") == Figure(Decimal("720.00"), "CNY", path("lines", 0, "net"))


def test_a_derived_figure_tells_its_formula() -> None:
    amount = BOOK.derive("CNY", "mul", BOOK.at("hours", "lines", 0, "hours"), BOOK.at("CNY", "lines", 0, "rate"))
    assert amount.value == Decimal("720.0")
    assert source_text(amount.source) == "mul(/lines/0/hours, /lines/0/rate)"


def test_a_total_takes_the_values_that_its_filter_selects_and_leaves_out_absent_ones() -> None:
    total = BOOK.total("CNY", "lines", (("payer", "customer"),), "net")
    assert total.value == Decimal("720.00")
    assert source_text(total.source) == "sum(/lines/[payer=customer]/net)"


def test_a_figure_of_the_content_says_which_file_it_is_from() -> None:
    months = BOOK.given("months", "terms", "entries", "basic", "months")
    assert (months.value, source_text(months.source)) == (24, "content:/terms/entries/basic/months")


def test_slashes_in_a_key_are_escaped_as_in_a_json_pointer() -> None:
    assert source_text(content("a/b~c", 0)) == "content:/a~1b~0c/0"


def test_a_book_vouches_only_for_the_value_that_the_source_still_gives() -> None:
    figure = BOOK.at("CNY", "lines", 0, "net")
    assert BOOK.vouches_for(figure)
    assert not BOOK.vouches_for(figure._replace(value=Decimal("720.01")))
    assert not BOOK.vouches_for(figure._replace(source=path("lines", 7, "net")))
    assert not BOOK.vouches_for(figure._replace(source=("div", path("lines", 0, "net"), 0)))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 15), 1, date(2026, 1, 15)),
        (date(2025, 3, 31), 24, date(2027, 3, 31)),
    ],
)
def test_months_end_on_the_same_day_or_the_last_of_a_shorter_month(start: date, months: int, end: date) -> None:
    assert months_after(start, months) == end


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(0, 240))
def test_months_after_lands_in_the_month_so_many_later(start: date, months: int) -> None:
    end = months_after(start, months)
    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day <= start.day


def test_halves_are_rounded_away_from_zero() -> None:
    assert rounded(Decimal("2.345"), 2) == Decimal("2.35")
    assert rounded(Decimal("-2.345"), 2) == Decimal("-2.35")
