"""Erase an owner's personal data, in every table; done twice it changes nothing more.

What the next owner of a vehicle needs stays, without a person: that there was a visit, of what kind and at how many
kilometres. The id stays too, with nothing but the time of the erasure, so that late records do not bring it back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

from functions.owner_journey.fold_vehicle import periods_of
from functions.owner_journey.models import ERASED_PREFIX
from shared.adapters.owners_table import OwnersTable, StoredOwner
from shared.adapters.personal_data import Drawer
from shared.domain.errors import Conflict
from shared.domain.vehicles import Deferral, Fact, VehicleRecord, Visit

_MOST_ATTEMPTS = 8


def erase_owner(owner_id: str, at: datetime, owners: OwnersTable, drawers: Iterable[Drawer]) -> None:
    """Erase everything. Nothing new is kept of the owner from the first write on; the rest may be done again."""
    _close(owner_id, at, owners)
    for holding in owners.find_owner_with_vehicles(owner_id)[1]:
        make_vehicle_anonymous(owner_id, holding.vin, owners)
    for drawer in drawers:
        drawer.erase_of(owner_id)


def make_vehicle_anonymous(owner_id: str, vin: str, owners: OwnersTable) -> None:
    """Take a person out of a vehicle's facts: the stint stays with nobody's name, its visits without words or money."""
    facts, _ = owners.facts_of(vin)
    for visit in _visits_in_stint(owner_id, facts):
        if visit.summary is not None or visit.paid is not None:
            owners.overwrite_fact(visit.model_copy(update={"summary": None, "paid": None, "currency": None}))
    for fact in facts:
        if isinstance(fact, VehicleRecord | Deferral) and fact.owner_id == owner_id:
            owners.rename_fact(fact, fact.model_copy(update={"owner_id": _nobody(fact)}))
    owners.remove_holding(owner_id, vin)


def _close(owner_id: str, at: datetime, owners: OwnersTable) -> None:
    for _ in range(_MOST_ATTEMPTS):
        stored = owners.find_owner(owner_id)
        if stored.erased_at is not None:
            return
        if owners.replace_owner(owner_id, StoredOwner(None, "", stored.rev, at.isoformat())):
            return
    raise Conflict("too many changes of this owner at once; try again")


def _visits_in_stint(owner_id: str, facts: Sequence[Fact]) -> list[Visit]:
    periods = [p for p in periods_of([f for f in facts if isinstance(f, VehicleRecord)]) if p.owner_id == owner_id]
    return [f for f in facts if isinstance(f, Visit) and any(p.holds(f.at.date()) for p in periods)]


def _nobody(fact: VehicleRecord | Deferral) -> str:
    """Tells stints of one vehicle apart, and leads back to nobody."""
    since = fact.owner_since or fact.in_service_on if isinstance(fact, VehicleRecord) else fact.at
    return ERASED_PREFIX + sha256(f"{fact.vin}#{since}".encode()).hexdigest()[:16]
