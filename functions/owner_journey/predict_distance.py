"""Predict how far an owner drives a day, with how sure that is."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import sqrt

from shared.domain.vehicles import DailyDistance

# Older readings tell of an older way of life.
_WINDOW = timedelta(days=730)
# Shorter intervals are joined with the next: a fetched car that was read at both ends of a day says nothing.
_SHORTEST_DAYS = 14
# Half the width of the interval that holds 80 % of a normal distribution, in standard deviations.
_Z80 = 1.2816
# One interval has no spread to measure: an assumption, wide on purpose. And no history makes it surer than a tenth.
_UNMEASURED, _NARROWEST, _WIDEST = 0.4, 0.1, 0.9


def predict_distance(points: Sequence[tuple[date, int]]) -> DailyDistance | None:
    """Kilometres a day out of believed readings (day, km) in order; None with less than a fortnight of history.

    likely = Σkm ÷ Σdays over the intervals of the last two years. low and high = likely ∓ likely · z · s ÷ √n, where
    s is the spread of the intervals' rates, weighted by their days and relative to likely, and n their number.
    """
    intervals = _intervals([p for p in points if points[-1][0] - p[0] <= _WINDOW])
    days = sum(d for d, _ in intervals)
    if not intervals:
        return None
    mean = sum(km for _, km in intervals) / days
    width = _UNMEASURED
    if len(intervals) > 1 and mean > 0:
        variance = sum(d * (km / d - mean) ** 2 for d, km in intervals) / days
        width = min(max(_Z80 * sqrt(variance / len(intervals)) / mean, _NARROWEST), _WIDEST)
    return DailyDistance(
        low=_tenths(mean * (1 - width)),
        likely=_tenths(mean),
        high=_tenths(mean * (1 + width)),
        intervals=len(intervals),
        days=days,
    )


def _intervals(points: Sequence[tuple[date, int]]) -> list[tuple[int, int]]:
    """Days and kilometres between readings, each at least a fortnight; a short rest joins the last."""
    found: list[tuple[int, int]] = []
    days = km = 0
    for (start, start_km), (end, end_km) in pairwise(points):
        days += (end - start).days
        km += end_km - start_km
        if days >= _SHORTEST_DAYS:
            found.append((days, km))
            days = km = 0
    if found and days:
        last_days, last_km = found[-1]
        found[-1] = (last_days + days, last_km + km)
    return found


def _tenths(value: float) -> Decimal:
    return Decimal(f"{value:.1f}")
