import re
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shared.domain.errors import UnboundNumber
from shared.domain.figures import Book, path
from shared.domain.number_guard import BoundText, check_bound, check_text
from shared.domain.statements import Rendered, Wording, render, say

BOOK = Book({"hours": Decimal("1.2"), "rate": Decimal("600.00"), "name": "Model 3"}, {})
WORDS = Wording("en", {"work": "{name}: {hours} h × {rate} = {amount}", "loose": "in 3 days"}, {})
HOURS, RATE = BOOK.at("hours", "hours"), BOOK.at("CNY", "rate")
WORK = render(
    say("work", name=BOOK.at("text", "name"), hours=HOURS, rate=RATE, amount=BOOK.derive("CNY", "mul", HOURS, RATE)),
    WORDS,
)
NUMBER = re.compile(r"\d+")


def test_a_text_whose_numbers_all_have_a_source_passes() -> None:
    check_text(WORK, BOOK, WORDS)


def test_a_number_in_the_wording_itself_is_refused() -> None:
    with pytest.raises(UnboundNumber):
        check_text(render(say("loose"), WORDS), BOOK, WORDS)


@given(st.data())
def test_changing_any_number_of_a_finished_text_is_caught(data: st.DataObject) -> None:
    places = [m.span() for m in NUMBER.finditer(WORK.text)]
    start, end = data.draw(st.sampled_from(places))
    other = data.draw(st.integers(0, 10**6).map(str))
    assume(other != WORK.text[start:end])
    with pytest.raises(UnboundNumber):
        check_text(Rendered(WORK.text[:start] + other + WORK.text[end:], WORK.spans), BOOK, WORDS)


def test_a_number_that_stands_elsewhere_in_the_same_text_is_not_good_enough() -> None:
    swapped = WORK.text.replace("720.00", "600.00")
    assert swapped != WORK.text
    with pytest.raises(UnboundNumber):
        check_text(WORK._replace(text=swapped), BOOK, WORDS)


@pytest.mark.parametrize("extra", ["7", "٣", "\uff15", "½", "①", "〇", "²"])
def test_a_number_added_in_any_script_is_caught(extra: str) -> None:
    with pytest.raises(UnboundNumber):
        check_text(WORK._replace(text=f"{WORK.text} {extra}"), BOOK, WORDS)


def test_a_figure_whose_source_changed_since_is_refused() -> None:
    changed = BOOK.with_data({"hours": Decimal("1.3"), "rate": Decimal("600.00"), "name": "Model 3"})
    with pytest.raises(UnboundNumber):
        check_text(WORK, changed, WORDS)


def test_a_source_that_leads_nowhere_is_refused() -> None:
    spans = tuple(span._replace(figure=span.figure._replace(source=path("gone"))) for span in WORK.spans)
    with pytest.raises(UnboundNumber):
        check_text(WORK._replace(spans=spans), BOOK, WORDS)


def test_the_refusal_does_not_quote_the_text() -> None:
    with pytest.raises(UnboundNumber) as refusal:
        check_bound("Mrs Wang pays 7", [])
    assert "Wang" not in refusal.value.detail


def test_a_number_that_sticks_out_of_its_span_is_caught() -> None:
    with pytest.raises(UnboundNumber):
        check_bound("17", [BoundText(0, 1, "1")])
