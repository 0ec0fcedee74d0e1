"""The Cases table: cases with their timeline, what keeps them apart, and the indexes they are found by.

pk / sk:
    `CASE#<case id>` / `CASE`              the case as it is now; or `alias_of`, when the id stands for another
    `CASE#<case id>` / `ENTRY#<number>`    the timeline, append-only; its stream tells people
    `CASE#<case id>` / `PROMISE#<id>`      a promise as reports read it; the case holds the same
    `REQUEST#<key>` / `REQUEST`            a request that was dealt with, so that it is dealt with once; expires
    `OPEN#<centre>#<kind>#<key>` / `OPEN`  the open case of a conversation or bill: there is one at most; or, while a
                                           conversation has none, what staff answered in it (`answers`); expires
Indexes, all sparse: due (next deadline, in buckets), open_cases (ranked, by centre), by_week (cases by the week they
were opened in, promises by the week they are due in, false alarms by the week they were marked in), by_owner.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zlib import crc32
from zoneinfo import ZoneInfo

from botocore.exceptions import ClientError

from shared.domain.cases import FALSE_ALARM, Case, Change, Entry, KeptAnswers, Promise, StaffAnswer, State
from shared.domain.errors import Conflict, NotFound

CASE, ENTRY_PREFIX, PROMISE_PREFIX, FALSE_ALARMS = "CASE", "ENTRY#", "PROMISE#", "FALSE_ALARMS"
BUCKETS = 8
"""Partitions of the index of deadlines: no bare status is a key, and a tick reads each once."""
_REQUESTS_ARE_KEPT = timedelta(days=35)
"""Longer than a message can come back: a queue and its dead-letter queue keep it for 14 days each."""
_LOST_RACES = ("ConditionalCheckFailed", "TransactionConflict")

type Item = dict[str, Any]


class LostRace(Conflict):
    """Somebody else changed the case, or dealt with the request, in between: read again and decide anew."""


class Found(NamedTuple):
    """What a request meets: the case that dealt with it already, and what stands where it wants to go."""

    was_done: bool
    done_in: str | None
    """None where it was not dealt with, or has led to no case."""
    holders: Mapping[str, str]
    """The open case of each link that has one."""
    proposed_stands_for: str | None
    """The case that the proposed id leads to, where it is taken."""
    kept: Mapping[str, KeptAnswers]
    """The answers that wait for a case of each link that has none, where there are any."""


def case_to_item(case: Case) -> Item:
    """A case as a DynamoDB item, with the index keys that its state asks for."""
    item = _key(case.case_id, CASE) | {
        "body": {"S": case.model_dump_json()},
        "version": {"N": str(case.version)},
        "centre_id": {"S": case.centre_id},
        "week_pk": {"S": _week_key(case, case.opened_at)},
        "week_sk": {"S": f"{CASE}#{case.opened_at.isoformat()}#{case.case_id}"},
    }
    if case.owner_id is not None:
        item |= {"owner_pk": {"S": f"OWNER#{case.owner_id}"}, "owner_sk": {"S": f"{case.opened_at.isoformat()}"}}
    if case.is_open:
        item |= {"open_pk": {"S": f"CENTRE#{case.centre_id}"}, "open_sk": {"S": case.rank_key}}
    if case.next_event_at is not None:
        item |= {
            "due_pk": {"S": f"DUE#{bucket_of(case.case_id)}"},
            "due_sk": {"S": f"{case.next_event_at.isoformat()}#{case.case_id}"},
        }
    return item


def case_from_item(item: Mapping[str, Any]) -> Case:
    """A case out of a DynamoDB item."""
    return Case.model_validate_json(item["body"]["S"])


def entry_to_item(entry: Entry) -> Item:
    """An entry of the timeline as a DynamoDB item."""
    return _key(entry.case_id, f"{ENTRY_PREFIX}{entry.seq:06d}") | {"body": {"S": entry.model_dump_json()}}


def entry_from_item(item: Mapping[str, Any]) -> Entry:
    """An entry of the timeline out of a DynamoDB item or a record of the stream."""
    return Entry.model_validate_json(item["body"]["S"])


def bucket_of(case_id: str) -> int:
    """The partition of the index of deadlines that a case is in."""
    return crc32(case_id.encode()) % BUCKETS


def week_of(at: date) -> str:
    """The ISO week of a day, or of a moment by its own clock: `2026-W47`."""
    year, week, _ = at.isocalendar()
    return f"{year}-W{week:02d}"


class CasesTable:
    """Cases in DynamoDB; what a use case changed is stored in one transaction."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get(self, case_id: str) -> Case:
        """A case by its id or by one that stands for it. Raises NotFound."""
        item = self._item(case_id)
        if item is not None and "alias_of" in item:
            item = self._item(item["alias_of"]["S"])
        if item is None:
            raise NotFound("there is no such case")
        return case_from_item(item)

    def timeline(self, case_id: str) -> Sequence[Entry]:
        """Everything that happened in a case, the oldest first."""
        pages = self._pages(
            KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
            ExpressionAttributeValues={":pk": {"S": f"CASE#{case_id}"}, ":prefix": {"S": ENTRY_PREFIX}},
            ConsistentRead=True,
        )
        return [entry_from_item(item) for item in pages]

    def find(self, request_id: str, links: Sequence[str], proposed: str | None) -> Found:
        """What a request meets, in one consistent read."""
        request, opens = _request_key(request_id), {link: _open_key(link) for link in links}
        keys = [request, *opens.values()] + ([_key(proposed, CASE)] if proposed else [])
        answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
        if answer.get("UnprocessedKeys"):
            raise LostRace("the table could not be read whole")
        items = {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"][self._table]}
        done = items.get(_plain(request))
        taken = items.get(_plain(_key(proposed, CASE))) if proposed else None
        held = {link: items[_plain(key)] for link, key in opens.items() if _plain(key) in items}
        return Found(
            was_done=done is not None,
            done_in=done["case_id"]["S"] if done is not None and "case_id" in done else None,
            holders={link: item["case_id"]["S"] for link, item in held.items() if "case_id" in item},
            proposed_stands_for=None if taken is None else taken.get("alias_of", {"S": proposed})["S"],
            kept={link: _kept_from_item(item) for link, item in held.items() if "answers" in item},
        )

    def open_case_of(self, link: str) -> str | None:
        """The open case of `<centre>#conversation#<id>` or `<centre>#bill#<id>`, for other rooms to read."""
        answer = self._client.get_item(TableName=self._table, Key=_open_key(link), ConsistentRead=True)
        found: str | None = answer.get("Item", {}).get("case_id", {}).get("S")
        return found

    def keep_answer(self, link: str, kept: KeptAnswers, answer: StaffAnswer, request_id: str, now: datetime) -> None:
        """Keep an answer for the case that may yet be opened for this link, beside those that were read.

        Raises LostRace when a case has taken the link, or another answer was kept, in between.
        """
        after = kept.with_answer(answer)
        kept_until = {"expires_at": {"N": str(_expiry(now))}}
        writes = [
            self._put_open(link, _kept_to_item(after) | kept_until, kept.rev),
            self._put_new(_request_key(request_id) | kept_until),
        ]
        self._write(writes, "the conversation has changed in between")

    def let_go(self, link: str, case_id: str) -> None:
        """Free a link that a case holds which was erased; a link that another case took since stays its own."""
        try:
            self._client.delete_item(
                TableName=self._table,
                Key=_open_key(link),
                ConditionExpression="case_id = :gone",
                ExpressionAttributeValues={":gone": {"S": case_id}},
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise

    def save(self, change: Change, now: datetime) -> None:
        """Store a change whole: the case at its next version, its entries, its locks and the request's key.

        Raises LostRace when the case has changed since it was read, when another case is open for one of its links, or
        when the request was dealt with in between.
        """
        before, case = change.before, change.case
        writes = [self._put_case(change)]
        # Their numbers are free, since the case is at the version that was read.
        writes += [self._put(entry_to_item(entry) | _listed(case, entry)) for entry in change.entries]
        writes += [self._put(_promise_item(case, promise)) for promise in _changed_promises(before, case)]
        holder = {"case_id": {"S": case.case_id}}
        taken = _held(case) - _held(before)
        writes += [self._put_open(link, holder, change.answers_read.get(link, 0)) for link in taken]
        writes += [self._delete_open(link, case.case_id) for link in _held(before) - _held(case)]
        if change.request_id is not None:
            writes.append(self._put_new(_request_item(change.request_id, case.case_id, now)))
        if change.alias is not None:
            writes.append(self._put_alias(change.alias, case.case_id))
        self._write(writes, "the case has changed in between; look at it again")

    def was_done(self, request_id: str) -> bool:
        """Whether a request with this key was dealt with."""
        answer = self._client.get_item(TableName=self._table, Key=_request_key(request_id), ConsistentRead=True)
        return "Item" in answer

    def due(self, bucket: int, now: datetime, limit: int) -> Sequence[str]:
        """The cases of a bucket for which something is due, the longest due first, at most `limit`."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="due",
            KeyConditionExpression="due_pk = :bucket AND due_sk <= :now",
            # `~` sorts after every character of a case's id.
            ExpressionAttributeValues={":bucket": {"S": f"DUE#{bucket}"}, ":now": {"S": f"{now.isoformat()}#~"}},
            Limit=limit,
        )
        return [item["pk"]["S"].removeprefix("CASE#") for item in answer["Items"]]

    def open_cases(self, centre_id: str, limit: int = 200) -> Sequence[Case]:
        """The open cases of a centre in the order in which they should be dealt with, at most `limit`."""
        return [case_from_item(item) for item in self._query("open_cases", "open_pk", f"CENTRE#{centre_id}", limit)]

    def place_of(self, case: Case) -> int | None:
        """The place of a case in its centre's queue, 1 being the next; None when it is not open."""
        if not case.is_open:
            return None
        values = {":centre": {"S": f"CENTRE#{case.centre_id}"}, ":mine": {"S": case.rank_key}}
        before, start = 0, dict[str, Any]()
        while True:
            answer = self._client.query(
                TableName=self._table,
                IndexName="open_cases",
                KeyConditionExpression="open_pk = :centre AND open_sk < :mine",
                ExpressionAttributeValues=values,
                Select="COUNT",
                **({"ExclusiveStartKey": start} if start else {}),
            )
            before, start = before + int(answer["Count"]), answer.get("LastEvaluatedKey", {})
            if not start:
                return before + 1

    def cases_of(self, owner_id: str, limit: int = 50) -> Sequence[Case]:
        """An owner's cases, the newest first, at most `limit`."""
        items = self._query("by_owner", "owner_pk", f"OWNER#{owner_id}", limit, newest_first=True)
        return [case_from_item(item) for item in items]

    def of_week(self, centre_id: str, week: str) -> tuple[Sequence[Case], Sequence[Promise]]:
        """The cases opened in a centre in an ISO week, and the promises that were due in it."""
        pages = self._pages(
            IndexName="by_week",
            KeyConditionExpression="week_pk = :week",
            ExpressionAttributeValues={":week": {"S": f"CENTRE#{centre_id}#{week}"}},
        )
        cases, promises = [], []
        for item in pages:
            if item["sk"]["S"] == CASE:
                cases.append(case_from_item(item))
            else:
                promises.append(Promise.model_validate_json(item["body"]["S"]))
        return cases, promises

    def false_alarms(self, centre_id: str, week: str) -> Sequence[Entry]:
        """The marks "not upset" that were made in a centre in an ISO week, the oldest first."""
        pages = self._pages(
            IndexName="by_week",
            KeyConditionExpression="week_pk = :week",
            ExpressionAttributeValues={":week": {"S": f"CENTRE#{centre_id}#{week}#{FALSE_ALARMS}"}},
        )
        return [entry_from_item(item) for item in pages]

    def _item(self, case_id: str) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=_key(case_id, CASE), ConsistentRead=True)
        found: Item | None = answer.get("Item")
        return found

    def _query(self, index: str, key: str, value: str, limit: int, *, newest_first: bool = False) -> list[Item]:
        answer = self._client.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression=f"{key} = :key",
            ExpressionAttributeValues={":key": {"S": value}},
            ScanIndexForward=not newest_first,
            Limit=limit,
        )
        items: list[Item] = answer["Items"]
        return items

    def _pages(self, **query: Any) -> Iterator[Item]:
        for page in self._client.get_paginator("query").paginate(TableName=self._table, **query):
            yield from page["Items"]

    def _write(self, writes: Sequence[Item], lost: str) -> None:
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if _is_lost_race(error):
                raise LostRace(lost) from None
            raise

    def _put(self, item: Item) -> Item:
        return {"Put": {"TableName": self._table, "Item": item}}

    def _put_new(self, item: Item) -> Item:
        return {"Put": {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}}

    def _put_case(self, change: Change) -> Item:
        item = case_to_item(change.case)
        if change.before is None:
            return self._put_new(item)
        put = self._put(item)
        put["Put"]["ConditionExpression"] = "version = :before"
        put["Put"]["ExpressionAttributeValues"] = {":before": {"N": str(change.before.version)}}
        return put

    def _put_open(self, link: str, content: Item, answers_read: int) -> Item:
        """A link that nobody has, and at which no other answers wait than those that were read."""
        item = _open_key(link) | content
        if not answers_read:
            return self._put_new(item)
        put = self._put(item)
        put["Put"]["ConditionExpression"] = "attribute_not_exists(case_id) AND rev = :answers"
        put["Put"]["ExpressionAttributeValues"] = {":answers": {"N": str(answers_read)}}
        return put

    def _delete_open(self, link: str, case_id: str) -> Item:
        return {
            "Delete": {
                "TableName": self._table,
                "Key": _open_key(link),
                "ConditionExpression": "attribute_not_exists(pk) OR case_id = :mine",
                "ExpressionAttributeValues": {":mine": {"S": case_id}},
            }
        }

    def _put_alias(self, alias: str, case_id: str) -> Item:
        put = self._put(_key(alias, CASE) | {"alias_of": {"S": case_id}})
        put["Put"]["ConditionExpression"] = "attribute_not_exists(pk) OR alias_of = :case"
        put["Put"]["ExpressionAttributeValues"] = {":case": {"S": case_id}}
        return put


def _held(case: Case | None) -> set[str]:
    """The links that a case keeps for itself: until it is closed."""
    return set() if case is None or case.state is State.CLOSED else set(case.links)


def _changed_promises(before: Case | None, case: Case) -> list[Promise]:
    known = before.promises if before else ()
    return [promise for promise in case.promises if promise not in known]


def _promise_item(case: Case, promise: Promise) -> Item:
    return _key(case.case_id, f"{PROMISE_PREFIX}{promise.promise_id}") | {
        "body": {"S": promise.model_dump_json()},
        "week_pk": {"S": _week_key(case, promise.due_at)},
        "week_sk": {"S": f"{PROMISE_PREFIX}{promise.due_at.isoformat()}#{promise.promise_id}"},
    }


def _week_key(case: Case, at: datetime) -> str:
    return f"CENTRE#{case.centre_id}#{week_of(at.astimezone(ZoneInfo(case.zone)))}"


def _listed(case: Case, entry: Entry) -> Item:
    """Enters a false alarm, and no other entry, into the index: under its week, apart from the week's cases."""
    if entry.kind != FALSE_ALARM:
        return {}
    week, order = f"{_week_key(case, entry.at)}#{FALSE_ALARMS}", f"{entry.at.isoformat()}#{entry.case_id}"
    return {"week_pk": {"S": week}, "week_sk": {"S": order}}


def _key(case_id: str, sk: str) -> Item:
    return {"pk": {"S": f"CASE#{case_id}"}, "sk": {"S": sk}}


def _request_key(request_id: str) -> Item:
    return {"pk": {"S": f"REQUEST#{request_id}"}, "sk": {"S": "REQUEST"}}


def _request_item(request_id: str, case_id: str, now: datetime) -> Item:
    return _request_key(request_id) | {"case_id": {"S": case_id}, "expires_at": {"N": str(_expiry(now))}}


def _expiry(now: datetime) -> int:
    return int((now + _REQUESTS_ARE_KEPT).timestamp())


def _kept_to_item(kept: KeptAnswers) -> Item:
    answers = [answer.model_dump(mode="json") for answer in kept.answers]
    return {"answers": {"S": json.dumps(answers)}, "rev": {"N": str(kept.rev)}}


def _kept_from_item(item: Mapping[str, Any]) -> KeptAnswers:
    answers = (StaffAnswer.model_validate(answer) for answer in json.loads(item["answers"]["S"]))
    return KeptAnswers(int(item["rev"]["N"]), tuple(answers))


def _open_key(link: str) -> Item:
    return {"pk": {"S": f"OPEN#{link}"}, "sk": {"S": "OPEN"}}


def _plain(key: Item) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]


def _is_lost_race(error: ClientError) -> bool:
    code = error.response["Error"]["Code"]
    if code != "TransactionCanceledException":
        return code == "TransactionConflictException"
    codes = [reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])]
    codes = [found for found in codes if found != "None"]
    return bool(codes) and all(found in _LOST_RACES for found in codes)
