"""Gather everything that is stored of one person, room by room."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from functions.owner_journey.fold_vehicle import periods_of
from shared.adapters.owners_table import OwnersTable
from shared.adapters.personal_data import Drawer
from shared.domain.vehicles import Fact, Reading, VehicleRecord, Visit

OWN_ROOM = "owners"


def gather_personal_data(
    owner_id: str, owners: OwnersTable, drawers: Iterable[Drawer], only: str | None, now: datetime
) -> dict[str, Any]:
    """The person's data under the name of each room, or of `only` one of them."""
    gathered: dict[str, Any] = {"owner_id": owner_id, "gathered_at": now.isoformat(timespec="seconds")}
    if only in (None, OWN_ROOM):
        gathered[OWN_ROOM] = _own_room(owner_id, owners)
    for drawer in drawers:
        if only in (None, drawer.name):
            gathered[drawer.name] = list(drawer.read_of(owner_id))
    return gathered


def _own_room(owner_id: str, owners: OwnersTable) -> dict[str, Any]:
    stored, holdings = owners.find_owner_with_vehicles(owner_id)
    facts = {holding.vin: owners.facts_of(holding.vin)[0] for holding in holdings}
    return {
        "owner": stored.owner.model_dump(mode="json") if stored.owner else None,
        "vehicles": [
            {"vin": vin, "facts": [_shown(fact) for fact in known if _concerns(fact, owner_id, known)]}
            for vin, known in facts.items()
        ],
    }


def _shown(fact: Fact) -> dict[str, Any]:
    return {"record": type(fact).__name__.lower(), **fact.model_dump(mode="json", exclude_none=True)}


def _concerns(fact: Fact, owner_id: str, known: Iterable[Fact]) -> bool:
    """What is of the owner's own time; an earlier or later owner's is not theirs to see."""
    if isinstance(fact, Visit | Reading):
        periods = periods_of([f for f in known if isinstance(f, VehicleRecord)])
        return any(p.owner_id == owner_id and p.holds(fact.at.date()) for p in periods)
    return fact.owner_id == owner_id
