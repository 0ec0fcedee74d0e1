"""Bring the holdings of a vehicle, or of all vehicles of an owner, up to date with what is known."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from functions.owner_journey.erase_owner import make_vehicle_anonymous
from functions.owner_journey.fold_vehicle import fold_vehicle
from functions.owner_journey.models import ERASED_PREFIX
from shared.adapters.owners_table import OwnersTable, StoredOwner
from shared.domain.centres import Centre, OutreachRules
from shared.domain.owners import Channel, Owner, Purpose, latest_decision
from shared.domain.vehicles import Holding, contact_due

type FindCentre = Callable[[str], Centre | None]

_MOST_ATTEMPTS = 8
# What an owner who agrees to calls has answered: nothing is left to wait for.
_ENDED_BY_CONSENT = frozenset({"no_consent", "opted_out", "do_not_contact"})
_EVER = datetime.max.replace(tzinfo=UTC)


def refold_vehicle(vin: str, owners: OwnersTable, find_centre: FindCentre, plans: Mapping[str, Any]) -> None:
    """Fold a vehicle's facts anew and keep its holdings.

    Nothing that is known when this starts is missing from what is kept when it ends, whoever else folds meanwhile:
    a holding folded from more never gives way to one folded from less.
    """
    facts, changes = owners.facts_of(vin)
    if not facts:
        return
    for holding in fold_vehicle(facts, plans):
        if not holding.owner_id.startswith(ERASED_PREFIX):
            _keep(holding, changes, owners, find_centre)


def refold_owner(owner_id: str, owners: OwnersTable, find_centre: FindCentre, plans: Mapping[str, Any]) -> None:
    """Bring all of an owner's holdings up to date after a change of the owner."""
    for holding in owners.find_owner_with_vehicles(owner_id)[1]:
        refold_vehicle(holding.vin, owners, find_centre, plans)


def _keep(holding: Holding, changes: int, owners: OwnersTable, find_centre: FindCentre) -> None:
    """Keep one holding; again when the owner changed meanwhile, who may not have seen a holding to bring up to date."""
    stored = owners.find_owner(holding.owner_id)
    for _ in range(_MOST_ATTEMPTS):
        if stored.erased_at is not None:
            make_vehicle_anonymous(holding.owner_id, holding.vin, owners)
            return
        kept = _heeding_consent(holding, stored.owner)
        centre_id, due_on = _place_in_index(kept, stored, find_centre)
        owners.put_holding(kept, changes + stored.rev, centre_id, due_on)
        now = owners.find_owner(holding.owner_id)
        if now.rev == stored.rev:
            return
        stored = now


def _heeding_consent(holding: Holding, owner: Owner | None) -> Holding:
    """The holding put off for want of consent no longer than to the day of it, whichever of both came in first."""
    if owner is None or holding.deferred_until is None or holding.deferred_for not in _ENDED_BY_CONSENT:
        return holding
    decision = latest_decision(owner.consents, Channel.CALL, Purpose.MARKETING, _EVER)
    if decision is None or not decision.granted:
        return holding
    return holding.model_copy(update={"deferred_until": min(holding.deferred_until, decision.at.date())})


def _place_in_index(holding: Holding, stored: StoredOwner, find_centre: FindCentre) -> tuple[str | None, date | None]:
    owner = stored.owner
    if owner is None or not _may_ever_be_contacted(owner):
        return None, None
    centre = find_centre(owner.centre_id)
    rules = centre.outreach if centre else OutreachRules()
    due = contact_due(holding, rules.lapse_months)
    return owner.centre_id, due.on if due else None


def _may_ever_be_contacted(owner: Owner) -> bool:
    return not owner.deceased and owner.do_not_contact_since is None
