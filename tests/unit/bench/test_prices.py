"""Costs that benchmarks print rest on prices with a source and a date, and say where one was never verified."""

import json
from datetime import date
from pathlib import Path

import pytest

from bench import conversations
from bench.prices import mark_of, price_of, say_sources

PRICES = json.loads((Path(__file__).parents[3] / "bench" / "prices.json").read_text("utf-8"))["entries"]


@pytest.mark.parametrize("name", PRICES)
def test_a_price_has_its_source_and_date(name: str) -> None:
    entry = PRICES[name]
    assert price_of(name) > 0
    assert date.fromisoformat(entry["date"]) <= date(2100, 1, 1)
    assert entry["source"]
    assert ("from memory" in entry["source"] or "as for" in entry["source"]) == entry.get("unverified", False)


def test_a_price_of_a_million_is_told_for_one() -> None:
    assert price_of("sqs_request") == pytest.approx(0.4 / 1e6)


def test_a_cost_that_rests_on_an_unverified_price_says_so() -> None:
    assert "unverified" in mark_of(["sqs_request", "dynamodb_write_unit"])
    assert mark_of(["sqs_request"]) == ""
    [line] = say_sources(["dynamodb_write_unit"])
    assert line.startswith("dynamodb_write_unit  $0.625 a million  unverified, 2026-11-22: ")


def test_what_a_thousand_messages_cost_is_printed_with_its_prices(capsys: pytest.CaptureFixture[str]) -> None:
    conversations._print_cost(conversations.CountingTable(), 1.0)
    printed = capsys.readouterr().out
    assert "DynamoDB write units" in printed
    assert printed.count("unverified") >= 4
