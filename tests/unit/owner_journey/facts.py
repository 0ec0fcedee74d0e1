"""Builders of facts about one vehicle, and strategies that make many."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from shared.domain.vehicles import Deferral, Fact, Reading, VehicleRecord, Visit, VisitKind

VIN = "LRW3E7FA0RC000042"
DELIVERED = date(2023, 1, 10)
PLANS: dict[str, Any] = {
    "model3": {
        "also": ["teslamodel3"],
        "items": [{"code": "tyre_rotation", "km": 10000}, {"code": "cabin_air_filter", "months": 24}],
    }
}


def at(day: int, hour: int = 12) -> datetime:
    """So many days after the first delivery."""
    return datetime(2023, 1, 10, hour, tzinfo=UTC) + timedelta(days=day)


def record(**values: Any) -> VehicleRecord:
    return VehicleRecord.model_validate(
        {"vin": VIN, "centre_id": "c", "model": "Model 3", "in_service_on": DELIVERED, "owner_id": "o1", "as_of": at(0)}
        | values
    )


def visit(day: int, km: int | None = None, **values: Any) -> Visit:
    defaults = {"id": f"RO-{day}", "vin": VIN, "centre_id": "c", "at": at(day), "odometer_km": km, "as_of": at(day)}
    return Visit.model_validate(defaults | {"kind": "maintenance"} | values)


def reading(day: int, km: int, **values: Any) -> Reading:
    return Reading.model_validate({"vin": VIN, "at": at(day), "km": km, "source": "app"} | values)


_days = st.integers(-30, 1500)
_hours = st.integers(0, 23)
_km = st.integers(0, 80_000)
_owners = st.sampled_from(["o1", "o2", "o3"])

records = st.builds(
    lambda owner, since, sold, model, said: record(
        owner_id=owner,
        owner_since=DELIVERED + timedelta(days=since),
        sold_on=DELIVERED + timedelta(days=since + sold) if sold else None,
        model=model,
        as_of=at(said),
    ),
    _owners,
    st.integers(0, 1500),
    st.none() | st.integers(1, 400),
    st.sampled_from([None, "Model 3", "Tesla Model 3", "Unheard Of"]),
    st.integers(0, 30),
)
visits = st.builds(
    lambda number, day, km, kind, paid, status, said: visit(
        day,
        km,
        id=f"RO-{number}",
        kind=kind,
        paid=paid,
        currency="CNY" if paid is not None else None,
        status=status,
        as_of=at(said),
    ),
    st.integers(0, 6),
    _days,
    st.none() | _km,
    st.sampled_from(VisitKind),
    st.none() | st.decimals(0, 5000, places=2),
    st.sampled_from(["done", "booked", "cancelled"]),
    st.integers(0, 30),
)
readings = st.builds(lambda day, hour, km: reading(day, km, at=at(day, hour)), _days, _hours, _km)
deferrals = st.builds(
    lambda owner, day, until: Deferral(
        vin=VIN, owner_id=owner, until=DELIVERED + timedelta(days=until), reason="asked", at=at(day)
    ),
    _owners,
    _days,
    st.integers(0, 2000),
)
facts: st.SearchStrategy[list[Fact]] = st.lists(
    st.one_of(records, visits, readings, deferrals), min_size=1, max_size=14
)
