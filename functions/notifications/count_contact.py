"""Count a contact that another room made towards the caps of this one: once, in whatever order its news arrive."""

from datetime import datetime
from typing import Protocol

from functions.notifications.contact_rules import Rules
from functions.notifications.find_recipient import Owners
from functions.notifications.models import ContactMade
from shared.adapters.notices_table import NOT_COUNTED, NoticesTable
from shared.domain.errors import NotFound


class Parts(Protocol):
    """What counting needs."""

    @property
    def notices(self) -> NoticesTable: ...  # noqa: D102
    @property
    def owners(self) -> Owners: ...  # noqa: D102
    @property
    def rules(self) -> Rules: ...  # noqa: D102


def count_contact(contact: ContactMade, parts: Parts, now: datetime) -> bool:
    """Count it, or take it back where it reached somebody else; whether that changed anything.

    What no cap counts any more is passed over, and so is an owner whom the registry does not know: nothing is written
    to them either, and of somebody erased nothing is kept again.
    """
    since = now - parts.rules.longest_window
    if contact.at <= since:
        return False
    try:
        owner = parts.owners.get_owner(contact.owner_id)
    except NotFound:
        return False
    purpose = contact.purpose.value if contact.counts else NOT_COUNTED
    return parts.notices.note_contact(f"owner#{owner.id}", contact.contact_id, contact.at, purpose, since=since)
