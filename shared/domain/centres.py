"""A service centre: when it is open, who answers for what, what things cost there, and its rules of care."""

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, StringConstraints, model_validator

from shared.domain.owners import EmailAddress, Key, Locale, Model, Name, PhoneNumber, Text, Zone

Price = Annotated[Decimal, Field(gt=0, le=1_000_000, decimal_places=4, allow_inf_nan=False, examples=["7.90"])]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_MIDNIGHT = time(0)


class Interval(Model):
    """From one time of day to another, in the centre's zone; closing at 00:00 is the end of the day."""

    opens: time
    closes: time

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens.tzinfo or self.closes.tzinfo:
            raise ValueError("times of day are those of the centre's zone and carry none of their own")
        if self.closes != _MIDNIGHT and self.closes <= self.opens:
            raise ValueError("closes before it opens; write two intervals for a night")
        return self

    def holds(self, moment: time) -> bool:
        """Whether this time of day lies within it."""
        return self.opens <= moment and (self.closes == _MIDNIGHT or moment < self.closes)


Intervals = Annotated[tuple[Interval, ...], Field(max_length=6)]


class Week(Model):
    """The intervals of each weekday, in order and without overlap; a day without any is closed."""

    monday: Intervals = ()
    tuesday: Intervals = ()
    wednesday: Intervals = ()
    thursday: Intervals = ()
    friday: Intervals = ()
    saturday: Intervals = ()
    sunday: Intervals = ()

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        for number in range(7):
            require_order(self.of_weekday(number))
        return self

    def of_weekday(self, number: int) -> tuple[Interval, ...]:
        """The intervals of a weekday, Monday being 0."""
        days = (self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday)
        return days[number]

    def is_empty(self) -> bool:
        """Whether there is no interval at all."""
        return not any(self.of_weekday(number) for number in range(7))


def require_order(intervals: tuple[Interval, ...]) -> None:
    """Raises ValueError unless each interval ends before the next begins."""
    for earlier, later in pairwise(intervals):
        if earlier.closes == _MIDNIGHT or later.opens < earlier.closes:
            raise ValueError("intervals of a day are in order and do not overlap")


class Holiday(Model):
    """A day on which the centre is closed."""

    on: date
    name: Name


class MakeUpDay(Model):
    """A day that is worked although its weekday, or a holiday, would be closed."""

    on: date
    intervals: Annotated[tuple[Interval, ...], Field(min_length=1, max_length=6)]

    @model_validator(mode="after")
    def _no_overlap(self) -> Self:
        require_order(self.intervals)
        return self


class Rung(StrEnum):
    """A step of the ladder that a case climbs."""

    ADVISOR = "advisor"
    MANAGER = "manager"
    REGIONAL_MANAGER = "regional_manager"
    ON_CALL = "on_call"


LADDER = (Rung.ADVISOR, Rung.MANAGER, Rung.REGIONAL_MANAGER, Rung.ON_CALL)


class Person(Model):
    """Somebody who answers for cases. Without duty hours: whenever the centre is open; on-call staff: always."""

    id: Key
    name: Name
    rung: Rung
    phone: PhoneNumber
    email: EmailAddress | None = None
    duty: Week | None = None


class Webhook(Model):
    """Where the centre's staff also want to be told."""

    id: Key
    kind: Literal["generic", "slack", "feishu", "dingtalk", "wecom"]
    url: Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[^\s]*)?$", max_length=500)]
    rungs: Annotated[tuple[Rung, ...], Field(description="whose pages go there; empty: everybody's")] = ()


class Tariffs(Model):
    """Prices of fuel and electricity around the centre, with their day and source."""

    currency: Currency
    fuel_per_litre: Price
    home_per_kwh: Price
    fast_charge_per_kwh: Price
    as_of: date
    source: Text


class OutreachRules(Model):
    """How the centre wins owners back."""

    lapse_months: Annotated[int, Field(ge=1, le=60, description="months without a visit after which to ask")] = 8
    calls_a_day: Annotated[int, Field(ge=0, le=500)] = 10
    hold_out_percent: Annotated[int, Field(ge=0, le=50)] = 10


class Centre(Model):
    """A service centre."""

    id: Key
    name: Name
    locale: Locale
    zone: Zone
    country: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$"), Field(description="ISO 3166-1")]
    grid: Annotated[Key | None, Field(description="grid region of the emission factors; absent: the country's")] = None
    phone: PhoneNumber
    address: Text | None = None
    hours: Week
    holidays: Annotated[tuple[Holiday, ...], Field(max_length=400)] = ()
    make_up_days: Annotated[tuple[MakeUpDay, ...], Field(max_length=100)] = ()
    ladder: Annotated[tuple[Person, ...], Field(min_length=1, max_length=100)]
    webhooks: Annotated[tuple[Webhook, ...], Field(max_length=20)] = ()
    tariffs: Tariffs | None = None
    outreach: OutreachRules = OutreachRules()

    @model_validator(mode="after")
    def _can_be_reached(self) -> Self:
        if self.hours.is_empty():
            raise ValueError("a centre that never opens cannot keep a deadline: give it opening hours")
        if not any(person.rung is Rung.ON_CALL and person.duty is None for person in self.ladder):
            raise ValueError("the ladder needs someone on call without duty hours, so that nobody is left alone")
        for things in (self.ladder, self.webhooks):
            ids = [thing.id for thing in things]
            if len(ids) != len(set(ids)):
                raise ValueError("an id is given twice")
        return self

    def intervals_on(self, day: date) -> tuple[Interval, ...]:
        """When the centre is open on a day of its own calendar: make-up days before holidays before the week."""
        for made_up in self.make_up_days:
            if made_up.on == day:
                return made_up.intervals
        if any(holiday.on == day for holiday in self.holidays):
            return ()
        return self.hours.of_weekday(day.weekday())

    def is_open(self, at: datetime) -> bool:
        """Whether the centre is open at this time (aware)."""
        local = at.astimezone(ZoneInfo(self.zone))
        return any(interval.holds(local.time()) for interval in self.intervals_on(local.date()))

    def on_duty(self, rung: Rung, at: datetime) -> Iterator[Person]:
        """Who of a rung is on duty at this time (aware), in the order of the ladder."""
        local = at.astimezone(ZoneInfo(self.zone))
        for person in self.ladder:
            if person.rung is not rung:
                continue
            if person.duty is not None:
                on_duty = any(i.holds(local.time()) for i in person.duty.of_weekday(local.weekday()))
            else:
                on_duty = rung is Rung.ON_CALL or self.is_open(at)
            if on_duty:
                yield person
