"""Read records as they come from dealer systems: values checked, phone numbers brought into E.164, times plausible."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from functions.owner_journey.models import ERASED_PREFIX, RECORDS, Record
from shared.domain.errors import InvalidInput, Violation
from shared.domain.validation import MOST_VIOLATIONS, json_pointer
from shared.domain.vehicles import VehicleRecord, Visit

# Clocks differ, and it is tomorrow already in the easternmost zone.
_TOLERANCE = timedelta(days=1)
_CENTRE_KINDS = ("owner", "vehicle", "visit")


def read_record(kind: str, values: Any, *, centre_id: str, country: str | None, now: datetime) -> Record:
    """A record of a centre out of decoded JSON.

    `country` (ISO 3166-1) is where national phone numbers belong; without it they must be international. `as_of` is
    `now` unless given. Raises InvalidInput with a pointer to each field.
    """
    if not isinstance(values, Mapping):
        raise InvalidInput([Violation("", "is not an object")])
    if kind not in RECORDS:
        raise InvalidInput([Violation("/record", f"is none of {', '.join(RECORDS)}")])
    completed = dict(values)
    if kind in _CENTRE_KINDS:
        if completed.setdefault("centre_id", centre_id) != centre_id:
            raise InvalidInput([Violation("/centre_id", "is not the centre that the token is for")])
        completed.setdefault("as_of", now)
    if kind == "owner":
        completed["phones"] = _read_phones(completed.get("phones", ()), country)
    try:
        record = RECORDS[kind].validate_python(completed)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)[:MOST_VIOLATIONS]
        raise InvalidInput(
            [Violation(json_pointer(p["loc"]), p["msg"].removeprefix("Value error, ")) for p in problems]
        ) from None
    _check_times(record, now)
    if isinstance(record, VehicleRecord) and (record.owner_id or "").startswith(ERASED_PREFIX):
        raise InvalidInput([Violation("/owner_id", "stands for nobody")])
    return record


def _check_times(record: Record, now: datetime) -> None:
    for field in ("as_of", "at"):
        time: datetime | None = getattr(record, field, None)
        is_booking = isinstance(record, Visit) and record.status != "done" and field == "at"
        if time is not None and not is_booking and time > now + _TOLERANCE:
            raise InvalidInput([Violation(f"/{field}", "lies in the future")])


def _read_phones(phones: Any, country: str | None) -> Any:
    """Phones with their numbers in E.164 and their kind; what is no list of objects is left to the model to refuse."""
    if not isinstance(phones, list | tuple):
        return phones
    return [
        {"kind": kind, **phone, "number": number}
        for position, phone in enumerate(phones)
        for number, kind in [_read_number(phone, position, country)]
    ]


def _read_number(phone: Any, position: int, country: str | None) -> tuple[str, str]:
    # Imported late: its import takes as long as all else that a cold start of this door does.
    import phonenumbers

    pointer = f"/phones/{position}"
    if not isinstance(phone, Mapping) or not isinstance(phone.get("number"), str):
        raise InvalidInput([Violation(pointer, "is not an object with a number")])
    try:
        number = phonenumbers.parse(phone["number"], country)
    except phonenumbers.NumberParseException:
        raise InvalidInput([Violation(f"{pointer}/number", _no_number(country))]) from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidInput([Violation(f"{pointer}/number", _no_number(country))])
    kind = {
        phonenumbers.PhoneNumberType.MOBILE: "mobile",
        phonenumbers.PhoneNumberType.FIXED_LINE: "fixed",
    }.get(phonenumbers.number_type(number), "unknown")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), kind


def _no_number(country: str | None) -> str:
    where = f"in {country} or, with + and its country's code, anywhere" if country else "with + and its country's code"
    return f"is no phone number {where}"
