"""Lifetime value: every input shown, the figure recomputed from them."""

from datetime import date
from decimal import Decimal

from shared.content import load
from shared.domain.lifetime_value import estimate_value
from shared.domain.vehicles import Holding

ON = date(2026, 3, 14)


def holding(**values: object) -> Holding:
    defaults = {"vin": "A1234", "owner_id": "o1", "since": "2022-03-14", "visits": 4}
    spent = {"amount": "4000.00", "currency": "CNY", "visits": 4}
    return Holding.model_validate(defaults | {"last_visit_at": "2026-02-01T00:00:00Z", "spent": spent} | values)


def test_the_estimate_is_what_its_inputs_and_its_formula_give() -> None:
    estimate = estimate_value(holding(), 8, ON, load("lifetime_value"))
    assert estimate is not None
    given = estimate.inputs
    assert given["chance_to_stay"] == Decimal("0.8")
    likely = given["spent"] / given["years"] * given["horizon_years"] * given["chance_to_stay"]
    assert abs(estimate.likely - likely) <= 1
    assert estimate.low < estimate.likely < estimate.high
    assert (estimate.high - estimate.likely, estimate.likely - estimate.low) == (
        estimate.likely - estimate.low,
        estimate.high - estimate.likely,
    )
    assert "measured nowhere" in estimate.source


def test_more_visits_make_it_surer_and_none_make_it_nothing() -> None:
    few = estimate_value(holding(), 8, ON, load("lifetime_value"))
    spent = {"amount": "4000.00", "currency": "CNY", "visits": 100}
    many = estimate_value(holding(spent=spent), 8, ON, load("lifetime_value"))
    assert few is not None
    assert many is not None
    assert many.high - many.low < few.high - few.low
    assert estimate_value(holding(spent=None), 8, ON, load("lifetime_value")) is None


def test_one_visit_says_next_to_nothing() -> None:
    spent = {"amount": "300.00", "currency": "CNY", "visits": 1}
    estimate = estimate_value(holding(spent=spent), 8, ON, load("lifetime_value"))
    assert estimate is not None
    assert estimate.low == 0
