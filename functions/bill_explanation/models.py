"""The repair bill: the one model that every reader fills and every rule reads.

Amounts are Decimals in the bill's currency, net of tax unless the name says otherwise; hours are
decimal hours; rates of tax are per cent. Field paths of this model are the sources of figures.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_ISO_DAY = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}")
_YEARS = range(1900, 2200)  # of a bill, and so that terms counted from a day end within the calendar


def _written_out(value: object) -> object:
    """Refuse moments given as numbers, which pydantic would read as seconds since 1970, and odd years."""
    if isinstance(value, date):
        year = value.year
    elif isinstance(value, str) and (match := _ISO_DAY.match(value)):
        year = int(match[1])
    else:
        raise ValueError("must be written as in ISO 8601, year first")
    if year not in _YEARS:
        raise ValueError(f"must be in a year from {_YEARS[0]} to {_YEARS[-1]}")
    return value


# No control, bidirectional or other invisible characters; single spaces only within.
_VISIBLE = r"[^\x00-\x20\x7f-\xa0\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff]"

Day = Annotated[date, BeforeValidator(_written_out, json_schema_input_type=date)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written_out, json_schema_input_type=datetime)]
Amount = Annotated[Decimal, Field(max_digits=18, decimal_places=6, allow_inf_nan=False, examples=["720.00"])]
Precise = Annotated[Decimal, Field(max_digits=24, decimal_places=15, allow_inf_nan=False, examples=["88.4955752212"])]
Hours = Annotated[Decimal, Field(ge=-10_000, le=10_000, decimal_places=4, allow_inf_nan=False, examples=["1.2"])]
Percent = Annotated[Decimal, Field(ge=0, le=100, decimal_places=4, allow_inf_nan=False, examples=["13"])]
Name = Annotated[str, StringConstraints(pattern=_VISIBLE, strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:/#+-]{1,64}$")]
Number = Annotated[
    str,
    StringConstraints(pattern=rf"^{_VISIBLE}+( {_VISIBLE}+)*$", min_length=1, max_length=64),
    Field(examples=["RO-20260715-01", "018304 / 28865"]),
]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
Place = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Locale = Literal["zh-CN", "en"]


class Payer(StrEnum):
    """Who pays a line."""

    CUSTOMER = "customer"
    WARRANTY = "warranty"
    GOODWILL = "goodwill"
    INSURER = "insurer"
    SERVICE_PLAN = "service_plan"


class LineKind(StrEnum):
    """What a line charges for."""

    LABOUR = "labour"
    PART = "part"
    SUBLET = "sublet"
    FEE = "fee"
    DISCOUNT = "discount"


class TaxCategory(StrEnum):
    """VAT category codes of EN 16931 (UNTDID 5305 subset)."""

    STANDARD = "S"
    ZERO = "Z"
    EXEMPT = "E"
    REVERSE_CHARGE = "AE"
    INTRA_COMMUNITY = "K"
    EXPORT = "G"
    OUTSIDE_SCOPE = "O"
    CANARY_ISLANDS = "L"
    CEUTA_MELILLA = "M"
    SPLIT_PAYMENT = "B"


class PartCondition(StrEnum):
    """State of a part when it was fitted."""

    NEW = "new"
    USED = "used"
    REBUILT = "rebuilt"


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Adjustment(_Model):
    """An allowance (reduces) or a charge (adds), on a line or on the whole bill."""

    kind: Literal["allowance", "charge"]
    amount: Amount
    reason: Text | None = None
    tax_category: TaxCategory | None = None
    tax_rate: Percent | None = None


class Line(_Model):
    """One line of a bill or of an estimate."""

    id: Number
    kind: LineKind
    kind_basis: Literal["stated", "derived"] = Field(
        "stated", description="derived: the bill has no kinds, so it follows from the unit or name"
    )
    description: Name
    note: Text | None = Field(None, description="what the bill adds to the description")
    job: Number | None = Field(None, description="id of the job (concern) that this line belongs to")
    operation_code: Number | None = None
    hours: Hours | None = Field(None, description="hours charged, decimal")
    flat_rate_hours: Hours | None = Field(None, description="flat-rate time of the operation")
    rate: Amount | None = Field(None, description="price of one hour")
    part_number: Number | None = None
    quantity: Precise | None = None
    unit: Name | None = Field(None, description="unit of the quantity, as the bill writes it")
    unit_price: Precise | None = None
    base_quantity: Annotated[Precise, Field(ge=Decimal("0.000001"))] | None = Field(
        None, description="units that `unit_price` is for"
    )
    condition: PartCondition | None = None
    adjustments: tuple[Adjustment, ...] = Field((), max_length=50)
    net: Amount = Field(description="amount of the line without tax, after its adjustments")
    tax_category: TaxCategory = TaxCategory.STANDARD
    tax_rate: Percent | None = None
    tax: Amount | None = Field(None, description="tax of this line, where the bill states it")
    payer: Payer = Payer.CUSTOMER
    payer_reason: Text | None = None


class Job(_Model):
    """Why something was done: concern, cause and correction."""

    id: Number
    concern: Text
    cause: Text | None = None
    correction: Text | None = None
    repair_kind: Key | None = Field(None, description="kind of job in the repair-warranty terms of the place")


class Authorisation(_Model):
    """A consent of the customer to an estimate, or to more."""

    at: Moment
    by: Name
    how: Literal["written", "signature", "e_mail", "message", "phone", "in_person"]
    amount: Amount = Field(description="total authorised by this consent, tax included")
    phone: Text | None = None


class Estimate(_Model):
    """What was offered before the work, and what the customer authorised of it."""

    number: Number | None = None
    made_on: Day
    lines: tuple[Line, ...] = Field(min_length=1, max_length=2_000)
    total: Amount = Field(description="total of the estimate, tax included")
    tax_total: Amount | None = None
    authorisations: tuple[Authorisation, ...] = Field((), max_length=50)


class TaxSubtotal(_Model):
    """Tax of one category and rate."""

    category: TaxCategory
    rate: Percent | None = None
    taxable: Amount
    tax: Amount
    exemption_reason: Text | None = None


class Totals(_Model):
    """The totals as the bill states them (EN 16931 BT-106 … BT-115)."""

    lines: Amount = Field(description="sum of the lines (BT-106)")
    allowances: Amount | None = Field(None, description="allowances on the whole bill (BT-107)")
    charges: Amount | None = Field(None, description="charges on the whole bill (BT-108)")
    net: Amount = Field(description="total without tax (BT-109)")
    tax: Amount | None = Field(None, description="total tax (BT-110)")
    gross: Amount = Field(description="total with tax (BT-112)")
    covered: Amount | None = Field(None, description="taken over by warranty, goodwill, insurer or plan, tax included")
    prepaid: Amount | None = Field(None, description="already paid (BT-113)")
    rounding: Amount | None = Field(None, description="rounding of the amount due (BT-114)")
    payable: Amount = Field(description="what the customer has to pay now (BT-115)")


class Party(_Model):
    """Seller or buyer as the bill names them."""

    name: Name
    tax_id: Text | None = None
    phone: Text | None = None


class Vehicle(_Model):
    """The vehicle that was worked on; distances in km."""

    vin: Annotated[str, StringConstraints(pattern=r"^[A-HJ-NPR-Z0-9]{5,17}$")] | None = None
    model: Name | None = None
    in_service_on: Day | None = Field(None, description="first registration or delivery")
    odometer_in_km: Annotated[int, Field(ge=0, le=5_000_000)] | None = None
    odometer_out_km: Annotated[int, Field(ge=0, le=5_000_000)] | None = None


class Bill(_Model):
    """A repair bill with all that is needed to explain it."""

    number: Number = Field(description="invoice or repair-order number, unique within the centre")
    revision: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    kind: Literal["invoice", "credit_note"] = "invoice"
    issued_on: Day
    completed_on: Day | None = Field(None, description="when the work was finished")
    currency: Currency
    place: Place | None = Field(None, description="ISO 3166-2 place whose rules apply")
    owner_id: Key | None = Field(None, description="the owner who may read the explanation")
    locale: Locale | None = Field(None, description="language of the owner")
    seller: Party | None = None
    buyer: Party | None = None
    vehicle: Vehicle | None = None
    jobs: tuple[Job, ...] = Field((), max_length=200)
    estimate: Estimate | None = None
    lines: tuple[Line, ...] = Field(min_length=1, max_length=2_000)
    adjustments: tuple[Adjustment, ...] = Field((), max_length=200)
    tax_breakdown: tuple[TaxSubtotal, ...] = Field((), max_length=100)
    totals: Totals
    note: Text | None = None
