"""Promises are recognised with their due time; questions, offers, conditions and the past are not."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.content import load
from shared.domain.promises import recognise_promises

RULES = load("promises")["entries"]
TABLE: dict[str, Any] = json.loads((Path(__file__).parent / "promise_sentences.json").read_text())
SAID_AT = datetime.fromisoformat(TABLE["said_at"])


MOMENTS = st.integers(1_577_836_800, 2_051_222_400).map(lambda second: datetime.fromtimestamp(second, UTC))


class Hours(NamedTuple):
    opens: time = time(9)
    closes: time = time(18)


class Weekdays(NamedTuple):
    zone: str = TABLE["zone"]

    def intervals_on(self, day: date) -> Sequence[Hours]:
        return (Hours(),) if day.weekday() < 5 else ()


@pytest.mark.parametrize(("sentence", "due"), TABLE["promises"])
def test_a_promise_is_recognised_with_its_due_time(sentence: str, due: str | None) -> None:
    found = recognise_promises(sentence, SAID_AT, Weekdays(), RULES)
    assert len(found) == 1
    expected = None if due is None else datetime.fromisoformat(due).replace(tzinfo=ZoneInfo(TABLE["zone"]))
    assert found[0].due_at == expected
    assert found[0].due_at is None or found[0].due_at.tzinfo is UTC


@pytest.mark.parametrize("sentence", TABLE["not_promises"])
def test_what_is_no_promise_is_left_alone(sentence: str) -> None:
    assert recognise_promises(sentence, SAID_AT, Weekdays(), RULES) == ()


def test_two_promises_of_one_message_are_two() -> None:
    found = recognise_promises(
        "Sorry about that. I'll look into this personally. I'll call you tomorrow at 9 a.m. sharp.",
        SAID_AT,
        Weekdays(),
        RULES,
    )
    assert [promise.due_at for promise in found] == [None, datetime(2026, 11, 26, 1, tzinfo=UTC)]
    assert [promise.rule for promise in found] == ["en.i_will", "en.i_will"]


def test_the_wall_clock_is_that_of_the_zone() -> None:
    california = Weekdays("America/Los_Angeles")
    found = recognise_promises("I'll call you tomorrow before noon.", SAID_AT, california, RULES)
    # It is still the evening of the day before there.
    assert found[0].due_at == datetime(2026, 11, 25, 20, tzinfo=UTC)


def test_a_time_that_is_over_today_means_tomorrow() -> None:
    found = recognise_promises("I'll call you at 10.", SAID_AT, Weekdays(), RULES)
    assert found[0].due_at == datetime(2026, 11, 26, 2, tzinfo=UTC)


def test_a_day_and_time_that_are_over_are_no_due_time() -> None:
    found = recognise_promises("I'll call you today before noon.", SAID_AT, Weekdays(), RULES)
    assert [promise.due_at for promise in found] == [None]


def test_an_hour_is_an_hour_where_the_clock_is_set() -> None:
    said_at = datetime(2026, 3, 8, 1, 30, tzinfo=ZoneInfo("America/Los_Angeles"))
    found = recognise_promises("I'll call you in two hours.", said_at, Weekdays("America/Los_Angeles"), RULES)
    assert found[0].due_at == said_at.astimezone(UTC) + timedelta(hours=2)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300), MOMENTS)
def test_any_text_is_read_and_a_due_time_lies_ahead(text: str, said_at: datetime) -> None:
    for prefix in ("", "I'll call you ", "我会给您回电，"):
        for promise in recognise_promises(prefix + text, said_at, Weekdays(), RULES):
            assert promise.due_at is None or promise.due_at > said_at
