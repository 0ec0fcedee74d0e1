"""The Notifications table: what became of every notice, whom we contacted when, and who said stop.

    pk NOTICE#<key>      sk NOTICE    one notice and where it stands; `rev` counts its changes
    pk PERSON#<person>   sk PERSON    when we contacted a person, and the mails they unsubscribed from; `rev` as above
    pk ADDRESS#<digest>  sk ADDRESS   an address that bounced, complained or said STOP; `rev` counts these, and whose

Index by_due: `DUE#<bucket>`, `<due at>#<key>`: only notices that somebody has yet to look at, spread over DUE_BUCKETS.
Index by_owner: `OWNER#<owner id>`: what is about an owner, to be shown or erased at their wish.
Addresses are kept as digests: they are compared here, never read.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal
from zlib import crc32

from botocore.exceptions import ClientError

DUE_BUCKETS = 4
NOT_COUNTED = "none"
"""Stands for the purpose of a contact that reached somebody else: no cap counts it."""
NOTICE_SK, PERSON_SK, ADDRESS_SK = "NOTICE", "PERSON", "ADDRESS"
# Longer than anything is redelivered (14 days in a queue, 14 in its dead-letter queue), and a year to look back.
KEPT_FOR = timedelta(days=400)
_PAGE = 100


class State(StrEnum):
    """Where a notice stands. See TRANSITIONS for what may follow."""

    PENDING = "pending"
    SENDING = "sending"
    IN_DOUBT = "in_doubt"
    SENT = "sent"
    WITHHELD = "withheld"
    FAILED = "failed"


TRANSITIONS: Mapping[State | None, frozenset[State]] = {
    None: frozenset({State.PENDING, State.SENDING, State.WITHHELD, State.FAILED}),
    State.PENDING: frozenset({State.PENDING, State.SENDING, State.SENT, State.WITHHELD, State.FAILED}),
    State.SENDING: frozenset({State.PENDING, State.SENT, State.IN_DOUBT}),
    State.IN_DOUBT: frozenset({State.PENDING, State.SENDING, State.SENT, State.WITHHELD, State.FAILED}),
    State.SENT: frozenset(),
    State.WITHHELD: frozenset(),
    State.FAILED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one recipient. `rev` 0 is one that is not stored yet.

    `due_at` is when somebody has to look at it again; a notice without it is finished, or in doubt for good.
    `request` is what to say, kept only as long as it may still be said. `exhausted` are channels that will not take it.
    """

    key: str
    notification_id: str
    kind: str
    purpose: str
    urgency: str
    centre_id: str
    recipient: str
    request: Mapping[str, Any] | None
    state: State | None = None
    rev: int = 0
    due_at: datetime | None = None
    reason: str = ""
    channel: str = ""
    provider_id: str = ""
    attempts: int = 0
    doubts: int = 0
    waits: int = 0
    exhausted: tuple[str, ...] = ()
    times: Mapping[str, str] = field(default_factory=dict)

    def moved(self, state: State, at: datetime, **changes: Any) -> "Notice":
        """The same notice in its next state; the time of each state is kept.

        Raises ValueError for a step that TRANSITIONS does not know.
        """
        if state not in TRANSITIONS[self.state]:
            raise ValueError(f"a notice cannot go from {self.state} to {state}")
        times = {**self.times, state.value: _iso(at)}
        changes.setdefault("due_at", None)
        moved = replace(self, state=state, rev=self.rev + 1, times=times, **changes)
        return moved if moved.due_at is not None else replace(moved, request=None)


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """A person's contacts (key → time, class), and since when they want no more: (channel, purpose) → time."""

    person: str
    rev: int = 0
    contacts: Mapping[str, tuple[datetime, str]] = field(default_factory=dict)
    stops: Mapping[tuple[str, str], datetime] = field(default_factory=dict)

    def with_contact(self, key: str, at: datetime, purpose: str, *, since: datetime) -> "PersonRecord":
        """The next record: one contact more, or another word about it; those not after `since` count no longer."""
        counting = {other: kept for other, kept in self.contacts.items() if kept[0] > since}
        return replace(self, rev=self.rev + 1, contacts={**counting, key: (at, purpose)})

    def hears_of(self, key: str, purpose: str) -> bool:
        """Whether that is news about a contact: a first word, or that it is not to be counted, which is the last."""
        known = self.contacts.get(key)
        return known is None or (purpose == NOT_COUNTED and known[1] != NOT_COUNTED)


@dataclass(frozen=True, slots=True)
class AddressRecord:
    """What is known of an address: why nothing may go there any more, and what its holder last texted."""

    digest: str
    rev: int = 0
    suppressed: str = ""
    stopped_at: datetime | None = None


def notice_key(notification_id: str) -> str:
    """The key of a notice: short, and of letters that SES allows in a tag."""
    return sha256(notification_id.encode()).hexdigest()[:40]


def address_digest(channel: str, address: str) -> str:
    """What stands for an address in this table."""
    return sha256(f"{channel}\0{address.strip().lower()}".encode()).hexdigest()


def due_bucket(key: str) -> str:
    """The partition of the index that a notice waits in."""
    return f"DUE#{crc32(key.encode()) % DUE_BUCKETS}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _keys(kind: str, key: str) -> dict[str, Any]:
    return {"pk": {"S": f"{kind}#{key}"}, "sk": {"S": kind}}


_TEXTS = ("notification_id", "kind", "purpose", "urgency", "centre_id", "recipient", "reason", "channel", "provider_id")
_COUNTS = ("rev", "attempts", "doubts", "waits")


def notice_to_item(notice: Notice) -> dict[str, Any]:
    """A notice as a DynamoDB item; in the index only while it is due."""
    assert notice.state is not None  # noqa: S101  only moved notices are stored
    item = _keys("NOTICE", notice.key) | {name: {"S": getattr(notice, name)} for name in _TEXTS}
    item |= {name: {"N": str(getattr(notice, name))} for name in _COUNTS}
    item["state"] = {"S": notice.state.value}
    item["times"] = {"M": {name: {"S": at} for name, at in notice.times.items()}}
    item["exhausted"] = {"L": [{"S": channel} for channel in notice.exhausted]}
    last = max(datetime.fromisoformat(at) for at in notice.times.values())
    item["expires_at"] = {"N": str(int((last + KEPT_FOR).timestamp()))}
    item |= _owned(notice.recipient, notice.key)
    if notice.request is not None:
        item["request"] = {"S": json.dumps(notice.request, ensure_ascii=False)}
    if notice.due_at is not None:
        item["due_pk"] = {"S": due_bucket(notice.key)}
        item["due_sk"] = {"S": f"{_iso(notice.due_at)}#{notice.key}"}
    return item


def notice_from_item(item: Mapping[str, Any]) -> Notice:
    """A notice out of a DynamoDB item."""
    due = item["due_sk"]["S"].partition("#")[0] if "due_sk" in item else None
    values: dict[str, Any] = {name: item[name]["S"] for name in _TEXTS}
    values |= {name: int(item[name]["N"]) for name in _COUNTS}
    return Notice(
        key=item["pk"]["S"].partition("#")[2],
        request=json.loads(item["request"]["S"]) if "request" in item else None,
        state=State(item["state"]["S"]),
        due_at=datetime.fromisoformat(due) if due else None,
        exhausted=tuple(channel["S"] for channel in item["exhausted"]["L"]),
        times={name: at["S"] for name, at in item["times"]["M"].items()},
        **values,
    )


class NoticesTable:
    """Notices, people's contacts and suppressed addresses in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find_notice(self, key: str) -> Notice | None:
        """A notice, read consistently, or None."""
        item = self._item(_keys("NOTICE", key))
        return notice_from_item(item) if item else None

    def find_person(self, person: str) -> PersonRecord:
        """What is known of a person, read consistently; `rev` 0 where nothing is."""
        return person_from_item(person, self._item(_keys("PERSON", person)) or {})

    def find_address(self, digest: str) -> AddressRecord:
        """What is known of an address, read consistently; `rev` 0 where nothing is."""
        return address_from_item(digest, self._item(_keys("ADDRESS", digest)) or {})

    def save(self, notice: Notice) -> bool:
        """Store the next state of a notice; False when somebody else moved it first."""
        return self._if_holds(self._client.put_item, **self._put_notice(notice))

    def claim(
        self, notice: Notice, person: PersonRecord | None, address: AddressRecord | None, at: datetime
    ) -> Literal["claimed", "moved", "outdated"]:
        """Store that a notice is now being sent, count the contact, and remember whose address it is: all or nothing.

        "moved": somebody else moved the notice first. "outdated": the person or the address has changed since they
        were read, so decide anew.
        """
        steps: list[dict[str, Any]] = [{"Put": self._put_notice(notice)}]
        if person is not None:
            steps.append({"Put": self._put_person(person)})
        if address is not None:
            steps.append(self._check_address(address, person, at))
        try:
            self._client.transact_write_items(TransactItems=steps)
        except ClientError as error:
            if error.response["Error"]["Code"] != "TransactionCanceledException":
                raise
            reasons = [reason.get("Code", "None") for reason in error.response["CancellationReasons"]]
            known = {"None", "ConditionalCheckFailed", "TransactionConflict"}
            if not set(reasons) <= known:
                raise
            return "moved" if reasons[0] == "ConditionalCheckFailed" else "outdated"
        return "claimed"

    def settle(self, key: str, attempt: int, at: datetime, provider_id: str) -> bool:
        """Record that the provider did take the latest attempt, as its own event proves; whether that was news."""
        while (notice := self.find_notice(key)) is not None:
            if notice.attempts != attempt or State.SENT not in TRANSITIONS[notice.state]:
                return False
            if self.save(notice.moved(State.SENT, at, provider_id=provider_id)):
                return True
        return False

    def stop_person(self, person: str, stops: Iterable[tuple[str, str]], at: datetime) -> bool:
        """Record that a person wants no more of some (channel, purpose); whether that was news."""
        known = self.find_person(person)
        added = {stop: at for stop in stops if stop not in known.stops or known.stops[stop] < at}
        if not added:
            return False
        stopped = replace(known, rev=known.rev + 1, stops={**known.stops, **added})
        if not self._if_holds(self._client.put_item, **self._put_person(stopped)):
            return self.stop_person(person, added, at)  # somebody contacted them meanwhile
        return True

    def note_contact(self, person: str, key: str, at: datetime, purpose: str, *, since: datetime) -> bool:
        """Count a contact that another room made, or with NOT_COUNTED count it no longer; whether that was news."""
        known = self.find_person(person)
        if not known.hears_of(key, purpose):
            return False
        counted = known.with_contact(key, at, purpose, since=since)
        if not self._if_holds(self._client.put_item, **self._put_person(counted)):
            return self.note_contact(person, key, at, purpose, since=since)  # somebody contacted them meanwhile
        return True

    def stop_address(self, digest: str, at: datetime) -> bool:
        """Record that the holder of a number texted STOP; whether that was news. Of the same time, STOP counts."""
        return self._change_address(
            digest,
            "SET stopped_at = :at REMOVE resumed_at, expires_at ADD rev :one",
            "(attribute_not_exists(stopped_at) OR stopped_at < :at)"
            " AND (attribute_not_exists(resumed_at) OR resumed_at <= :at)",
            at,
        )

    def resume_address(self, digest: str, at: datetime) -> bool:
        """Record that the holder of a number texted START; whether that was news."""
        return self._change_address(
            digest,
            "SET resumed_at = :at REMOVE stopped_at ADD rev :one",
            "(attribute_not_exists(stopped_at) OR stopped_at < :at)"
            " AND (attribute_not_exists(resumed_at) OR resumed_at < :at)",
            at,
        )

    def suppress_address(self, digest: str, why: str, at: datetime) -> bool:
        """Record that nothing may go to an address any more; whether that was news."""
        return self._if_holds(
            self._client.update_item,
            TableName=self._table,
            Key=_keys("ADDRESS", digest),
            UpdateExpression="SET suppressed = :why, suppressed_at = :at REMOVE expires_at ADD rev :one",
            ConditionExpression="attribute_not_exists(suppressed)",
            ExpressionAttributeValues={":why": {"S": why}, ":at": {"S": _iso(at)}, ":one": {"N": "1"}},
        )

    def due(self, bucket: int, now: datetime) -> Iterator[Sequence[str]]:
        """The keys of the notices of one bucket that are due, the longest due first, a page at a time."""
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "IndexName": "by_due",
            "KeyConditionExpression": "due_pk = :bucket AND due_sk < :end",
            "ExpressionAttributeValues": {
                ":bucket": {"S": f"DUE#{bucket}"},
                ":end": {"S": f"{_iso(now + timedelta(seconds=1))}"},
            },
            "Limit": _PAGE,
        }
        while True:
            page = self._client.query(**arguments)
            yield [item["pk"]["S"].partition("#")[2] for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    # ------------------------------------------------------------------------------------------------------- inside

    def _item(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def _put_notice(self, notice: Notice) -> dict[str, Any]:
        return self._put(notice_to_item(notice), notice.rev - 1)

    def _put_person(self, person: PersonRecord) -> dict[str, Any]:
        return self._put(person_to_item(person), person.rev - 1)

    def _put(self, item: dict[str, Any], replaces: int) -> dict[str, Any]:
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(pk)"}
        if replaces:
            condition = {
                "ConditionExpression": "rev = :replaces",
                "ExpressionAttributeValues": {":replaces": {"N": str(replaces)}},
            }
        return {"TableName": self._table, "Item": item, **condition}

    def _check_address(self, address: AddressRecord, person: PersonRecord | None, at: datetime) -> dict[str, Any]:
        """Nothing was heard about the address since it was read; and whose it is, so that a STOP has a name."""
        step: dict[str, Any] = {"TableName": self._table, "Key": _keys("ADDRESS", address.digest)}
        values: dict[str, Any] = {}
        step["ConditionExpression"] = "attribute_not_exists(rev)"
        if address.rev:
            step["ConditionExpression"] = "rev = :rev"
            values[":rev"] = {"N": str(address.rev)}
        if person is None:
            return {"ConditionCheck": step | ({"ExpressionAttributeValues": values} if values else {})}
        step["UpdateExpression"] = "SET expires_at = :expires ADD people :people"
        values |= {":people": {"SS": [person.person]}, ":expires": {"N": str(int((at + KEPT_FOR).timestamp()))}}
        return {"Update": step | {"ExpressionAttributeValues": values}}

    def _change_address(self, digest: str, update: str, condition: str, at: datetime) -> bool:
        return self._if_holds(
            self._client.update_item,
            TableName=self._table,
            Key=_keys("ADDRESS", digest),
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeValues={":at": {"S": _iso(at)}, ":one": {"N": "1"}},
        )

    def _if_holds(self, call: Any, **arguments: Any) -> bool:
        try:
            call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _owned(recipient: str, sk: str) -> dict[str, Any]:
    """Enters what is about an owner into the index by which their personal data is found, and erased."""
    kind, _, owner_id = recipient.partition("#")
    return {"owner_pk": {"S": f"OWNER#{owner_id}"}, "owner_sk": {"S": sk}} if kind == "owner" else {}


def person_to_item(person: PersonRecord) -> dict[str, Any]:
    """A person's record as a DynamoDB item."""
    stops = [
        {"channel": channel, "purpose": purpose, "at": _iso(at)} for (channel, purpose), at in person.stops.items()
    ]
    return _keys("PERSON", person.person) | {
        "rev": {"N": str(person.rev)},
        "contacts": {"M": {key: {"S": f"{_iso(at)} {purpose}"} for key, (at, purpose) in person.contacts.items()}},
        "stops": {"S": json.dumps(stops)},
        **_owned(person.person, PERSON_SK),
    }


def person_from_item(person: str, item: Mapping[str, Any]) -> PersonRecord:
    """A person's record out of a DynamoDB item, or the first one where there is none."""
    if not item:
        return PersonRecord(person)
    contacts = {key: value["S"].split(" ") for key, value in item["contacts"]["M"].items()}
    return PersonRecord(
        person,
        rev=int(item["rev"]["N"]),
        contacts={key: (datetime.fromisoformat(at), purpose) for key, (at, purpose) in contacts.items()},
        stops={
            (stop["channel"], stop["purpose"]): datetime.fromisoformat(stop["at"])
            for stop in json.loads(item["stops"]["S"])
        },
    )


def address_from_item(digest: str, item: Mapping[str, Any]) -> AddressRecord:
    """An address's record out of a DynamoDB item."""
    stopped = item.get("stopped_at")
    return AddressRecord(
        digest,
        rev=int(item.get("rev", {"N": "0"})["N"]),
        suppressed=item.get("suppressed", {"S": ""})["S"],
        stopped_at=datetime.fromisoformat(stopped["S"]) if stopped else None,
    )
