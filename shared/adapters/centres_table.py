"""The Centres table: pk `CENTRE#<id>`, sk `CENTRE` for what a centre is; `rev` counts its changes.

Index listed (`CENTRES`, centre id) with the time zone: the few centres there are, each in a few bytes, for schedules.
"""

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from shared.domain.centres import Centre
from shared.domain.errors import Conflict, NotFound

_LIST = "CENTRES"


def _key(centre_id: str) -> dict[str, Any]:
    return {"pk": {"S": f"CENTRE#{centre_id}"}, "sk": {"S": "CENTRE"}}


class CentresTable:
    """Centres in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get_centre(self, centre_id: str) -> Centre:
        """A centre, read consistently. Raises NotFound."""
        return self.get_revision(centre_id)[0]

    def get_revision(self, centre_id: str) -> tuple[Centre, int]:
        """A centre and the number of its revision. Raises NotFound."""
        answer = self._client.get_item(TableName=self._table, Key=_key(centre_id), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound("there is no such centre")
        item = answer["Item"]
        return Centre.model_validate_json(item["data"]["S"]), int(item["rev"]["N"])

    def put_centre(self, centre: Centre, *, replaces: int | None = None) -> int:
        """Store a centre and return its revision; `replaces` names the revision that the writer has read.

        Raises Conflict when another revision stands there.
        """
        condition: dict[str, Any] = {}
        values: dict[str, Any] = {
            ":data": {"S": centre.model_dump_json()},
            ":one": {"N": "1"},
            ":list": {"S": _LIST},
            ":id": {"S": centre.id},
            ":zone": {"S": centre.zone},
        }
        if replaces is not None:
            condition = {"ConditionExpression": "rev = :replaces" if replaces else "attribute_not_exists(pk)"}
            if replaces:
                values[":replaces"] = {"N": str(replaces)}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=_key(centre.id),
                UpdateExpression="SET #data = :data, list_pk = :list, list_sk = :id, time_zone = :zone ADD rev :one",
                ExpressionAttributeNames={"#data": "data"},
                ExpressionAttributeValues=values,
                ReturnValues="UPDATED_NEW",
                **condition,
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            raise Conflict("the centre was changed meanwhile; read it again") from None
        return int(answer["Attributes"]["rev"]["N"])

    def listed(self) -> Iterator[tuple[str, str]]:
        """The id and time zone of every centre."""
        arguments: dict[str, Any] = {}
        while True:
            page = self._client.query(
                TableName=self._table,
                IndexName="listed",
                KeyConditionExpression="list_pk = :list",
                ExpressionAttributeValues={":list": {"S": _LIST}},
                **arguments,
            )
            for item in page["Items"]:
                yield item["list_sk"]["S"], item["time_zone"]["S"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]


class RememberedCentres:
    """Reads of centres, each remembered for a while: centres change seldom and are asked for often."""

    def __init__(self, centres: CentresTable, max_age: float = 60, tick: Callable[[], float] = time.monotonic) -> None:
        self._centres = centres
        self._max_age = max_age
        self._tick = tick
        self._kept: dict[str, tuple[float, Centre | None]] = {}

    def find(self, centre_id: str) -> Centre | None:
        """A centre as it was at most `max_age` seconds ago, or None when there is none."""
        kept = self._kept.get(centre_id)
        if kept is None or self._tick() - kept[0] > self._max_age:
            try:
                centre = self._centres.get_centre(centre_id)
            except NotFound:
                centre = None
            kept = self._kept[centre_id] = (self._tick(), centre)
        return kept[1]
