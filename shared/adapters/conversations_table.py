"""The Conversations table: the one place that knows its keys and the indexes it is found by.

pk / sk:
    `CONVERSATION#<centre>#<id>` / `HEAD`              the conversation as it is now, with all the next message needs
    `CONVERSATION#<centre>#<id>` / `MESSAGE#<order>`   a message, and what the conversation came to with it
    `CONVERSATION#<centre>#<id>` / `SEEN#<message id>` that a message was taken in, so that it is once; expires
    `CONVERSATION#<centre>#<id>` / `EPISODE#<number>`  an episode that is over
    `CONVERSATION#<centre>#<id>` / `STEP#<key>`        a step of a delay that was taken, so that it is once
An `outbox` on a message or step holds what other rooms are told; the table's stream sends it.
Indexes, all of heads only: due (sparse: next step of a delay, in buckets), awaiting (sparse: who waits for a reply of
a centre, with what a list shows), by_owner.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32

from botocore.exceptions import ClientError

from shared.adapters.cases_table import LostRace
from shared.domain.conversations import (
    Awaiting,
    Change,
    Conversation,
    Entry,
    Episode,
    Message,
    StepTaken,
    Trajectory,
    key_of,
)

HEAD, MESSAGE_PREFIX, EPISODE_PREFIX = "HEAD", "MESSAGE#", "EPISODE#"
BUCKETS = 8
"""Partitions of the index of delays: no bare status is a key, and a tick reads each once."""
MOST_REWRITTEN = 90
"""Later messages that are stored anew with a late one: a transaction takes a hundred items."""
_SEEN_IS_KEPT = timedelta(days=35)
"""Longer than a message can come back: a queue and its dead-letter queue keep it for 14 days each."""

type Item = dict[str, Any]


class AlreadyTakenIn(Exception):
    """The message, or the step, is stored already."""


class Page(NamedTuple):
    """Messages of a conversation, the newest first, and where the older ones begin."""

    entries: Sequence[Entry]
    older: str | None


class Waiting(NamedTuple):
    """Conversations that wait for a reply, the longest first, how many come before them, and whether more follow."""

    before: int
    found: Sequence[Awaiting]
    has_more: bool


def conversation_to_item(conversation: Conversation) -> Item:
    """A conversation as a DynamoDB item, with the index keys that its state asks for."""
    item = _key(conversation.key, HEAD) | {
        "body": {"S": conversation.model_dump_json()},
        "version": {"N": str(conversation.version)},
    }
    if conversation.owner_id is not None:
        started = conversation.started_at.isoformat()
        item |= {
            "owner_pk": {"S": f"OWNER#{conversation.owner_id}"},
            "owner_sk": {"S": f"{started}#{conversation.conversation_id}"},
        }
    if conversation.due_at is not None:
        item |= {
            "due_pk": {"S": f"DUE#{bucket_of(conversation.key)}"},
            "due_sk": {"S": f"{_second(conversation.due_at)}#{conversation.key}"},
        }
    awaiting = conversation.awaiting
    if awaiting is not None:
        item |= {
            "awaiting_pk": {"S": f"CENTRE#{conversation.centre_id}"},
            "awaiting_sk": {"S": awaiting.order},
            "awaiting": {"S": awaiting.model_dump_json(exclude_defaults=True)},
        }
    return item


def entry_to_item(key: str, entry: Entry) -> Item:
    """A message of the conversation `key` as a DynamoDB item."""
    return _key(key, f"{MESSAGE_PREFIX}{entry.message.order}") | {
        "body": {"S": entry.message.model_dump_json(exclude_none=True)},
        "trajectory": {"S": entry.trajectory.model_dump_json(exclude_defaults=True)},
        **_outbox(entry.outbox),
    }


def entry_from_item(item: Mapping[str, Any]) -> Entry:
    """A message out of a DynamoDB item."""
    return Entry(
        Message.model_validate_json(item["body"]["S"]),
        Trajectory.model_validate_json(item["trajectory"]["S"]),
        outbox_of(item),
    )


def outbox_of(item: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """What an item, as it is stored or as the stream shows it, has to tell other rooms."""
    if item is None or "outbox" not in item:
        return []
    found: list[dict[str, Any]] = json.loads(item["outbox"]["S"])
    return found


def bucket_of(key: str) -> int:
    """The partition of the index of delays that a conversation is in."""
    return crc32(key.encode()) % BUCKETS


class ConversationsTable:
    """Conversations in DynamoDB; what a use case changed is stored in one transaction."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def find(self, centre_id: str, conversation_id: str) -> Conversation | None:
        """A conversation as it is now, or None where there is none."""
        return self.find_by_key(key_of(centre_id, conversation_id))

    def find_by_key(self, key: str) -> Conversation | None:
        """The same, by the key that `due` gives."""
        answer = self._client.get_item(TableName=self._table, Key=_key(key, HEAD), ConsistentRead=True)
        return Conversation.model_validate_json(answer["Item"]["body"]["S"]) if "Item" in answer else None

    def message(self, key: str, order: str) -> Entry | None:
        """A message by its order, or None."""
        item_key = _key(key, f"{MESSAGE_PREFIX}{order}")
        answer = self._client.get_item(TableName=self._table, Key=item_key, ConsistentRead=True)
        return entry_from_item(answer["Item"]) if "Item" in answer else None

    def messages(self, key: str, limit: int, before: str | None = None) -> Page:
        """At most `limit` messages, the newest first; `before` an order, only older ones."""
        condition, values = "sk BETWEEN :first AND :last", {":first": {"S": MESSAGE_PREFIX}}
        values[":last"] = {"S": f"{MESSAGE_PREFIX}{before or '~'}"}
        entries = self._query(key, condition, values, limit=limit + 2, newest_first=True)
        entries = [entry for entry in entries if entry.message.order != before]
        older = entries[limit - 1].message.order if len(entries) > limit else None
        return Page(entries[:limit], older)

    def before(self, key: str, order: str) -> Entry | None:
        """The message before this order, or None where it is the first."""
        page = self.messages(key, 1, before=order)
        return page.entries[0] if page.entries else None

    def after(self, key: str, order: str, limit: int) -> Sequence[Entry]:
        """At most `limit` messages after this order, the oldest first."""
        values = {":first": {"S": f"{MESSAGE_PREFIX}{order}"}, ":last": {"S": f"{MESSAGE_PREFIX}~"}}
        found = self._query(key, "sk BETWEEN :first AND :last", values, limit=limit + 1, newest_first=False)
        return [entry for entry in found if entry.message.order != order][:limit]

    def episodes(self, key: str, limit: int = 50) -> Sequence[Episode]:
        """The episodes that are over, the newest first."""
        answer = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": f"CONVERSATION#{key}"}, ":prefix": {"S": EPISODE_PREFIX}},
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=limit,
        )
        return [Episode.model_validate_json(item["body"]["S"]) for item in answer["Items"]]

    def due(self, bucket: int, now: datetime, limit: int) -> Sequence[str]:
        """The keys of conversations of a bucket with a step due, the longest due first, at most `limit`."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due_pk = :bucket AND due_sk <= :now",
            # `~` sorts after every character of a key.
            ExpressionAttributeValues={":bucket": {"S": f"DUE#{bucket}"}, ":now": {"S": f"{_second(now)}#~"}},
            Limit=limit,
        )
        return [item["pk"]["S"].removeprefix("CONVERSATION#") for item in answer["Items"]]

    def awaiting(self, centre_id: str, limit: int, after: str | None = None) -> Waiting:
        """At most `limit` conversations that wait for a reply of a centre, the longest first; `after` an order, on."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="awaiting",
            KeyConditionExpression="awaiting_pk = :centre AND awaiting_sk > :first",
            ExpressionAttributeValues={":centre": {"S": f"CENTRE#{centre_id}"}, ":first": {"S": after or "!"}},
            Limit=limit + 1,
        )
        found = [Awaiting.model_validate_json(item["awaiting"]["S"]) for item in answer["Items"]]
        return Waiting(self._count_awaiting(centre_id, after) if after else 0, found[:limit], len(found) > limit)

    def _count_awaiting(self, centre_id: str, until: str) -> int:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="awaiting",
            KeyConditionExpression="awaiting_pk = :centre AND awaiting_sk <= :last",
            ExpressionAttributeValues={":centre": {"S": f"CENTRE#{centre_id}"}, ":last": {"S": until}},
            Select="COUNT",
        )
        return sum(int(page["Count"]) for page in pages)

    def save(self, change: Change, now: datetime) -> None:
        """Store a change whole: the conversation at its next version, the message, what it moved, the step taken.

        Raises AlreadyTakenIn when the message or step is stored already, LostRace when the conversation has changed
        since it was read.
        """
        key = change.after.key
        once = list(self._put_once(key, change, now))
        writes = [*once, self._put_head(change)]
        entries = [*([change.entry] if change.entry is not None else []), *change.rewritten]
        writes += [self._put(entry_to_item(key, entry)) for entry in entries]
        if change.ended is not None:
            body = {"body": {"S": change.ended.model_dump_json()}}
            writes.append(self._put(_key(key, f"{EPISODE_PREFIX}{change.ended.number:06d}") | body))
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            codes = _reasons(error)
            if "ConditionalCheckFailed" in codes[: len(once)]:
                raise AlreadyTakenIn from None
            if codes and set(codes) <= {"None", "ConditionalCheckFailed", "TransactionConflict"}:
                raise LostRace("the conversation has changed in between") from None
            raise

    def _put_once(self, key: str, change: Change, now: datetime) -> Iterator[Item]:
        if change.entry is not None:
            expires_at = {"expires_at": {"N": str(int((now + _SEEN_IS_KEPT).timestamp()))}}
            yield self._put_new(_key(key, f"SEEN#{change.entry.message.message_id}") | expires_at)
        if change.step is not None:
            yield self._put_new(_step_to_item(key, change.step))

    def _put_head(self, change: Change) -> Item:
        item = conversation_to_item(change.after)
        if change.before is None:
            return self._put_new(item)
        put = self._put(item)
        put["Put"]["ConditionExpression"] = "version = :before"
        put["Put"]["ExpressionAttributeValues"] = {":before": {"N": str(change.before.version)}}
        return put

    def _put(self, item: Item) -> Item:
        return {"Put": {"TableName": self._table, "Item": item}}

    def _put_new(self, item: Item) -> Item:
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _query(
        self, key: str, condition: str, values: Mapping[str, Any], *, limit: int, newest_first: bool
    ) -> list[Entry]:
        arguments: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": f"pk = :pk AND {condition}",
            "ExpressionAttributeValues": {":pk": {"S": f"CONVERSATION#{key}"}, **values},
            "ScanIndexForward": not newest_first,
            "ConsistentRead": True,
        }
        found: list[Entry] = []
        while len(found) < limit:
            answer = self._client.query(**arguments, Limit=limit - len(found))
            found += [entry_from_item(item) for item in answer["Items"]]
            if "LastEvaluatedKey" not in answer:
                break
            arguments["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
        return found


def _step_to_item(key: str, step: StepTaken) -> Item:
    told = {"at": step.at.isoformat(), "kind": step.kind.value, "step": step.step}
    return _key(key, f"STEP#{step.key}") | {"body": {"S": json.dumps(told)}, **_outbox(step.outbox)}


def _second(at: datetime) -> str:
    """A time of the index: to the second, in UTC, so that texts sort as times do."""
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _outbox(messages: Sequence[Any]) -> Item:
    return {"outbox": {"S": json.dumps(list(messages), ensure_ascii=False)}} if messages else {}


def _key(key: str, sk: str) -> Item:
    return {"pk": {"S": f"CONVERSATION#{key}"}, "sk": {"S": sk}}


def _reasons(error: ClientError) -> list[str]:
    """Why each item of a transaction failed; empty for any other error."""
    code = error.response["Error"]["Code"]
    if code == "TransactionConflictException":
        return ["TransactionConflict"]
    if code != "TransactionCanceledException":
        return []
    reasons: Any = error.response.get("CancellationReasons", [])
    return [str(reason.get("Code", "None")) for reason in reasons]
