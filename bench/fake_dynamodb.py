# ruff: noqa: N803 - arguments are named as AWS names them
"""DynamoDB in memory, as far as the adapters of this project use it, counting what each call would cost.

For measurements and tests of many items, where moto is too slow: it knows the expressions that our adapters write and
refuses others. Request units follow the documented rules: reads by 4 KB, half when eventually consistent; writes by
1 KB, twice in a transaction, once more for each index that holds the item.
"""

import json
import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from math import ceil
from typing import Any

from botocore.exceptions import ClientError

type Item = dict[str, Any]
type Key = tuple[str, str]
PAGE = 400
"""Items that one page of a query holds here; DynamoDB ends a page at 1 MB."""
_BASE = ""
_OPERATORS = {"=": lambda a, b: a == b, "<": lambda a, b: a < b, "<=": lambda a, b: a <= b}


class FakeDynamoDb:
    """A client of some tables; `indexes` names the key attributes of each index of a table."""

    def __init__(self, indexes: Mapping[str, Mapping[str, tuple[str, str]]] | None = None) -> None:
        self.items: dict[str, dict[Key, Item]] = defaultdict(dict)
        self.counts: Counter[str] = Counter()
        self.reads: Counter[str] = Counter()
        self.writes: Counter[str] = Counter()
        self.items_read: Counter[str] = Counter()
        self.items_queried: Counter[str] = Counter()
        self._indexes = indexes or {}
        self._order: dict[tuple[str, str, str], list[tuple[str, Key]]] = defaultdict(list)

    # ------------------------------------------------------------------------------------------------------- reading

    def get_item(self, *, TableName: str, Key: Item, ConsistentRead: bool = False) -> Item:
        self.counts[f"{TableName}.GetItem"] += 1
        item = self.find(TableName, _plain(Key))
        self._read(TableName, [item] if item else [], consistent=ConsistentRead)
        return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: Mapping[str, Any]) -> Item:
        responses: Item = {}
        for table, wanted in RequestItems.items():
            self.counts[f"{table}.BatchGetItem"] += 1
            found = [item for key in wanted["Keys"] if (item := self.find(table, _plain(key)))]
            for key in wanted["Keys"]:
                item = self.find(table, _plain(key))
                self._read(table, [item] if item else [], consistent=bool(wanted.get("ConsistentRead")))
            responses[table] = found
        return {"Responses": responses, "UnprocessedKeys": {}}

    def query(self, *, TableName: str, KeyConditionExpression: str, **arguments: Any) -> Item:
        self.counts[f"{TableName}.Query"] += 1
        values = arguments["ExpressionAttributeValues"]
        conditions = re.findall(r"(\w+) (=|<=|<) (:\w+)|begins_with\((\w+), (:\w+)\)", KeyConditionExpression)
        partition = _scalar(values[conditions[0][2]])
        keys = self._range(TableName, arguments.get("IndexName", _BASE), partition, conditions[1:], values)
        start = int(arguments.get("ExclusiveStartKey", {"n": 0})["n"])
        limit = min(arguments.get("Limit", PAGE), PAGE)
        page = [item for key in keys[start : start + limit] if (item := self.find(TableName, key))]
        self._read(TableName, page, consistent=arguments.get("ConsistentRead", False), together=True)
        self.items_queried[TableName] += len(page)
        answer: Item = {"Items": page, "Count": len(page)}
        if start + limit < len(keys):
            answer["LastEvaluatedKey"] = {"n": start + limit}
        return answer

    def find(self, table: str, key: Key) -> Item | None:
        """An item as it is stored, uncounted."""
        return self.items[table].get(key)

    def _range(self, table: str, index: str, partition: str, conditions: list[Any], values: Item) -> list[Key]:
        order = self._order[table, index, partition]
        if not conditions:
            return [key for _, key in order]
        _, operator, bound, _, prefix = conditions[0]
        if operator == "<":
            return [key for _, key in order[: bisect_left(order, (_scalar(values[bound]), ("", "")))]]
        wanted = _scalar(values[prefix])
        return [key for sk, key in order if sk.startswith(wanted)]

    # ------------------------------------------------------------------------------------------------------- writing

    def put_item(self, *, TableName: str, Item: Item, **condition: Any) -> Item:
        self.counts[f"{TableName}.PutItem"] += 1
        if not self._holds(TableName, _plain(Item), condition):
            self._wrote(TableName, Item, 1)
            raise _refused("PutItem")
        self.store(TableName, Item)
        self._wrote(TableName, Item, 1)
        return {}

    def update_item(self, *, TableName: str, Key: Item, UpdateExpression: str, **arguments: Any) -> Item:
        self.counts[f"{TableName}.UpdateItem"] += 1
        if not self._holds(TableName, _plain(Key), arguments):
            raise _refused("UpdateItem")
        item = self._updated(TableName, Key, UpdateExpression, arguments)
        self.store(TableName, item)
        self._wrote(TableName, item, 1)
        return {"Attributes": item}

    def delete_item(self, *, TableName: str, Key: Item) -> Item:
        self.counts[f"{TableName}.DeleteItem"] += 1
        self.writes[TableName] += 1
        self._remove(TableName, _plain(Key))
        return {}

    def transact_write_items(self, *, TransactItems: list[Item]) -> Item:
        self.counts["TransactWriteItems"] += 1
        writes = [next(iter(entry.items())) for entry in TransactItems]
        reasons = []
        for _, write in writes:
            key = _plain(write.get("Item") or write["Key"])
            reasons.append("None" if self._holds(write["TableName"], key, write) else "ConditionalCheckFailed")
        if set(reasons) != {"None"}:
            raise _refused("TransactWriteItems", reasons)
        for kind, write in writes:
            table = write["TableName"]
            item = (
                write["Item"] if kind == "Put" else self._updated(table, write["Key"], write["UpdateExpression"], write)
            )
            self.store(table, item)
            self._wrote(table, item, 2)
        return {}

    def store(self, table: str, item: Item) -> None:
        """Put an item, uncounted."""
        key = _plain(item)
        self._remove(table, key)
        self.items[table][key] = item
        for index, partition, sort in self._places(table, item):
            insort(self._order[table, index, partition], (sort, key))

    def extend_index(self, table: str, index: str, partition: str, entries: list[tuple[str, Key]]) -> None:
        """Add entries to an index whose items are not kept here, since nothing may read them."""
        self._order[table, index, partition] = sorted([*self._order[table, index, partition], *entries])

    def _remove(self, table: str, key: Key) -> None:
        old = self.items[table].pop(key, None)
        for index, partition, sort in self._places(table, old) if old else ():
            order = self._order[table, index, partition]
            del order[bisect_left(order, (sort, key))]

    def _places(self, table: str, item: Item) -> Iterator[tuple[str, str, str]]:
        yield _BASE, item["pk"]["S"], item["sk"]["S"]
        for index, (partition, sort) in self._indexes.get(table, {}).items():
            if partition in item:
                yield index, item[partition]["S"], item[sort]["S"]

    def _updated(self, table: str, key: Item, expression: str, arguments: Item) -> Item:
        names, values = arguments.get("ExpressionAttributeNames", {}), arguments["ExpressionAttributeValues"]
        item = {**key, **(self.find(table, _plain(key)) or {})}
        sets, _, adds = expression.removeprefix("SET ").partition("ADD ")
        for name, value in re.findall(r"([#\w]+) = (:\w+)", sets):
            item[names.get(name, name)] = values[value]
        for name, value in re.findall(r"([#\w]+) (:\w+)", adds):
            before = int(item.get(name, {"N": "0"})["N"])
            item[name] = {"N": str(before + int(values[value]["N"]))}
        return item

    def _holds(self, table: str, key: Key, arguments: Item) -> bool:
        condition = arguments.get("ConditionExpression")
        if condition is None:
            return True
        item = self.find(table, key) or {}
        names, values = arguments.get("ExpressionAttributeNames", {}), arguments.get("ExpressionAttributeValues", {})
        for alternative in condition.split(" OR "):
            absent = re.fullmatch(r"attribute_not_exists\((\w+)\)", alternative)
            if absent:
                if absent[1] not in item:
                    return True
                continue
            compared = re.fullmatch(r"([#\w]+) (=|<=|<) (:\w+)", alternative)
            if compared is None:
                raise NotImplementedError(condition)
            name = names.get(compared[1], compared[1])
            if name in item and _OPERATORS[compared[2]](_value(item[name]), _value(values[compared[3]])):
                return True
        return False

    # ------------------------------------------------------------------------------------------------------ counting

    def _read(self, table: str, items: list[Item], *, consistent: bool, together: bool = False) -> None:
        self.items_read[table] += len(items)
        sizes = [sum(map(_size, items))] if together else list(map(_size, items)) or [0]
        units = sum(max(ceil(size / 4096), 1) for size in sizes)
        self.reads[table] += units * (2 if consistent else 1)

    def _wrote(self, table: str, item: Item, times: int) -> None:
        units = ceil(_size(item) / 1024)
        indexes = sum(1 for index, _, _ in self._places(table, item) if index != _BASE)
        self.writes[table] += units * times + units * indexes

    def forget_counts(self) -> None:
        """Begin to count anew."""
        for counter in (self.counts, self.reads, self.writes, self.items_read, self.items_queried):
            counter.clear()

    @property
    def read_units(self) -> float:
        """Read request units so far; they are counted in halves."""
        return sum(self.reads.values()) / 2

    @property
    def write_units(self) -> int:
        """Write request units so far."""
        return sum(self.writes.values())


def _size(item: Item) -> int:
    return len(json.dumps(item, ensure_ascii=False).encode())


def _plain(key: Item) -> Key:
    return key["pk"]["S"], key["sk"]["S"]


def _scalar(value: Item) -> str:
    return str(value["S"])


def _value(attribute: Item) -> Any:
    [(kind, value)] = attribute.items()
    return int(value) if kind == "N" else value


def _refused(operation: str, reasons: list[str] | None = None) -> ClientError:
    code = "TransactionCanceledException" if reasons else "ConditionalCheckFailedException"
    response: Any = {"Error": {"Code": code, "Message": "refused"}}
    if reasons:
        response["CancellationReasons"] = [{"Code": reason} for reason in reasons]
    return ClientError(response, operation)
