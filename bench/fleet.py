"""A fleet as a centre really has one: seeded, with visits, mileage that follows the seasons, and owners who stay away.

The same seed and number always give the same vehicle, whatever the size of the fleet, so that a part of it can be made
without the rest. What it draws is invented; its rates are assumptions, named below.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from math import pi, sin
from random import Random
from typing import Any, NamedTuple

from shared.domain.owners import Consent, Owner, Phone
from shared.domain.vehicles import Reading, VehicleRecord, Visit, VisitKind

TODAY = date(2026, 11, 22)
CENTRES = 100
_MODELS = ("Model 3", "Atto 3", "Ioniq 5", "Enyaq iV", "Unheard Of")
_FAMILY, _GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静强磊洋艳勇"
# Assumptions: how far a year, how much less in the cold, how often to the workshop, how many stay away for good.
_KM_A_YEAR, _SPREAD, _WINTER = 14_000, 0.45, 0.15
_DAYS_BETWEEN_VISITS, _CHANCE_TO_STAY_AWAY = 260, 0.12
_CONSENTS_TO_CALLS, _REFUSES, _VERIFIED = 0.7, 0.04, 0.6


class Vehicle(NamedTuple):
    """One vehicle with its owner and everything that a dealer system knows of them."""

    owner: Owner
    record: VehicleRecord
    visits: tuple[Visit, ...]
    readings: tuple[Reading, ...]


def vin_of(number: int) -> str:
    """The VIN of a vehicle of the fleet."""
    return f"LRW3E7FA0RC{number:06d}" if number < 1_000_000 else f"LRW3E7FB0RC{number - 1_000_000:06d}"


def centre_of(number: int) -> str:
    """The centre that a vehicle of the fleet belongs to."""
    return f"centre-{number % CENTRES}"


def make_vehicle(number: int, seed: int = 1, today: date = TODAY) -> Vehicle:
    """The vehicle of this number, as it is known today."""
    draw = Random(f"{seed}:{number}")
    delivered = today - timedelta(days=draw.randrange(30, 6 * 365))
    km_a_day = max(draw.gauss(1, _SPREAD), 0.1) * _KM_A_YEAR / 365
    stays_from = delivered + timedelta(days=int(draw.expovariate(_CHANCE_TO_STAY_AWAY / 365)))
    vin, owner_id, centre_id = vin_of(number), f"owner-{number}", centre_of(number)
    record = VehicleRecord(
        vin=vin,
        centre_id=centre_id,
        model=draw.choice(_MODELS),
        in_service_on=delivered,
        owner_id=owner_id,
        as_of=_at(delivered),
    )
    visits = tuple(_visits(draw, number, delivered, min(stays_from, today), km_a_day))
    readings = tuple(
        Reading(vin=vin, at=_at(v.at.date() - timedelta(days=9)), km=max((v.odometer_km or 0) - 200, 0), source="app")
        for v in visits
        if draw.random() < 0.2 and v.at.date() - timedelta(days=9) > delivered
    )
    return Vehicle(_owner(draw, number, centre_id, delivered), record, visits, readings)


def records_of(vehicle: Vehicle) -> Iterator[dict[str, Any]]:
    """The vehicle as rows for `aftercare import`: owner, consents, vehicle, visits, readings."""
    owner = vehicle.owner.model_dump(mode="json", exclude={"consents", "deceased"}, exclude_none=True)
    yield {"record": "owner", **owner}
    for consent in vehicle.owner.consents:
        yield {"record": "consent", "owner_id": vehicle.owner.id, **consent.model_dump(mode="json", exclude_none=True)}
    for kind, facts in (("vehicle", (vehicle.record,)), ("visit", vehicle.visits), ("reading", vehicle.readings)):
        for fact in facts:
            yield {"record": kind, **fact.model_dump(mode="json", exclude_none=True)}


def _owner(draw: Random, number: int, centre_id: str, delivered: date) -> Owner:
    granted = draw.random() < _CONSENTS_TO_CALLS
    consents = []
    if granted:
        consents.append(
            Consent.model_validate(
                {
                    "channel": "call",
                    "purpose": "marketing",
                    "granted": True,
                    "at": _at(delivered),
                    "how": "form",
                    "source": f"delivery-{number}",
                }
            )
        )
    if draw.random() < _REFUSES:
        consents.append(Consent(granted=False, at=_at(delivered + timedelta(days=20)), how="phone", source="call"))
    phone = Phone(number=f"+861380{number % 10_000_000:07d}", kind="mobile", verified=draw.random() < _VERIFIED)
    return Owner(
        id=f"owner-{number}",
        centre_id=centre_id,
        name=draw.choice(_FAMILY) + draw.choice(_GIVEN),
        locale="zh-CN",
        zone="Asia/Shanghai",
        phones=(phone,),
        consents=tuple(consents),
    )


def _visits(draw: Random, number: int, delivered: date, until: date, km_a_day: float) -> Iterator[Visit]:
    day, count = delivered, 0
    while True:
        day += timedelta(days=int(draw.gammavariate(4, _DAYS_BETWEEN_VISITS / 4)) + 1)
        if day > until:
            return
        count += 1
        yield Visit.model_validate(
            {
                "id": f"RO-{number}-{count}",
                "vin": vin_of(number),
                "centre_id": centre_of(number),
                "at": _at(day),
                "kind": draw.choice(list(VisitKind)),
                "odometer_km": int(_kilometres(delivered, day, km_a_day)),
                "paid": f"{draw.randrange(0, 3_000)}.00",
                "currency": "CNY",
                "as_of": _at(day),
            }
        )


def _kilometres(since: date, until: date, km_a_day: float) -> float:
    """Driven between two days: less around New Year, when it is cold, more in summer."""

    def turned(day: date) -> float:
        """The integral of the season's part of a day, −winter · cos of the days since the middle of January."""
        return -_WINTER * sin(2 * pi * (day.timetuple().tm_yday - 15) / 365) * 365 / (2 * pi)

    return max(km_a_day * ((until - since).days + turned(until) - turned(since)), 0)


def _at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 3, tzinfo=UTC)
