"""A small world to deliver notices in: owners, a centre, providers that remember what they were handed, and a clock."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from functions.notifications.contact_rules import contact_rules
from functions.notifications.deliver_notice import Parts
from functions.notifications.hand_over import Outlets
from functions.notifications.send_due import send_due
from functions.notifications.take_in_message import take_in_message
from shared.adapters.mail import Letter
from shared.adapters.notices_table import AddressRecord, Notice, NoticesTable, PersonRecord, State, notice_key
from shared.adapters.webhooks import Post
from shared.domain.centres import Centre
from shared.domain.delivery import Outcome, Verdict
from shared.domain.errors import NotFound
from shared.domain.owners import Consent, Owner

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)  # a Monday, 12:00 in Shanghai
CENTRE = "demo-centre"
OWNER_PHONE, OWNER_EMAIL = "+8613812345678", "lin@example.com"
MANAGER_PHONE = "+8613912345678"


def centre(**changes: Any) -> Centre:
    day = {"opens": "09:00", "closes": "18:00"}
    fields: dict[str, Any] = {
        "id": CENTRE,
        "name": "星河服务中心",
        "locale": "zh-CN",
        "zone": "Asia/Shanghai",
        "country": "CN",
        "phone": "+862112345678",
        "hours": {"monday": [day]},
        "ladder": [
            {"id": "wang", "name": "Wang", "rung": "manager", "phone": MANAGER_PHONE, "email": "wang@example.com"},
            {"id": "zhao", "name": "Zhao", "rung": "on_call", "phone": "+8613712345678"},
        ],
    }
    return Centre.model_validate(fields | changes)


def owner(**changes: Any) -> Owner:
    fields: dict[str, Any] = {
        "id": "owner-1",
        "centre_id": CENTRE,
        "name": "Lin",
        "locale": "zh-CN",
        "zone": "Asia/Shanghai",
        "phones": [{"number": OWNER_PHONE, "kind": "mobile"}],
        "emails": [{"address": OWNER_EMAIL}],
    }
    return Owner.model_validate(fields | changes)


def consent(channel: str | None, purpose: str | None, *, granted: bool, at: datetime) -> Consent:
    return Consent.model_validate(
        {"channel": channel, "purpose": purpose, "granted": granted, "at": at, "how": "form", "source": "form-1"}
    )


def request(id_: str = "n-1", **changes: Any) -> dict[str, Any]:
    """A `NotificationRequested`: a routine service message to owner-1 unless said otherwise."""
    fields: dict[str, Any] = {
        "type": "notification_requested",
        "notification_id": id_,
        "kind": "explanation_ready",
        "purpose": "service",
        "urgency": "routine",
        "centre_id": CENTRE,
        "to": {"owner_id": "owner-1"},
        "locale": "zh-CN",
        "subject": "您的账单说明",
        "text": "您的账单说明已经准备好了。",
        "url": "https://care.example/links/abc",
        "requested_at": NOON.isoformat(),
    }
    return fields | changes


def call_made(id_: str = "call-1", *, at: datetime = NOON, counts: bool = True, **changes: Any) -> dict[str, Any]:
    """A `ContactMade`: outreach called owner-1."""
    fields: dict[str, Any] = {
        "type": "contact_made",
        "contact_id": id_,
        "owner_id": "owner-1",
        "channel": "call",
        "purpose": "marketing",
        "at": at.isoformat(),
        "counts": counts,
    }
    return fields | changes


def page(id_: str = "page-1", **changes: Any) -> dict[str, Any]:
    """An urgent page to the manager."""
    fields = {"kind": "case_raised", "urgency": "urgent", "to": {"staff_id": "wang"}, "subject": "有客户很生气"}
    return request(id_, **(fields | changes))


# ruff: noqa: ARG002  the fakes have the signatures of what they stand for
class MemoryNotices(NoticesTable):
    """The Notifications table in memory: the same conditions, without DynamoDB."""

    def __init__(self) -> None:
        self.notices: dict[str, Notice] = {}
        self.people: dict[str, PersonRecord] = {}
        self.addresses: dict[str, AddressRecord] = {}

    def find_notice(self, key: str) -> Notice | None:
        return self.notices.get(key)

    def find_person(self, person: str) -> PersonRecord:
        return self.people.get(person, PersonRecord(person))

    def find_address(self, digest: str) -> AddressRecord:
        return self.addresses.get(digest, AddressRecord(digest))

    def save(self, notice: Notice) -> bool:
        stored = self.notices.get(notice.key)
        if (stored.rev if stored else 0) != notice.rev - 1:
            return False
        self.notices[notice.key] = notice
        return True

    def claim(
        self, notice: Notice, person: PersonRecord | None, address: AddressRecord | None, at: datetime
    ) -> Literal["claimed", "moved", "outdated"]:
        if person is not None and self.find_person(person.person).rev != person.rev - 1:
            return "outdated"
        if address is not None and self.find_address(address.digest).rev != address.rev:
            return "outdated"
        if not self.save(notice):
            return "moved"
        if person is not None:
            self.people[person.person] = person
        return "claimed"

    def stop_person(self, person: str, stops: Any, at: datetime) -> bool:
        known = self.find_person(person)
        added = {stop: at for stop in stops if stop not in known.stops or known.stops[stop] < at}
        self.people[person] = replace(known, rev=known.rev + 1, stops={**known.stops, **added})
        return bool(added)

    def note_contact(self, person: str, key: str, at: datetime, purpose: str, *, since: datetime) -> bool:
        known = self.find_person(person)
        if not known.hears_of(key, purpose):
            return False
        self.people[person] = known.with_contact(key, at, purpose, since=since)
        return True

    def stop_address(self, digest: str, at: datetime) -> bool:
        known = self.find_address(digest)
        self.addresses[digest] = replace(known, rev=known.rev + 1, stopped_at=at)
        return True

    def resume_address(self, digest: str, at: datetime) -> bool:
        known = self.find_address(digest)
        self.addresses[digest] = replace(known, rev=known.rev + 1, stopped_at=None)
        return True

    def suppress_address(self, digest: str, why: str, at: datetime) -> bool:
        known = self.find_address(digest)
        if known.suppressed:
            return False
        self.addresses[digest] = replace(known, rev=known.rev + 1, suppressed=why)
        return True

    def due(self, bucket: int, now: datetime) -> Any:
        if bucket:
            return
        yield [key for key, notice in self.notices.items() if notice.due_at is not None and notice.due_at <= now]


class Stopped(BaseException):
    """The worker was stopped, as Lambda stops one: nothing after it runs."""


@dataclass
class Sent:
    """One message that a provider was handed."""

    channel: str
    address: str
    text: str
    at: datetime
    notice: str = ""
    attempt: int = 0


@dataclass
class World:
    """Everything that a worker needs, with `sent` as what people got to see."""

    notices: NoticesTable = field(default_factory=MemoryNotices)
    now: datetime = NOON
    owners: dict[str, Owner] = field(default_factory=lambda: {"owner-1": owner()})
    centre: Centre = field(default_factory=centre)
    sent: list[Sent] = field(default_factory=list)
    queue: list[dict[str, Any]] = field(default_factory=list)
    outcomes: dict[str, list[Verdict]] = field(default_factory=dict)
    takes_replies: bool = True
    crash: Literal["", "before", "after"] = ""
    """The next time a provider is called, the worker is stopped before or after the provider takes the message."""

    # What the use case asks of the outside.

    def get_owner(self, owner_id: str) -> Owner:
        if owner_id not in self.owners:
            raise NotFound("there is no such owner")
        return self.owners[owner_id]

    def find(self, centre_id: str) -> Centre | None:
        return self.centre if centre_id == self.centre.id else None

    def put(self, message: Mapping[str, Any]) -> None:
        self.queue.append(json.loads(json.dumps(message)))

    def outcome(self, channel: str) -> Outcome:
        scripted = self.outcomes.get(channel, [])
        verdict = scripted.pop(0) if scripted else Verdict.ACCEPTED
        return Outcome(verdict, "scripted", "id-1" if verdict is Verdict.ACCEPTED else "")

    @property
    def parts(self) -> Parts:
        rules = contact_rules()
        outlets = Outlets(
            mail=_Mail(self),
            sms=_Sms(self, self.takes_replies),
            webhooks=_Webhooks(self),
            link_keys=_Keys(),
            webhook_secrets=_Secrets(),
            public_url="https://care.example",
            most_sms_segments=rules.most_sms_segments,
        )
        return Parts(self.notices, self, self, _Requests(self), outlets, rules)

    # What happens in it.

    def take_in(self, message: Mapping[str, Any]) -> None:
        """The worker gets a message."""
        take_in_message(message, self.parts, self.now)

    def drain(self) -> None:
        """The worker works off its queue."""
        while self.queue:
            self.take_in(self.queue.pop(0))

    def wait(self, **time: float) -> None:
        """Time passes, and the timer ticks at its end."""
        self.now += timedelta(**time)
        self.tick()

    def tick(self) -> None:
        """The timer ticks, and the worker does what it says."""
        send_due(self.notices, _Requests(self), self.now)
        self.drain()

    def notice(self, id_: str = "n-1") -> Notice:
        """A stored notice."""
        found = self.notices.find_notice(notice_key(id_))
        assert found is not None
        return found

    def state(self, id_: str = "n-1") -> State | None:
        """Where a notice stands."""
        return self.notice(id_).state

    def channels(self) -> list[str]:
        """What people were reached by, in order."""
        return [sent.channel for sent in self.sent]


@dataclass
class _Requests:
    world: World

    def send(self, message: Mapping[str, Any]) -> None:
        self.world.put(message)

    def send_all(self, messages: Sequence[Mapping[str, Any]]) -> None:
        for message in messages:
            self.world.put(message)


def _seen(world: World, outcome: Outcome, sent: Sent) -> Outcome:
    """An unknown outcome is the worst case: the person got it, and nobody knows."""
    crash, world.crash = world.crash, ""
    if crash == "before":
        raise Stopped
    if outcome.verdict in (Verdict.ACCEPTED, Verdict.UNKNOWN):
        world.sent.append(sent)
    if crash == "after":
        raise Stopped
    return outcome


@dataclass
class _Mail:
    world: World

    def send(self, letter: Letter) -> Outcome:
        sent = Sent("email", letter.to, letter.text, self.world.now, letter.notice, letter.attempt)
        return _seen(self.world, self.world.outcome("email"), sent)


@dataclass
class _Sms:
    world: World
    takes_replies: bool

    def send(self, number: str, text: str, *, promotional: bool) -> Outcome:
        return _seen(self.world, self.world.outcome("sms"), Sent("sms", number, text, self.world.now))


@dataclass
class _Webhooks:
    world: World

    def send(self, post: Post, at: int) -> Outcome:
        return _seen(self.world, self.world.outcome("webhook"), Sent("webhook", post.url, post.text, self.world.now))


class _Keys:
    def current(self) -> bytes:
        return b"key"


class _Secrets:
    def find(self, name: str) -> str:
        return ""
