"""Keep a fact about a vehicle: one conditional write under its business key."""

from shared.adapters.owners_table import OwnersTable
from shared.domain.errors import Conflict, NotAllowed
from shared.domain.vehicles import Deferral, Fact, VehicleRecord


def keep_fact(fact: Fact, owners: OwnersTable) -> bool:
    """Keep a fact; False when it, or a later record of the same thing, was there before.

    Raises NotAllowed when it gives a vehicle to an owner of another centre, Conflict when that owner was erased.
    """
    if isinstance(fact, VehicleRecord | Deferral) and fact.owner_id is not None:
        stored = owners.find_owner(fact.owner_id)
        if stored.erased_at is not None:
            raise Conflict("this owner's data was erased; register the person under a new id")
        is_foreign = isinstance(fact, VehicleRecord) and stored.owner and stored.owner.centre_id != fact.centre_id
        if is_foreign:
            raise NotAllowed("the owner belongs to another centre")
    return owners.put_fact(fact)
