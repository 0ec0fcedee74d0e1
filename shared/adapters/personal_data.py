"""Personal data of owners across the tables of all rooms: each room's drawer can be read and emptied by owner.

A room that keeps data of owners gives its table an index `by_owner` (`owner_pk` = `OWNER#<owner id>`) and enters its
table in TABLES; the roles of owner_journey's doors must then be allowed to read it, and its worker to delete from it.
"""

import gzip
import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from shared.adapters.attribute_values import from_attribute

# The environment variable that names a room's table, and what its data is called in an export.
TABLES: Mapping[str, str] = {
    "BILLS_TABLE": "bills",
    "CASES_TABLE": "cases",
    "CONVERSATIONS_TABLE": "conversations",
    "NOTIFICATIONS_TABLE": "notifications",
    "OUTREACH_TABLE": "outreach",
}
# Derived from other attributes, or the table's own affair.
_NOT_EXPORTED = frozenset({"expires_at", "documents", "fingerprint", "outbox", "awaiting"})


class Drawer:
    """What one table holds of owners: whole partitions that an index leads to."""

    def __init__(self, client: Any, table: str, name: str) -> None:
        self.name = name
        self._client = client
        self._table = table

    def read_of(self, owner_id: str) -> Iterator[dict[str, Any]]:
        """Every item of an owner, in plain values."""
        for item in self._items_of(owner_id):
            yield {name: _plain(value) for name, value in item.items() if not _is_internal(name)}

    def erase_of(self, owner_id: str) -> int:
        """Delete every item of an owner, and say how many there were; again there are none.

        Those that the index leads by go last: one that is stopped on the way finds the rest again.
        """
        erased = 0
        for item in sorted(self._items_of(owner_id), key=lambda item: "owner_pk" in item):
            self._client.delete_item(TableName=self._table, Key={"pk": item["pk"], "sk": item["sk"]})
            erased += 1
        return erased

    def _items_of(self, owner_id: str) -> Iterator[dict[str, Any]]:
        index = self._query(
            IndexName="by_owner",
            KeyConditionExpression="owner_pk = :owner",
            ExpressionAttributeValues={":owner": {"S": f"OWNER#{owner_id}"}},
            ProjectionExpression="pk",
        )
        for pk in dict.fromkeys(item["pk"]["S"] for item in index):
            yield from self._query(
                KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}, ConsistentRead=True
            )

    def _query(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self._client.query(TableName=self._table, **arguments)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def drawers(client: Any, environment: Mapping[str, str]) -> tuple[Drawer, ...]:
    """The drawers of every room whose table this function knows of."""
    return tuple(Drawer(client, environment[var], name) for var, name in TABLES.items() if var in environment)


def _is_internal(name: str) -> bool:
    return name in _NOT_EXPORTED or name in ("pk", "sk") or name.endswith(("_pk", "_sk"))


def _plain(value: Mapping[str, Any]) -> Any:
    return _json_ready(from_attribute(value))


def _json_ready(value: Any) -> Any:
    match value:
        case bytes():
            return json.loads(gzip.decompress(value))
        case dict():
            return {name: _json_ready(inner) for name, inner in value.items()}
        case list():
            return [_json_ready(inner) for inner in value]
        case str() if value.startswith(("{", "[")):
            return _parsed(value)
        case Decimal():
            return str(value)
        case _:
            return value


def _parsed(text: str) -> Any:
    """What a text of JSON holds; rooms keep their models so."""
    try:
        return json.loads(text)
    except ValueError:
        return text
