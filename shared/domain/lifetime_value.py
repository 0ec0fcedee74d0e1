"""What an owner may yet spend with a vehicle: an estimate in the open, with inputs, formula and range.

It steers whom to call first; never how well anyone is answered.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from math import sqrt
from typing import Any, Literal

from shared.domain.owners import Model
from shared.domain.vehicles import Currency, Holding, segment_of

_DAYS_A_YEAR = Decimal("365.25")
# Half the width of the interval that holds 80 % of a normal distribution, in standard deviations.
_Z80 = 1.2816
FORMULA = "spent / years * horizon_years * chance_to_stay; range ∓ 1.28 / √visits of it, at most all of it"


class ValueEstimate(Model):
    """Money yet to come, whole units of the currency, and all that the figure was made of."""

    low: Decimal
    likely: Decimal
    high: Decimal
    currency: Currency
    inputs: dict[Literal["spent", "visits", "years", "horizon_years", "chance_to_stay"], Decimal]
    formula: str = FORMULA
    source: str


def estimate_value(
    holding: Holding, lapse_months: int, on: date, assumptions: Mapping[str, Any]
) -> ValueEstimate | None:
    """The estimate on a day, or None while no paid visit is known.

    `assumptions` is the content lifetime_value. Visits come like events of a Poisson process, so that the relative
    uncertainty of a sum over n of them is 1/√n; the years count from when the owner had the vehicle, at least one.
    """
    if holding.spent is None or holding.spent.visits == 0:
        return None
    entries = assumptions["entries"]
    years = max(Decimal((on - holding.since).days) / _DAYS_A_YEAR, Decimal(1))
    chance = Decimal(entries["chance_to_stay"][segment_of(holding, lapse_months, on).value])
    horizon = Decimal(entries["horizon_years"])
    likely = holding.spent.amount / years * horizon * chance
    width = Decimal(min(_Z80 / sqrt(holding.spent.visits), 1.0))
    return ValueEstimate(
        low=_whole(likely * (1 - width)),
        likely=_whole(likely),
        high=_whole(likely * (1 + width)),
        currency=holding.spent.currency,
        inputs={
            "spent": holding.spent.amount,
            "visits": Decimal(holding.spent.visits),
            "years": years.quantize(Decimal("0.01")),
            "horizon_years": horizon,
            "chance_to_stay": chance,
        },
        source=assumptions["source"],
    )


def _whole(value: Decimal) -> Decimal:
    return value.quantize(Decimal(1))
