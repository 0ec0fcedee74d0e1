"""Plan when each item of a maintenance plan is due: by time or by distance, whichever comes first."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from shared.domain.figures import months_after
from shared.domain.vehicles import DailyDistance, ItemDue, Reading, Visit, VisitKind

# A prediction further away than this is none.
_HORIZON_DAYS = 3_650


def plan_maintenance(
    plan: Sequence[Mapping[str, Any]],
    in_service_on: date | None,
    visits: Sequence[Visit],
    last_reading: Reading | None,
    daily: DailyDistance | None,
) -> tuple[ItemDue, ...]:
    """When each item is due, the soonest first. `visits` are done and in order, their odometers believed.

    An item counts from the last visit that names its code, or that was maintenance and names no operation at all;
    else from the first delivery. Without either, nothing is known and nothing is said.
    """
    found = [_when_due(item, in_service_on, visits, last_reading, daily) for item in plan]
    return tuple(sorted((due for due in found if due is not None), key=lambda due: (due.on, due.code)))


def _when_due(
    item: Mapping[str, Any],
    in_service_on: date | None,
    visits: Sequence[Visit],
    last_reading: Reading | None,
    daily: DailyDistance | None,
) -> ItemDue | None:
    done = [v for v in visits if _did(v, item["code"])]
    start = done[-1].at.date() if done else in_service_on
    start_km = done[-1].odometer_km if done else 0
    if start is None:
        return None
    candidates = []
    if "months" in item:
        candidates.append(
            ItemDue(code=item["code"], on=months_after(start, item["months"]), by="time", counted_from=start)
        )
    if "km" in item and start_km is not None and last_reading is not None and daily is not None:
        by_distance = _by_distance(item["code"], start, start_km + item["km"], last_reading, daily)
        candidates += [by_distance] if by_distance else []
    return min(candidates, key=lambda due: due.on, default=None)


def _by_distance(code: str, start: date, at_km: int, last: Reading, daily: DailyDistance) -> ItemDue | None:
    likely = _day_of(at_km, last, daily.likely)
    if likely is None:
        return None
    return ItemDue(
        code=code,
        on=likely,
        by="distance",
        counted_from=start,
        at_km=at_km,
        earliest=_day_of(at_km, last, daily.high),
        latest=_day_of(at_km, last, daily.low),
    )


def _day_of(at_km: int, last: Reading, km_a_day: Decimal) -> date | None:
    """The day on which the odometer reaches `at_km`: after the last reading, or on its day when it was past it."""
    missing = at_km - last.km
    if missing <= 0:
        return last.at.date()
    if km_a_day <= 0 or missing / km_a_day > _HORIZON_DAYS:
        return None
    return last.at.date() + timedelta(days=int(missing / km_a_day))


def _did(visit: Visit, code: str) -> bool:
    return code in visit.operations or (visit.kind is VisitKind.MAINTENANCE and not visit.operations)
