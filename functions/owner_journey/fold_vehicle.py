"""Fold all facts of a vehicle into one holding per owner; any order, any repetition, the same result."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from functions.owner_journey.plan_maintenance import plan_maintenance
from functions.owner_journey.predict_distance import predict_distance
from shared.domain.vehicles import (
    Deferral,
    Doubt,
    Fact,
    Holding,
    Reading,
    Spent,
    VehicleRecord,
    Visit,
    VisitNote,
)

LONGEST_HISTORY = 12
# A day of driving without a pause; more than that is a typing error.
_FARTHEST_A_DAY_KM = 2_000
# Bounds the search for the readings to believe: beyond it one a month, and the very first, tell as much.
_MOST_READINGS = 240


class Period(NamedTuple):
    """From when to when (not included) somebody had the vehicle."""

    owner_id: str
    since: date
    until: date | None

    def holds(self, day: date) -> bool:
        """Whether the day lies within it."""
        return self.since <= day and (self.until is None or day < self.until)


def fold_vehicle(facts: Iterable[Fact], plans: Mapping[str, Any]) -> tuple[Holding, ...]:
    """The holdings of a vehicle, the earliest first. `plans` are the entries of the content maintenance_plans."""
    known = sorted(facts, key=_in_order)
    records = sorted({f.owner_id: f for f in known if isinstance(f, VehicleRecord)}.values(), key=_in_order)
    in_service_on = _latest(r.in_service_on for r in records)
    model = _latest(r.model for r in records)
    visits, doubts = _split_visits(known, in_service_on)
    done = [v for v in visits if v.status == "done"]
    readings, disbelieved = believe(
        [_as_reading(v) for v in done if v.odometer_km is not None] + [f for f in known if isinstance(f, Reading)],
        in_service_on,
    )
    doubts += disbelieved
    believed = {(r.at, r.km) for r in readings}
    maintenance = plan_maintenance(
        plan=_plan_of(model, plans),
        in_service_on=in_service_on,
        visits=[v if (v.at, v.odometer_km) in believed else v.model_copy(update={"odometer_km": None}) for v in done],
        last_reading=readings[-1] if readings else None,
        daily=predict_distance(_with_delivery(readings, in_service_on)),
    )
    return tuple(
        _holding(period, model, in_service_on, visits, readings, known).model_copy(
            update={"maintenance": maintenance if period.until is None else (), "doubts": tuple(doubts)}
        )
        for period in periods_of(records)
    )


def periods_of(records: Sequence[VehicleRecord]) -> list[Period]:
    """Who had the vehicle when, of one record per owner; a stint ends with a sale or with the next owner."""
    owned = [(r.owner_since or r.in_service_on, r.owner_id, r.sold_on) for r in records]
    stints = sorted((since, owner, sold) for since, owner, sold in owned if since is not None and owner is not None)
    periods = []
    for position, (since, owner, sold_on) in enumerate(stints):
        following = stints[position + 1][0] if position + 1 < len(stints) else None
        ends = [day for day in (sold_on, following) if day is not None]
        periods.append(Period(owner, since, min(ends) if ends else None))
    return periods


def believe(readings: Iterable[Reading], in_service_on: date | None) -> tuple[list[Reading], list[Doubt]]:
    """The largest set of readings that never runs backwards nor faster than a car can; the others as doubts.

    Of two such sets of the same size the one that claims fewer kilometres.
    """
    rows = _thinned(sorted(set(readings), key=lambda r: (r.at, r.km, r.source)))
    doubts = []
    plausible: list[Reading] = []
    for row in rows:
        if in_service_on and row.km > _farthest(in_service_on, row.at.date()):
            doubts.append(Doubt(fact=_name(row), problem="odometer_implausible"))
        else:
            plausible.append(row)
    chain = _longest_chain(plausible)
    kept = {id(plausible[index]) for index in chain}
    doubts += [Doubt(fact=_name(r), problem="odometer_backwards") for r in plausible if id(r) not in kept]
    return [plausible[index] for index in chain], doubts


def _thinned(rows: list[Reading]) -> list[Reading]:
    if len(rows) <= _MOST_READINGS:
        return rows
    monthly = {(row.at.year, row.at.month): row for row in rows}
    first, *others = [rows[0], *(row for row in monthly.values() if row is not rows[0])]
    return [first, *others[1 - _MOST_READINGS :]]


def _longest_chain(rows: Sequence[Reading]) -> list[int]:
    best: list[tuple[int, int]] = []
    before: list[int | None] = []
    for index, row in enumerate(rows):
        score, previous = (1, -row.km), None
        for earlier in range(index):
            step = row.km - rows[earlier].km
            if 0 <= step <= _farthest(rows[earlier].at.date(), row.at.date()):
                candidate = (best[earlier][0] + 1, -row.km)
                if candidate > score:
                    score, previous = candidate, earlier
        best.append(score)
        before.append(previous)
    at = max(range(len(rows)), key=lambda index: best[index], default=None)
    chain: list[int] = []
    while at is not None:
        chain.append(at)
        at = before[at]
    return chain[::-1]


def _farthest(since: date, until: date) -> int:
    return _FARTHEST_A_DAY_KM * (max((until - since).days, 0) + 1)


def _in_order(fact: Fact) -> tuple[datetime, str, str]:
    said_at = fact.as_of if isinstance(fact, VehicleRecord | Visit) else fact.at
    return said_at, type(fact).__name__, fact.model_dump_json()


def _latest[T](values: Iterable[T | None]) -> T | None:
    latest = None
    for value in values:
        latest = value if value is not None else latest
    return latest


def _split_visits(known: Sequence[Fact], in_service_on: date | None) -> tuple[list[Visit], list[Doubt]]:
    newest = {(f.centre_id, f.id): f for f in known if isinstance(f, Visit)}
    visits, doubts = [], []
    for visit in sorted(newest.values(), key=lambda v: (v.at, v.centre_id, v.id)):
        # A day of grace: delivery days are those of the centre, times are UTC.
        if in_service_on and visit.status == "done" and visit.at.date() < in_service_on - timedelta(days=1):
            doubts.append(Doubt(fact=f"visit {visit.id}", problem="before_delivery"))
        else:
            visits.append(visit)
    return visits, doubts


def _as_reading(visit: Visit) -> Reading:
    return Reading(vin=visit.vin, at=visit.at, km=visit.odometer_km or 0, source=visit.id)


def _name(reading: Reading) -> str:
    return f"reading {reading.km} km of {reading.at.astimezone(UTC):%Y-%m-%d}"


def _with_delivery(readings: Sequence[Reading], in_service_on: date | None) -> list[tuple[date, int]]:
    points = [(r.at.date(), r.km) for r in readings]
    if in_service_on and points and points[0][0] > in_service_on:
        points.insert(0, (in_service_on, 0))
    return points


def _plan_of(model: str | None, plans: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The items of the model's plan; names are compared without spaces, signs and case."""
    name = "".join(filter(str.isalnum, (model or "").casefold()))
    for key, plan in plans.items():
        if name == key or name in plan["also"]:
            items: Sequence[Mapping[str, Any]] = plan["items"]
            return items
    return ()


def _holding(
    period: Period,
    model: str | None,
    in_service_on: date | None,
    visits: Sequence[Visit],
    readings: Sequence[Reading],
    known: Iterable[Fact],
) -> Holding:
    mine = [v for v in visits if period.holds(v.at.date())]
    done = [v for v in mine if v.status == "done"]
    last = done[-1] if done else None
    own_readings = [r for r in readings if period.holds(r.at.date())]
    deferral = _deferral(known, period.owner_id, last)
    return Holding(
        vin=_vin_of(known),
        owner_id=period.owner_id,
        since=period.since,
        until=period.until,
        model=model,
        in_service_on=in_service_on,
        visits=len(done),
        first_visit_at=done[0].at if done else None,
        last_visit_at=last.at if last else None,
        last_visit_centre_id=last.centre_id if last else None,
        booked_at=_after_last_visit((v.at for v in mine if v.status == "booked"), last),
        history=tuple(_note(v) for v in reversed(done[-LONGEST_HISTORY:])),
        first_reading=own_readings[0] if own_readings else None,
        last_reading=own_readings[-1] if own_readings else None,
        daily=predict_distance(_of_owner(own_readings, period, in_service_on)),
        spent=_spent(done),
        deferred_until=deferral.until if deferral else None,
        deferred_for=deferral.reason if deferral else None,
    )


def _vin_of(known: Iterable[Fact]) -> str:
    return next(iter(known)).vin


def _of_owner(readings: Sequence[Reading], period: Period, in_service_on: date | None) -> list[tuple[date, int]]:
    return _with_delivery(readings, in_service_on if period.since == in_service_on else None)


def _after_last_visit(times: Iterable[datetime], last: Visit | None) -> datetime | None:
    return max((at for at in times if last is None or at > last.at), default=None)


def _note(visit: Visit) -> VisitNote:
    return VisitNote(
        id=visit.id,
        centre_id=visit.centre_id,
        at=visit.at,
        kind=visit.kind,
        odometer_km=visit.odometer_km,
        summary=visit.summary,
    )


def _spent(done: Iterable[Visit]) -> Spent | None:
    """What was paid, in the currency of the last visit with a price."""
    priced = [v for v in done if v.paid is not None and v.currency is not None]
    if not priced or priced[-1].currency is None:
        return None
    currency = priced[-1].currency
    amounts = [v.paid for v in priced if v.currency == currency and v.paid is not None]
    return Spent(amount=sum(amounts, Decimal(0)), currency=currency, visits=len(amounts))


def _deferral(known: Iterable[Fact], owner_id: str, last: Visit | None) -> Deferral | None:
    """The newest, unless there was a visit since."""
    deferrals = [f for f in known if isinstance(f, Deferral) and f.owner_id == owner_id]
    newest = max(deferrals, key=lambda d: (d.at, d.until, d.reason), default=None)
    return None if newest is None or (last is not None and last.at > newest.at) else newest
