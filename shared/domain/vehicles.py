"""Vehicles as facts that came in (records, visits, readings), and as what follows from them for each owner.

Facts are never changed into state where they arrive: a `Holding`, one owner's time with one vehicle, is folded from
all of them, so that late, repeated and out-of-order facts lead to the same holding.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from shared.domain.figures import months_after
from shared.domain.owners import Key, Model, Moment, Name, Text

# ISO 3779 leaves out I, O and Q; older and small-series vehicles have fewer than 17 places.
Vin = Annotated[
    str,
    StringConstraints(strip_whitespace=True, to_upper=True, pattern=r"^[A-HJ-NPR-Z0-9]{5,17}$"),
    Field(examples=["LRW3E7FA0PC000001"]),
]
# Numbers of repair orders: also 2026/0815 and 26#815.
VisitId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/#+-]{1,64}$")]
Kilometres = Annotated[int, Field(ge=0, le=5_000_000)]
Money = Annotated[Decimal, Field(ge=0, max_digits=12, decimal_places=2, allow_inf_nan=False, examples=["640.00"])]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
LOST_AFTER_MONTHS = 24


class VehicleRecord(Model):
    """What a dealer system says of a vehicle and of who has it; a later record of an owner replaces the earlier."""

    vin: Vin
    centre_id: Key
    model: Name | None = None
    in_service_on: date | None = Field(None, description="first delivery")
    owner_id: Key | None = None
    owner_since: date | None = Field(None, description="absent: since the first delivery")
    sold_on: date | None = Field(None, description="when the owner gave it away")
    as_of: Moment

    @model_validator(mode="after")
    def _owner_has_a_time(self) -> Self:
        since = self.owner_since or self.in_service_on
        if self.owner_id is not None and since is None:
            raise ValueError("an owner needs owner_since, or the vehicle in_service_on")
        if self.sold_on is not None and (self.owner_id is None or since is None or self.sold_on < since):
            raise ValueError("sold_on needs an owner and does not come before owner_since")
        if self.owner_since and self.in_service_on and self.owner_since < self.in_service_on:
            raise ValueError("owner_since comes before in_service_on")
        return self


class VisitKind(StrEnum):
    """What a visit was for, in the main."""

    MAINTENANCE = "maintenance"
    REPAIR = "repair"
    INSPECTION = "inspection"
    TYRES = "tyres"
    BODY = "body"
    CAMPAIGN = "campaign"
    OTHER = "other"


class Visit(Model):
    """A visit to a centre, booked, done or cancelled; a later record of the same id replaces the earlier."""

    id: VisitId = Field(description="the centre's own number: repair order or appointment")
    vin: Vin
    centre_id: Key
    at: Moment
    status: Literal["booked", "done", "cancelled"] = "done"
    kind: VisitKind = VisitKind.OTHER
    operations: Annotated[tuple[Key, ...], Field(max_length=100)] = ()
    odometer_km: Kilometres | None = None
    summary: Text | None = None
    paid: Money | None = Field(None, description="by the customer, with tax")
    currency: Currency | None = None
    as_of: Moment

    @model_validator(mode="after")
    def _money_has_a_currency(self) -> Self:
        if (self.paid is None) != (self.currency is None):
            raise ValueError("paid and currency come together")
        return self


class Reading(Model):
    """An odometer reading outside a visit."""

    vin: Vin
    at: Moment
    km: Kilometres
    source: VisitId = Field("unknown", description="a visit, a message, a system")


class Deferral(Model):
    """Outreach asks not to look at an owner and vehicle again before a day; the newest counts."""

    vin: Vin
    owner_id: Key
    until: date
    reason: Key
    at: Moment


type Fact = VehicleRecord | Visit | Reading | Deferral


class Doubt(Model):
    """A fact that is kept but not believed, and why."""

    fact: str
    problem: Literal["odometer_backwards", "odometer_implausible", "before_delivery", "before_any_owner"]


class VisitNote(Model):
    """What the history shows of a visit."""

    id: VisitId
    centre_id: Key
    at: Moment
    kind: VisitKind
    odometer_km: Kilometres | None = None
    summary: Text | None = None


class DailyDistance(Model):
    """Kilometres a day out of the odometer history; `low` and `high` bound 80 % of what is to be expected."""

    low: Decimal
    likely: Decimal
    high: Decimal
    intervals: int
    days: int


class ItemDue(Model):
    """When one item of the maintenance plan is due, and from what that was computed."""

    code: Key
    on: date
    by: Literal["time", "distance"]
    counted_from: date
    at_km: Kilometres | None = None
    earliest: date | None = Field(None, description="by distance: when the owner drives as much as may be")
    latest: date | None = Field(None, description="by distance: when the owner drives as little as may be")


class Spent(Model):
    """What an owner paid over visits with a known price."""

    amount: Money
    currency: Currency
    visits: int


class Holding(Model):
    """One owner's time with one vehicle, folded from all facts known of the vehicle."""

    vin: Vin
    owner_id: Key
    since: date
    until: date | None = None
    model: Name | None = None
    in_service_on: date | None = None
    visits: int = 0
    first_visit_at: Moment | None = None
    last_visit_at: Moment | None = None
    last_visit_centre_id: Key | None = None
    booked_at: Moment | None = Field(None, description="the latest appointment after the last visit")
    history: tuple[VisitNote, ...] = Field((), description="the newest first, at most 12")
    first_reading: Reading | None = Field(None, description="of this owner, and believed")
    last_reading: Reading | None = None
    daily: DailyDistance | None = None
    maintenance: tuple[ItemDue, ...] = Field((), description="the soonest first; empty without a known plan")
    spent: Spent | None = None
    deferred_until: date | None = None
    deferred_for: Key | None = Field(None, description="why outreach put it off")
    doubts: tuple[Doubt, ...] = ()

    @property
    def maintenance_due_on(self) -> date | None:
        """The day on which the first item of the plan is due."""
        return self.maintenance[0].on if self.maintenance else None

    def lapses_on(self, lapse_months: int) -> date:
        """The day from which the owner has not been in for so many months, or never was."""
        last = self.last_visit_at.date() if self.last_visit_at else self.since
        return months_after(last, lapse_months)


class Segment(StrEnum):
    """Where an owner stands with a vehicle."""

    ACTIVE = "active"
    DUE = "due"
    LAPSED = "lapsed"
    LOST = "lost"
    NEVER_SERVICED = "never_serviced"


def segment_of(holding: Holding, lapse_months: int, on: date) -> Segment:
    """The segment on a day: never serviced; lost after 24 months; lapsed by the centre's rule; due by the plan."""
    if holding.last_visit_at is None:
        return Segment.NEVER_SERVICED
    if on >= holding.lapses_on(LOST_AFTER_MONTHS):
        return Segment.LOST
    if on >= holding.lapses_on(lapse_months):
        return Segment.LAPSED
    due_on = holding.maintenance_due_on
    return Segment.DUE if due_on is not None and on >= due_on else Segment.ACTIVE


class ContactDue(Model):
    """When an owner should next be asked about a vehicle, and why."""

    on: date
    because: Literal["maintenance", "lapse", "first_visit"]
    items: tuple[Key, ...] = ()


def contact_due(holding: Holding, lapse_months: int) -> ContactDue | None:
    """Whichever comes first of the maintenance plan and the centre's lapse rule; None once the vehicle is sold.

    An appointment puts it off to the day after it, a deferral to its day, until the next visit.
    """
    if holding.until is not None:
        return None
    lapse = holding.lapses_on(lapse_months)
    planned = holding.maintenance_due_on
    if planned is not None and planned <= lapse:
        items = tuple(item.code for item in holding.maintenance if item.on <= lapse)
        due = ContactDue(on=planned, because="maintenance", items=items)
    else:
        due = ContactDue(on=lapse, because="lapse" if holding.visits else "first_visit")
    earliest = [due.on]
    if holding.booked_at is not None:
        earliest.append(date.fromordinal(holding.booked_at.date().toordinal() + 1))
    if holding.deferred_until is not None:
        earliest.append(holding.deferred_until)
    return due.model_copy(update={"on": max(earliest)})
