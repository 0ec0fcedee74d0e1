"""The Bills table: a bill with its explanation, and the questions about it.

pk `BILL#<bill id>`; sk `BILL` for the current revision, `REVISION#<n>` for those it replaced,
`QUESTION#<id>` for a question. Index by_owner: `OWNER#<owner id>`, `<issued on>#<bill id>`.
"""

import gzip
import json
from base64 import b64decode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from botocore.exceptions import ClientError

from shared.adapters.attribute_values import from_attribute, to_attribute
from shared.domain.errors import Conflict, InputTooLarge, NotFound

CURRENT = "BILL"
QUESTION_PREFIX = "QUESTION#"
# DynamoDB refuses items of over 400 KiB; the attributes beside the two documents need little.
_LARGEST_ITEM = 390_000
# Ids are shorter; what a stranger asks for may not be, and DynamoDB refuses keys of over 2,048 bytes.
_LONGEST_KEY = 500


@dataclass(frozen=True, slots=True)
class StoredBill:
    """A bill as it was taken in, and its explanation in every language."""

    bill_id: str
    centre_id: str
    owner_id: str | None
    number: str
    revision: int
    fingerprint: str
    issued_on: str
    received_at: str
    locale: str
    currency: str
    payable: str
    bill: Mapping[str, Any]
    documents: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BillSummary:
    """What a list of bills shows of one."""

    bill_id: str
    centre_id: str
    number: str
    revision: int
    issued_on: str
    currency: str
    payable: str


@dataclass(frozen=True, slots=True)
class StoredQuestion:
    """A question about a bill or a dispute of one of its lines, in the asker's own words."""

    question_id: str
    bill_id: str
    revision: int
    centre_id: str
    owner_id: str | None
    kind: str
    line_id: str | None
    words: str
    locale: str
    asked_by: str
    asked_at: str


_SUMMARY = tuple(BillSummary.__slots__)
_PACKED = ("bill", "documents")


def _pack(content: Any) -> bytes:
    # mtime 0, so that equal content is equal bytes.
    return gzip.compress(json.dumps(content, ensure_ascii=False).encode(), 6, mtime=0)


def _unpack(raw: bytes | str) -> Any:
    # In the records that Lambda gets from a stream, binary values are base64 text.
    return json.loads(gzip.decompress(b64decode(raw) if isinstance(raw, str) else raw))


def _bill_key(bill_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"BILL#{bill_id}"}, "sk": {"S": CURRENT}}


def bill_to_item(bill: StoredBill) -> dict[str, Any]:
    """A bill as a DynamoDB item. Raises InputTooLarge when it could not be stored whole."""
    plain = {name: getattr(bill, name) for name in StoredBill.__slots__ if name not in _PACKED}
    item = {name: to_attribute(value) for name, value in plain.items() if value is not None}
    item |= _bill_key(bill.bill_id)
    if bill.owner_id is not None:
        item["owner_pk"] = {"S": f"OWNER#{bill.owner_id}"}
        item["owner_sk"] = {"S": f"{bill.issued_on}#{bill.bill_id}"}
    packed = {name: _pack(getattr(bill, name)) for name in _PACKED}
    if sum(map(len, packed.values())) > _LARGEST_ITEM:
        raise InputTooLarge("the bill and its explanation are too large to be kept together")
    return item | {name: {"B": raw} for name, raw in packed.items()}


def bill_from_item(item: Mapping[str, Any]) -> StoredBill:
    """A bill out of a DynamoDB item."""
    plain = [name for name in StoredBill.__slots__ if name in item and name not in _PACKED]
    values = {name: from_attribute(item[name]) for name in plain}
    packed = {name: _unpack(item[name]["B"]) for name in _PACKED}
    return StoredBill(**({"owner_id": None} | values | packed))


def question_to_item(question: StoredQuestion) -> dict[str, Any]:
    """A question as a DynamoDB item."""
    values = {name: getattr(question, name) for name in StoredQuestion.__slots__}
    item = {name: to_attribute(value) for name, value in values.items() if value is not None}
    sk = f"{QUESTION_PREFIX}{question.question_id}"
    return item | {"pk": {"S": f"BILL#{question.bill_id}"}, "sk": {"S": sk}}


def question_from_item(item: Mapping[str, Any]) -> StoredQuestion:
    """A question out of a DynamoDB item."""
    present = [name for name in StoredQuestion.__slots__ if name in item]
    values = {name: from_attribute(item[name]) for name in present}
    return StoredQuestion(**({"owner_id": None, "line_id": None} | values))


class BillsTable:
    """Bills and questions in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def put_bill(self, bill: StoredBill) -> StoredBill | None:
        """Store a bill unless its number is taken by the same or a higher revision.

        Returns None when it was stored, or what was stored before when that is the same bill.
        Raises Conflict when other content stands there, InputTooLarge when it cannot be kept.
        """
        try:
            self._client.put_item(
                TableName=self._table,
                Item=bill_to_item(bill),
                ConditionExpression="attribute_not_exists(pk) OR revision < :revision",
                ExpressionAttributeValues={":revision": {"N": str(bill.revision)}},
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            stored = bill_from_item(cast("dict[str, Any]", error.response)["Item"])
            if stored.fingerprint == bill.fingerprint:
                return stored
            raise Conflict(
                f"bill {stored.number} is stored as revision {stored.revision} with other content;"
                " send a higher revision to replace it"
            ) from None
        return None

    def get_bill(self, bill_id: str) -> StoredBill:
        """The current revision of a bill. Raises NotFound."""
        if len(bill_id) > _LONGEST_KEY:
            raise NotFound("there is no such bill")
        answer = self._client.get_item(TableName=self._table, Key=_bill_key(bill_id), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound("there is no such bill")
        return bill_from_item(answer["Item"])

    def bills_of(self, owner_id: str, limit: int = 100) -> Sequence[BillSummary]:
        """An owner's bills, the newest first, at most `limit`."""
        if len(owner_id) > _LONGEST_KEY:
            return []
        answer = self._client.query(
            TableName=self._table,
            IndexName="by_owner",
            KeyConditionExpression="owner_pk = :owner",
            ExpressionAttributeValues={":owner": {"S": f"OWNER#{owner_id}"}},
            ScanIndexForward=False,
            Limit=limit,
        )
        return [BillSummary(**{name: from_attribute(item[name]) for name in _SUMMARY}) for item in answer["Items"]]

    def keep_revision(self, bill: StoredBill) -> None:
        """Keep a revision that was replaced, under its number and out of the owner's list."""
        item = {k: v for k, v in bill_to_item(bill).items() if k not in ("owner_pk", "owner_sk")}
        item["sk"] = {"S": f"REVISION#{bill.revision:07}"}
        self._put_once(item)

    def put_question(self, question: StoredQuestion) -> bool:
        """Store a question; False when the very same one is stored already."""
        return self._put_once(question_to_item(question))

    def _put_once(self, item: Mapping[str, Any]) -> bool:
        try:
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression="attribute_not_exists(pk)")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True
