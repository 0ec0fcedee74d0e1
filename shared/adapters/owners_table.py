"""The Owners table: who owners are, what is known of vehicles, and what follows for each owner and vehicle.

    pk OWNER#<id>     sk OWNER                       the owner as now known, consents included; `rev` counts writes
                      sk VEHICLE#<vin>               a Holding: one query gives an owner with their vehicles
    pk VEHICLE#<vin>  sk RECORD#<owner id or ->      facts, from which holdings are folded; `rev` counts changes
                      sk VISIT#<centre>#<visit id>
                      sk READING#<time>#<km>#<source>
                      sk DEFERRAL#<owner id>

Index due: `<centre>#<bucket>`, `<day>#<vin>`: only holdings that some day call for contact, spread over DUE_BUCKETS
so that no partition carries a whole centre.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from zlib import crc32

from botocore.exceptions import ClientError

from shared.domain.errors import Erased, NotFound
from shared.domain.owners import Owner
from shared.domain.vehicles import Deferral, Fact, Holding, Reading, VehicleRecord, Visit

DUE_BUCKETS = 8
OWNER_SK = "OWNER"
_BATCH = 100  # keys that DynamoDB takes at once
_KINDS: Mapping[str, type[Fact]] = {
    "RECORD": VehicleRecord,
    "VISIT": Visit,
    "READING": Reading,
    "DEFERRAL": Deferral,
}


class StoredOwner(NamedTuple):
    """What is stored under an owner's id: the owner once known, and how the owner came about.

    `merge` is the owner_journey room's own bookkeeping; `rev` is 0 before the first write.
    """

    owner: Owner | None
    merge: str
    rev: int
    erased_at: str | None = None


def rank_of(as_of: datetime, content: str) -> str:
    """Orders records of one thing: the later first, and of equally late ones always the same."""
    return f"{as_of.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}#{sha256(content.encode()).hexdigest()[:16]}"


def owner_key(owner_id: str) -> dict[str, Any]:
    """The key of an owner's item."""
    return {"pk": {"S": f"OWNER#{owner_id}"}, "sk": {"S": OWNER_SK}}


def fact_key(fact: Fact) -> dict[str, Any]:
    """The business key of a fact."""
    match fact:
        case VehicleRecord():
            sk = f"RECORD#{fact.owner_id or '-'}"
        case Visit():
            sk = f"VISIT#{fact.centre_id}#{fact.id}"
        case Reading():
            sk = f"READING#{fact.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}#{fact.km}#{fact.source}"
        case _:
            sk = f"DEFERRAL#{fact.owner_id}"
    return {"pk": {"S": f"VEHICLE#{fact.vin}"}, "sk": {"S": sk}}


def fact_from_item(item: Mapping[str, Any]) -> Fact:
    """A fact out of a DynamoDB item."""
    kind = _KINDS[item["sk"]["S"].partition("#")[0]]
    return kind.model_validate_json(item["data"]["S"])


def due_bucket(centre_id: str, vin: str) -> str:
    """The partition of the index that holds a vehicle of a centre."""
    return f"{centre_id}#{crc32(vin.encode()) % DUE_BUCKETS}"


class OwnersTable:
    """Owners, facts and holdings in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    # ------------------------------------------------------------------------------------------------- for any room

    def get_owner(self, owner_id: str) -> Owner:
        """An owner as now known, consents included, read consistently. Raises NotFound, of somebody erased Erased."""
        return _known(self.find_owner(owner_id))

    def owner_with_vehicles(self, owner_id: str) -> tuple[Owner, tuple[Holding, ...]]:
        """An owner and their vehicles, past ones included, in one consistent query. Raises as `get_owner`."""
        stored, holdings = self.find_owner_with_vehicles(owner_id)
        return _known(stored), holdings

    def is_erased(self, owner_id: str | None) -> bool:
        """Whether a person's data was erased, read consistently and nothing else of them; of nobody it was not."""
        if owner_id is None:
            return False
        answer = self._client.get_item(
            TableName=self._table, Key=owner_key(owner_id), ConsistentRead=True, ProjectionExpression="erased_at"
        )
        return "erased_at" in answer.get("Item", {})

    def due(self, centre_id: str, until: date) -> Iterator[Holding]:
        """The holdings of a centre that call for contact on or before a day, the longest due first in each bucket."""
        for bucket in range(DUE_BUCKETS):
            yield from self.due_in_bucket(centre_id, bucket, until)

    def due_in_bucket(self, centre_id: str, bucket: int, until: date) -> Iterator[Holding]:
        """The part of `due` that one bucket holds, for readers that share the work."""
        pages = self._query(
            IndexName="due",
            KeyConditionExpression="due_pk = :bucket AND due_sk < :end",
            ExpressionAttributeValues={
                ":bucket": {"S": f"{centre_id}#{bucket}"},
                ":end": {"S": f"{until.isoformat()}#~"},
            },
        )
        for item in pages:
            yield Holding.model_validate_json(item["data"]["S"])

    # --------------------------------------------------------------------------------------- for owner_journey alone

    def find_owner(self, owner_id: str) -> StoredOwner:
        """What is stored under an owner's id, with `rev` 0 when nothing is."""
        answer = self._client.get_item(TableName=self._table, Key=owner_key(owner_id), ConsistentRead=True)
        return _stored_owner(answer.get("Item"))

    def find_owner_with_vehicles(self, owner_id: str) -> tuple[StoredOwner, tuple[Holding, ...]]:
        """What is stored under an owner's id, and the owner's holdings."""
        items = list(self._partition(f"OWNER#{owner_id}"))
        own = next((item for item in items if item["sk"]["S"] == OWNER_SK), None)
        holdings = [
            Holding.model_validate_json(item["data"]["S"]) for item in items if item["sk"]["S"].startswith("VEHICLE#")
        ]
        return _stored_owner(own), tuple(holdings)

    def replace_owner(self, owner_id: str, stored: StoredOwner) -> bool:
        """Store the successor of what was read as `stored.rev`; False when somebody else was faster."""
        item = owner_key(owner_id) | {"rev": {"N": str(stored.rev + 1)}, "merge": {"S": stored.merge}}
        if stored.owner is not None:
            item["data"] = {"S": stored.owner.model_dump_json()}
            item["centre_id"] = {"S": stored.owner.centre_id}
        if stored.erased_at is not None:
            item["erased_at"] = {"S": stored.erased_at}
        return self._put_if(item, "attribute_not_exists(pk) OR rev = :rev", {":rev": {"N": str(stored.rev)}})

    def put_fact(self, fact: Fact) -> bool:
        """Keep a fact unless it, or a later record of the same thing, is kept already; whether it was new."""
        content = fact.model_dump_json()
        as_of = fact.as_of if isinstance(fact, VehicleRecord | Visit) else fact.at
        return self._update_if(
            fact_key(fact),
            "SET #data = :data, #rank = :rank ADD rev :one",
            "attribute_not_exists(pk) OR #rank < :rank",
            {"#data": "data", "#rank": "rank"},
            {":data": {"S": content}, ":rank": {"S": rank_of(as_of, content)}, ":one": {"N": "1"}},
        )

    def facts_of(self, vin: str) -> tuple[list[Fact], int]:
        """All facts of a vehicle, read consistently, and how many changes led to them."""
        items = list(self._partition(f"VEHICLE#{vin}"))
        return [fact_from_item(item) for item in items], sum(int(item["rev"]["N"]) for item in items)

    def put_holding(self, holding: Holding, seen: int, centre_id: str | None, due_on: date | None) -> bool:
        """Keep a holding that was folded from `seen` changes, unless one folded from more is kept; whether it was.

        Without a centre or a day it is out of the index.
        """
        item = {
            "pk": {"S": f"OWNER#{holding.owner_id}"},
            "sk": {"S": f"VEHICLE#{holding.vin}"},
            "data": {"S": holding.model_dump_json(exclude_defaults=True)},
            "seen": {"N": str(seen)},
        }
        if centre_id is not None and due_on is not None:
            item["due_pk"] = {"S": due_bucket(centre_id, holding.vin)}
            item["due_sk"] = {"S": f"{due_on.isoformat()}#{holding.vin}"}
        return self._put_if(item, "attribute_not_exists(pk) OR seen <= :seen", {":seen": {"N": str(seen)}})

    def remove_holding(self, owner_id: str, vin: str) -> None:
        """Forget that an owner had a vehicle."""
        key = {"pk": {"S": f"OWNER#{owner_id}"}, "sk": {"S": f"VEHICLE#{vin}"}}
        self._client.delete_item(TableName=self._table, Key=key)

    def overwrite_fact(self, fact: Fact) -> None:
        """Put a fact in the place of what stands under its key, which keeps its rank: the same late word stays late."""
        self._client.update_item(
            TableName=self._table,
            Key=fact_key(fact),
            UpdateExpression="SET #data = :data ADD rev :one",
            ExpressionAttributeNames={"#data": "data"},
            ExpressionAttributeValues={":data": {"S": fact.model_dump_json()}, ":one": {"N": "1"}},
        )

    def rename_fact(self, old: Fact, new: Fact) -> None:
        """Move a fact to another key at once, its changes counted on; nothing happens when it has moved already.

        Counting on keeps `seen` of what was folded before below that of what is folded now.
        """
        answer = self._client.get_item(TableName=self._table, Key=fact_key(old), ConsistentRead=True)
        if "Item" not in answer:
            return
        content, item = new.model_dump_json(), answer["Item"]
        moved = {
            "TableName": self._table,
            "Key": fact_key(new),
            "UpdateExpression": "SET #data = :data, #rank = :rank ADD rev :revs",
            "ExpressionAttributeNames": {"#data": "data", "#rank": "rank"},
            "ExpressionAttributeValues": {
                ":data": {"S": content},
                ":rank": item["rank"],
                ":revs": {"N": str(int(item["rev"]["N"]) + 1)},
            },
        }
        gone = {
            "TableName": self._table,
            "Key": fact_key(old),
            "ConditionExpression": "rev = :rev",
            "ExpressionAttributeValues": {":rev": item["rev"]},
        }
        self._client.transact_write_items(TransactItems=[{"Update": moved}, {"Delete": gone}])

    def centres_of(self, owner_ids: Iterable[str]) -> dict[str, str | None]:
        """The centre of each owner who is known, None for those whose data was erased."""
        wanted, found = sorted(set(owner_ids)), {}
        for start in range(0, len(wanted), _BATCH):
            keys = [owner_key(owner_id) for owner_id in wanted[start : start + _BATCH]]
            while keys:
                answer = self._client.batch_get_item(
                    RequestItems={self._table: {"Keys": keys, "ProjectionExpression": "pk, centre_id, erased_at"}}
                )
                for item in answer["Responses"].get(self._table, []):
                    if "centre_id" in item or "erased_at" in item:
                        centre_id = None if "erased_at" in item else item["centre_id"]["S"]
                        found[item["pk"]["S"].removeprefix("OWNER#")] = centre_id
                keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return found

    # ------------------------------------------------------------------------------------------------------- inside

    def _partition(self, pk: str) -> Iterable[dict[str, Any]]:
        return self._query(
            KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": pk}}, ConsistentRead=True
        )

    def _query(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        while True:
            page = self._client.query(TableName=self._table, **arguments)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _put_if(self, item: Mapping[str, Any], condition: str, values: Mapping[str, Any]) -> bool:
        return self._if_holds(
            self._client.put_item, Item=item, ConditionExpression=condition, ExpressionAttributeValues=values
        )

    def _update_if(
        self,
        key: Mapping[str, Any],
        update: str,
        condition: str,
        names: Mapping[str, str],
        values: Mapping[str, Any],
    ) -> bool:
        return self._if_holds(
            self._client.update_item,
            Key=key,
            UpdateExpression=update,
            ConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
        )

    def _if_holds(self, call: Any, **arguments: Any) -> bool:
        try:
            call(TableName=self._table, **arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True


def _known(stored: StoredOwner) -> Owner:
    if stored.owner is not None:
        return stored.owner
    raise NotFound("there is no such owner") if stored.erased_at is None else Erased("this owner's data was erased")


def _stored_owner(item: Mapping[str, Any] | None) -> StoredOwner:
    if item is None:
        return StoredOwner(None, "", 0)
    return StoredOwner(
        owner=Owner.model_validate_json(item["data"]["S"]) if "data" in item else None,
        merge=item["merge"]["S"],
        rev=int(item["rev"]["N"]),
        erased_at=item["erased_at"]["S"] if "erased_at" in item else None,
    )
