"""Savings are computed anew from their factors, to the last digit shown, and claim nothing where nothing is known."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content import load, load_all
from shared.domain.carbon import fuel_money, net_saving
from shared.domain.figures import Book, path, source_text

FACTORS: Any = load("emission_factors")["entries"]
TARIFFS = {
    "currency": "CNY",
    "fuel_per_litre": Decimal("7.90"),
    "home_per_kwh": Decimal("0.50"),
    "fast_charge_per_kwh": Decimal("0.83"),
}


def book(km: int) -> Book:
    return Book({"km": km, "tariffs": TARIFFS}, load_all())


def to(value: Decimal, step: str) -> Decimal:
    return (value / Decimal(step)).quantize(Decimal(1), ROUND_HALF_UP) * Decimal(step)


def net_kg(km: int, grid: str, litres: str, kwh: str) -> Decimal:
    """The formula, written once more and from the factors alone."""
    burnt = Decimal(km) * litres_of(litres) / 100 * FACTORS["fuel"]["gasoline"]["kg_per_litre"]
    bought = Decimal(km) * kwh_of(kwh) / 100 / Decimal("0.9")
    return Decimal(burnt - bought * FACTORS["grid"][grid]["kg_per_kwh"])


def litres_of(end: str) -> Decimal:
    return {"low": Decimal(6), "high": Decimal(8)}[end]


def kwh_of(end: str) -> Decimal:
    return {"low": Decimal(13), "high": Decimal(15)}[end]


def test_the_factors_are_those_that_the_references_give() -> None:
    assert FACTORS["fuel"]["gasoline"]["kg_per_litre"] == (Decimal("8.887") / Decimal("3.785411784")).quantize(
        Decimal("0.001")
    )
    assert FACTORS["fuel"]["diesel"]["kg_per_litre"] == (Decimal("10.180") / Decimal("3.785411784")).quantize(
        Decimal("0.001")
    )
    grids = {name: entry["kg_per_kwh"] for name, entry in FACTORS["grid"].items()}
    assert grids["CN"] == Decimal("0.5306")
    assert grids["CN-East"] == Decimal("0.5500")
    assert FACTORS["tree"]["kg_in_all"] == (Decimal("36.4") * 44 / 12 / Decimal("2.20462")).quantize(Decimal("0.1"))
    assert (FACTORS["tree"]["years_grown"], FACTORS["driving"]["charging_efficiency"]) == (10, Decimal("0.9"))


def test_fifteen_thousand_kilometres_spare_eight_tenths_to_one_and_seven_tenths_of_a_tonne() -> None:
    saving = net_saving(book(15_000), book(15_000).at("km", "km"), ("CN",))
    assert saving is not None
    assert (saving.co2.low.value, saving.co2.high.value) == (Decimal("0.8"), Decimal("1.7"))
    assert (saving.trees.low.value, saving.trees.high.value) == (13, 28)
    assert saving.in_tonnes


@given(st.integers(1, 400_000), st.sampled_from(sorted(FACTORS["grid"])))
def test_every_figure_can_be_computed_again_to_the_last_digit(km: int, grid: str) -> None:
    made = book(km)
    saving = net_saving(made, made.at("km", "km"), ("nowhere", None, grid))
    assert saving is not None
    low, high = net_kg(km, grid, "low", "high"), net_kg(km, grid, "high", "low")
    scale, step = (1_000, "0.1") if low >= 500 else (1, "10")
    assert saving.co2.low.value == to(low / scale, step)
    assert saving.co2.high.value == to(high / scale, step)
    assert saving.trees.low.value == to(low / Decimal("60.5"), "1")
    assert saving.trees.high.value == to(high / Decimal("60.5"), "1")
    for figure in (*saving.co2, *saving.trees):
        assert made.vouches_for(figure)
        assert "content:/emission_factors/entries" in source_text(figure.source)
    assert saving.co2.low.unit == ("t" if low >= 500 else "kg")


@given(st.integers(1, 400_000))
def test_fuel_money_can_be_computed_again(km: int) -> None:
    made = book(km)
    money = fuel_money(made, made.at("km", "km"), path("tariffs"))
    assert money is not None
    ends = []
    for litres, kwh, price in (("low", "high", "0.83"), ("high", "low", "0.50")):
        bought = kwh_of(kwh) / Decimal("0.9")
        ends.append(Decimal(km) / 100 * (litres_of(litres) * Decimal("7.90") - bought * Decimal(price)))
    step = "100" if ends[0] >= 1_000 else "10"
    assert [money.low.value, money.high.value] == [to(end, step) for end in ends]
    assert all(made.vouches_for(figure) and figure.unit == "about CNY" for figure in money)


@pytest.mark.parametrize(("km", "grid"), [(0, "CN"), (-5, "CN"), (15_000, "XX"), (15_000, None)])
def test_without_kilometres_or_a_factor_nothing_is_claimed(km: int, grid: str | None) -> None:
    assert net_saving(book(km), book(km).at("km", "km"), (grid,)) is None


def test_a_grid_that_burns_more_than_petrol_would_is_no_saving() -> None:
    dirty = {**FACTORS, "grid": {"CN": {**FACTORS["grid"]["CN"], "kg_per_kwh": Decimal("1.1")}}}
    content = {**load_all(), "emission_factors": {"entries": dirty}}
    made = Book({"km": 15_000}, content)
    assert net_saving(made, made.at("km", "km"), ("CN",)) is None


def test_electricity_dearer_than_petrol_is_no_saving() -> None:
    made = Book({"km": 15_000, "tariffs": {**TARIFFS, "fast_charge_per_kwh": Decimal(4)}}, load_all())
    assert fuel_money(made, made.at("km", "km"), path("tariffs")) is None
    assert fuel_money(book(0), book(0).at("km", "km"), path("tariffs")) is None
