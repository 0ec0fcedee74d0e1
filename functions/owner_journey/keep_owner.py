"""Keep what comes in about an owner: one conditional write, repeated when somebody else was faster."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from functions.owner_journey.merge_owner import merge_consents, merge_record, view
from functions.owner_journey.models import OwnerHistory, OwnerRecord
from shared.adapters.owners_table import OwnersTable, StoredOwner
from shared.domain.errors import Conflict, NotAllowed
from shared.domain.owners import Consent, Owner

# More writers than this at one owner in the same moment are a fault, not a crowd.
_MOST_ATTEMPTS = 8


class Kept(NamedTuple):
    """What is now known of an owner, and whether this is the first that is known."""

    owner: Owner | None
    is_new: bool


def keep_owner(record: OwnerRecord, owners: OwnersTable) -> Kept:
    """Merge a record into what is known of its owner.

    Raises NotAllowed when the owner belongs to another centre, Conflict when the owner's data was erased.
    """

    def merge(stored: StoredOwner, history: OwnerHistory) -> OwnerHistory:
        if stored.owner is not None and stored.owner.centre_id != record.centre_id:
            raise NotAllowed("the owner belongs to another centre")
        return merge_record(history, record)

    return _change(record.id, owners, merge)


def keep_consents(owner_id: str, consents: Iterable[Consent], owners: OwnersTable) -> Kept:
    """Add decisions to those of an owner, who need not be known yet. Raises Conflict when they were erased."""
    given = tuple(consents)
    return _change(owner_id, owners, lambda _, history: merge_consents(history, given))


def _change(owner_id: str, owners: OwnersTable, merge: Callable[[StoredOwner, OwnerHistory], OwnerHistory]) -> Kept:
    for _ in range(_MOST_ATTEMPTS):
        stored = owners.find_owner(owner_id)
        if stored.erased_at is not None:
            raise Conflict("this owner's data was erased; register the person under a new id")
        history = OwnerHistory.model_validate_json(stored.merge) if stored.merge else OwnerHistory()
        changed = merge(stored, history)
        if changed == history:
            return Kept(stored.owner, False)
        owner = view(changed)
        successor = StoredOwner(owner, changed.model_dump_json(exclude_defaults=True), stored.rev)
        if owners.replace_owner(owner_id, successor):
            return Kept(owner, stored.owner is None)
    raise Conflict("too many changes of this owner at once; try again")
