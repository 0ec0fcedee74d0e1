"""Receive rows of a dealer system: check each, refuse those that are wrong, and pass on the others in one message."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from functions.owner_journey.models import ConsentRecord, OwnerRecord, Record
from functions.owner_journey.read_record import read_record
from shared.adapters.owners_table import OwnersTable
from shared.domain.errors import InvalidInput, Violation
from shared.domain.events import OwnerRecordsReceived
from shared.domain.vehicles import VehicleRecord

MOST_ROWS = 100
MOST_BYTES = 200_000  # a message, which holds little more than the rows, may have 262,144


class Refusal(NamedTuple):
    """A row that was not taken, and what is wrong with it."""

    row: int
    violations: Sequence[Violation]


class Received(NamedTuple):
    """The message with the rows that are right, or None where there are none, and the rows refused."""

    message: OwnerRecordsReceived | None
    accepted: int
    refused: list[Refusal]


def receive_records(
    values: Any, *, centre_id: str, country: str | None, now: datetime, owners: OwnersTable
) -> Received:
    """Check up to 100 rows of a centre. Raises InvalidInput when they are no rows at all."""
    rows = values.get("records") if isinstance(values, Mapping) else None
    if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_ROWS:
        raise InvalidInput([Violation("/records", f"is not a list of 1 to {MOST_ROWS} records")])
    refused: list[Refusal] = []
    right: list[tuple[int, str, Record]] = []
    for index, row in enumerate(rows):
        try:
            kind, fields = _split(row)
            record = read_record(kind, fields, centre_id=centre_id, country=country, now=now)
            right.append((index, kind, record))
        except InvalidInput as error:
            refused.append(Refusal(index, error.violations))
    strangers = _strangers([record for _, _, record in right], centre_id, owners)
    taken = []
    for index, kind, record in right:
        reason = strangers.get(_owner_of(record) or "")
        if reason:
            refused.append(Refusal(index, [Violation(_pointer_to_owner(record), reason)]))
        else:
            taken.append({"record": kind, **record.model_dump(mode="json", exclude_none=True)})
    message: OwnerRecordsReceived = {
        "type": "owner_records_received",
        "centre_id": centre_id,
        "received_at": now.isoformat(),
        "records": taken,
    }
    return Received(message if taken else None, len(taken), sorted(refused))


def _split(row: Any) -> tuple[str, dict[str, Any]]:
    if not isinstance(row, Mapping):
        raise InvalidInput([Violation("", "is not an object")])
    return str(row.get("record", "")), {name: value for name, value in row.items() if name != "record"}


def _strangers(records: Sequence[Record], centre_id: str, owners: OwnersTable) -> dict[str, str]:
    """Why rows about an owner cannot be taken, by the owner's id."""
    ids = {owner_id for owner_id in map(_owner_of, records) if owner_id}
    reasons = {}
    for owner_id, their_centre in (owners.centres_of(ids) if ids else {}).items():
        if their_centre is None:
            reasons[owner_id] = "names an owner whose data was erased"
        elif their_centre != centre_id:
            reasons[owner_id] = "names an owner of another centre"
    return reasons


def _owner_of(record: Record) -> str | None:
    if isinstance(record, OwnerRecord):
        return record.id
    return record.owner_id if isinstance(record, VehicleRecord | ConsentRecord) else None


def _pointer_to_owner(record: Record) -> str:
    return "/id" if isinstance(record, OwnerRecord) else "/owner_id"
