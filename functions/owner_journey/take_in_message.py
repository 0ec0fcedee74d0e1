"""Take in a message of the queue OwnerRecords: rows, a decision about contact, a deferral, an erasure."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from functions.owner_journey.erase_owner import erase_owner
from functions.owner_journey.keep_fact import keep_fact
from functions.owner_journey.keep_owner import keep_consents, keep_owner
from functions.owner_journey.models import RECORDS, ConsentRecord, OwnerRecord, Record
from shared.adapters.owners_table import OwnersTable
from shared.adapters.personal_data import Drawer
from shared.domain.errors import Conflict, NotAllowed, UnsupportedInput
from shared.domain.owners import Consent
from shared.domain.validation import read_as
from shared.domain.vehicles import Deferral
from shared.runtime.observability import count, logger


def take_in_message(message: Mapping[str, Any], owners: OwnersTable, drawers: Iterable[Drawer]) -> None:
    """Do what a message asks; done again it changes nothing more.

    What an erased owner or another centre's owner rules out is left undone and counted: trying again would not help.
    Raises InvalidInput or UnsupportedInput for a message that nobody can process.
    """
    fields = {name: value for name, value in message.items() if name != "type"}
    match message.get("type"):
        case "owner_records_received":
            for row in fields["records"]:
                _keep(_read(row), owners)
        case "consent_changed":
            _keep(read_as(ConsentRecord, fields), owners)
        case "contact_deferred":
            _keep(read_as(Deferral, fields), owners)
        case "erasure_requested":
            erase_owner(fields["owner_id"], datetime.fromisoformat(fields["requested_at"]), owners, drawers)
        case other:
            raise UnsupportedInput(f"messages of type {other} are not known here")


def _read(row: Mapping[str, Any]) -> Record:
    return RECORDS[row["record"]].validate_python({name: value for name, value in row.items() if name != "record"})


def _keep(record: Record, owners: OwnersTable) -> None:
    try:
        match record:
            case OwnerRecord():
                keep_owner(record, owners)
            case ConsentRecord():
                keep_consents(
                    record.owner_id, [Consent.model_validate(record.model_dump(exclude={"owner_id"}))], owners
                )
            case _:
                keep_fact(record, owners)
    except (Conflict, NotAllowed) as refusal:
        logger.warning("record left out", kind=type(record).__name__, why=type(refusal).__name__)
        count("OwnerRecordsLeftOut")
