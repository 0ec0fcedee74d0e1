"""Show an owner with their vehicles: to themselves what is theirs, to their centre also where they stand."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.domain.centres import Centre, OutreachRules
from shared.domain.lifetime_value import estimate_value
from shared.domain.owners import Channel, Owner, Purpose, may_contact
from shared.domain.vehicles import Holding, contact_due, segment_of


def show_owner(owner: Owner, holdings: tuple[Holding, ...]) -> dict[str, Any]:
    """The owner and their vehicles, as the owner may see them."""
    return {
        "owner": owner.model_dump(mode="json"),
        "vehicles": [
            holding.model_dump(mode="json", exclude={"deferred_until", "deferred_for"}) for holding in holdings
        ],
    }


def show_owner_to_centre(
    owner: Owner,
    holdings: tuple[Holding, ...],
    *,
    centre: Centre | None,
    assumptions: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    """The same with segment, next contact, lifetime value and what the owner may be contacted for."""
    months = (centre.outreach if centre else OutreachRules()).lapse_months
    shown = show_owner(owner, holdings)
    shown["may_contact"] = {
        purpose.value: {channel.value: may_contact(owner, channel, purpose, now)._asdict() for channel in Channel}
        for purpose in Purpose
    }
    for holding, vehicle in zip(holdings, shown["vehicles"], strict=True):
        due = contact_due(holding, months)
        value = estimate_value(holding, months, now.date(), assumptions) if holding.until is None else None
        vehicle["deferred_until"] = holding.deferred_until.isoformat() if holding.deferred_until else None
        vehicle["deferred_for"] = holding.deferred_for
        vehicle["segment"] = segment_of(holding, months, now.date()).value if holding.until is None else None
        vehicle["contact_due"] = due.model_dump(mode="json") if due else None
        vehicle["lifetime_value"] = value.model_dump(mode="json") if value else None
    return shown
