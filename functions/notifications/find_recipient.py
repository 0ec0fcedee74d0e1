"""Find out who is to be told, where they can be reached, and what speaks against it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from functions.notifications.models import NoticeRequest
from shared.adapters.notices_table import AddressRecord, PersonRecord, address_digest
from shared.domain.centres import Centre, Person, Rung, Webhook
from shared.domain.errors import Erased, NotFound
from shared.domain.owners import Channel, Consent, Owner, Purpose, Reason, latest_decision, may_contact

WEBHOOK = "webhook"


class Owners(Protocol):
    """Where owners are read."""

    def get_owner(self, owner_id: str) -> Owner: ...  # noqa: D102


class Centres(Protocol):
    """Where centres are read."""

    def find(self, centre_id: str) -> Centre | None: ...  # noqa: D102


class Contacts(Protocol):
    """Where our own memory of people and addresses is read."""

    def find_person(self, person: str) -> PersonRecord: ...  # noqa: D102
    def find_address(self, digest: str) -> AddressRecord: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Way:
    """One way to reach somebody, and why it may not be used, if so."""

    channel: str
    address: str
    blocked: str = ""
    record: AddressRecord | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody to tell. `person` is what we remember of an owner; `ways` are in the order of preference."""

    centre: Centre
    zone: str
    ways: tuple[Way, ...]
    person: PersonRecord | None = None
    webhook: Webhook | None = None
    copies: tuple[str, ...] = field(default=())
    """Ids of the webhooks where this person's pages are also posted."""


def find_recipient(
    request: NoticeRequest,
    order: Mapping[str, Mapping[str, tuple[str, ...]]],
    *,
    owners: Owners,
    centres: Centres,
    contacts: Contacts,
    now: datetime,
) -> Recipient | None:
    """The recipient of a request as things are now, or None when nobody is known under that id (yet).

    Raises Erased for somebody who never will be.
    """
    centre = centres.find(request.centre_id)
    if centre is None:
        return None
    urgency = "urgent" if request.is_urgent else "routine"
    to = request.to
    if to.owner_id is not None:
        try:
            owner = owners.get_owner(to.owner_id)
        except Erased:
            raise
        except NotFound:
            return None
        person = contacts.find_person(to.written)
        ways = _ways_to_owner(owner, person, request.purpose, order["owner"][urgency], contacts, now)
        return Recipient(centre, owner.zone, tuple(ways), person)
    if to.staff_id is not None:
        found = _person(centre, to.staff_id, urgent=request.is_urgent)
        return _staff(found, centre, order["staff"][urgency], contacts) if found else None
    webhook = next((w for w in centre.webhooks if w.id == to.webhook_id), None)
    return Recipient(centre, centre.zone, (Way(WEBHOOK, webhook.url),), webhook=webhook) if webhook else None


def _person(centre: Centre, staff_id: str, *, urgent: bool) -> Person | None:
    """Someone of the ladder. Whoever has left it is not waited for: an urgent page goes to who is always on call."""
    on_call = (p for p in centre.ladder if urgent and p.rung is Rung.ON_CALL and p.duty is None)
    return next((p for p in centre.ladder if p.id == staff_id), None) or next(on_call, None)


def _staff(found: Person, centre: Centre, order: tuple[str, ...], contacts: Contacts) -> Recipient:
    addresses = {"sms": found.phone, "email": found.email}
    reachable = [(channel, addresses[channel]) for channel in order]
    ways = (_way_to_staff(channel, address, contacts) for channel, address in reachable if address)
    copies = tuple(w.id for w in centre.webhooks if not w.rungs or found.rung in w.rungs)
    return Recipient(centre, centre.zone, tuple(ways), copies=copies)


def _ways_to_owner(
    owner: Owner,
    person: PersonRecord,
    purpose: Purpose,
    order: tuple[str, ...],
    contacts: Contacts,
    now: datetime,
) -> Iterator[Way]:
    stopped = [
        Consent(
            channel=Channel(channel), purpose=Purpose(about), granted=False, at=at, how="link", source="unsubscribe"
        )
        for (channel, about), at in person.stops.items()
    ]
    for channel in sorted((Channel(name) for name in order), key=lambda c: _eagerness(owner, c, purpose, now)):
        address = owner.address_for(channel)
        if address is None:
            continue
        way = _way(channel.value, address, contacts)
        heard = list(stopped)
        if way.record is not None and way.record.stopped_at is not None:
            at = way.record.stopped_at
            heard.append(Consent(channel=channel, granted=False, at=at, how="message", source="sms-stop"))
        known = owner.model_copy(update={"consents": (*owner.consents, *heard)})
        permission = may_contact(known, channel, purpose, now)
        blocked = way.blocked or ("" if permission.allowed else permission.reason.value)
        yield Way(way.channel, way.address, blocked, way.record)


def _way_to_staff(channel: str, address: str, contacts: Contacts) -> Way:
    """Staff may say STOP too; then another channel is used."""
    way = _way(channel, address, contacts)
    stopped = way.record is not None and way.record.stopped_at is not None
    return Way(channel, address, way.blocked or (Reason.REVOKED.value if stopped else ""), way.record)


def _eagerness(owner: Owner, channel: Channel, purpose: Purpose, now: datetime) -> float:
    """Channels that the owner asked for come first, the latest wish before the others."""
    decision = latest_decision(owner.consents, channel, purpose, now)
    return -decision.at.timestamp() if decision is not None and decision.granted else 0.0


def _way(channel: str, address: str, contacts: Contacts) -> Way:
    record = contacts.find_address(address_digest(channel, address))
    return Way(channel, address, f"address_{record.suppressed}" if record.suppressed else "", record)
