"""The Outreach table: tasks, what was known of each person when, and how many calls a centre made in a day.

    pk TASK#<id>             sk TASK      a task, a hold-out or a skipped one, with its attempts; `rev` counts changes
    pk PERSON#<owner id>     sk PERSON    the one open task, contacts of all campaigns, wrong numbers; `rev` as above
    pk CENTRE#<id>           sk DAY#<day> how many calls were made; expires

Indexes, all sparse: open_tasks (`CENTRE#<id>`, rank): the call list; by_month (`CENTRE#<id>#<month>`, task id): the
report; by_owner: what is of a person, to be shown or erased at their wish. Task and person change in one transaction,
so that a run repeated, two at once, and two people at one phone make one task and one call.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from shared.domain.errors import Conflict, NotFound
from shared.domain.outreach import Person, State, Task

TASK_SK, PERSON_SK = "TASK", "PERSON"
_SKIPS_ARE_KEPT = timedelta(days=180)
_DAYS_ARE_KEPT = timedelta(days=60)
_LOST_RACES = ("ConditionalCheckFailed", "TransactionConflict")

type Item = dict[str, Any]


class LostRace(Conflict):
    """Somebody else changed the task or the person in between: read again and decide anew."""


class Known(NamedTuple):
    """A task, if there is one under that id, and the person that it would be about."""

    task: Task | None
    person: Person


def task_to_item(task: Task) -> Item:
    """A task as a DynamoDB item, with the index keys that its state asks for."""
    item = _task_key(task.id) | {
        "data": {"S": task.model_dump_json(exclude_defaults=True)},
        "rev": {"N": str(task.rev)},
        "owner_pk": {"S": f"OWNER#{task.owner_id}"},
        "owner_sk": {"S": f"TASK#{task.made_at.isoformat()}"},
    }
    if task.state is State.SKIPPED:
        return item | {"expires_at": {"N": str(int((task.made_at + _SKIPS_ARE_KEPT).timestamp()))}}
    item |= {"month_pk": {"S": f"CENTRE#{task.centre_id}#{task.month}"}, "month_sk": {"S": task.id}}
    if task.state is State.OPEN and task.rank is not None:
        item["open_pk"] = {"S": f"CENTRE#{task.centre_id}"}
        item["open_sk"] = {"S": f"{task.rank.ranks_as_of.isoformat(timespec='seconds')}#{task.id}"}
    return item


def task_from_item(item: Mapping[str, Any]) -> Task:
    """A task out of a DynamoDB item or a record of the stream."""
    return Task.model_validate_json(item["data"]["S"])


def person_to_item(person: Person) -> Item:
    """A person as a DynamoDB item."""
    return _person_key(person.owner_id) | {
        "data": {"S": person.model_dump_json(exclude_defaults=True)},
        "rev": {"N": str(person.rev)},
        "owner_pk": {"S": f"OWNER#{person.owner_id}"},
        "owner_sk": {"S": PERSON_SK},
    }


class OutreachTable:
    """Tasks and people in DynamoDB."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def get_task(self, task_id: str) -> Task:
        """A task, read consistently. Raises NotFound."""
        answer = self._client.get_item(TableName=self._table, Key=_task_key(task_id), ConsistentRead=True)
        if "Item" not in answer:
            raise NotFound("there is no such task")
        return task_from_item(answer["Item"])

    def get_person(self, owner_id: str) -> Person:
        """What is known of a person, read consistently; of somebody new, nothing."""
        answer = self._client.get_item(TableName=self._table, Key=_person_key(owner_id), ConsistentRead=True)
        return _person(owner_id, answer.get("Item"))

    def find(self, task_id: str, owner_id: str) -> Known:
        """A task that there may be, and its person, in one consistent read."""
        keys = [_task_key(task_id), _person_key(owner_id)]
        answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}})
        if answer.get("UnprocessedKeys"):
            raise LostRace("the table could not be read whole")
        items = {item["sk"]["S"]: item for item in answer["Responses"].get(self._table, [])}
        task = items.get(TASK_SK)
        return Known(task_from_item(task) if task else None, _person(owner_id, items.get(PERSON_SK)))

    def skip(self, task: Task) -> bool:
        """Record that somebody due is not asked, and why; False when somebody else was faster. `rev` as for `save`."""
        try:
            self._client.put_item(**self._succeed(task)["Put"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def save(self, task: Task, person: Person, *, called_on: date | None = None) -> None:
        """Store a task and its person, each as the successor of what was read; `called_on` counts a call.

        Both carry the `rev` under which they were read, 0 for what is new. Raises LostRace when either has changed.
        """
        writes = [
            self._succeed(task),
            self._put(person_to_item(person.model_copy(update={"rev": person.rev + 1})), person.rev),
        ]
        if called_on is not None:
            writes.append(self._count_call(task.centre_id, called_on))
        try:
            self._client.transact_write_items(TransactItems=writes)
        except ClientError as error:
            if _is_lost_race(error):
                raise LostRace("somebody else was faster; look at it again") from None
            raise

    def open_tasks(self, centre_id: str) -> Iterator[Task]:
        """The open tasks of a centre in the order of their rank."""
        pages = self._query("open_tasks", "open_pk = :pk", {":pk": {"S": f"CENTRE#{centre_id}"}})
        return (task_from_item(item) for item in pages)

    def of_month(self, centre_id: str, month: str) -> Iterator[Task]:
        """The tasks and hold-outs that a centre was given in a month (`2026-11`)."""
        pages = self._query("by_month", "month_pk = :pk", {":pk": {"S": f"CENTRE#{centre_id}#{month}"}})
        return (task_from_item(item) for item in pages)

    def calls_on(self, centre_id: str, day: date) -> int:
        """How many calls a centre made on a day of its calendar."""
        answer = self._client.get_item(TableName=self._table, Key=_day_key(centre_id, day), ConsistentRead=True)
        return int(answer["Item"]["calls"]["N"]) if "Item" in answer else 0

    def _query(self, index: str, condition: str, values: Item) -> Iterator[Item]:
        arguments: Item = {}
        while True:
            page = self._client.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression=condition,
                ExpressionAttributeValues=values,
                **arguments,
            )
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def _succeed(self, task: Task) -> Item:
        return self._put(task_to_item(task.model_copy(update={"rev": task.rev + 1})), task.rev)

    def _put(self, item: Item, read_as_rev: int) -> Item:
        put: Item = {"TableName": self._table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        if read_as_rev:
            put |= {
                "ConditionExpression": "rev = :rev",
                "ExpressionAttributeValues": {":rev": {"N": str(read_as_rev)}},
            }
        return {"Put": put}

    def _count_call(self, centre_id: str, day: date) -> Item:
        expires = int((datetime.fromisoformat(f"{day.isoformat()}T00:00:00+00:00") + _DAYS_ARE_KEPT).timestamp())
        return {
            "Update": {
                "TableName": self._table,
                "Key": _day_key(centre_id, day),
                "UpdateExpression": "SET expires_at = :expires ADD calls :one",
                "ExpressionAttributeValues": {":expires": {"N": str(expires)}, ":one": {"N": "1"}},
            }
        }


def _person(owner_id: str, item: Mapping[str, Any] | None) -> Person:
    return Person.model_validate_json(item["data"]["S"]) if item else Person(owner_id=owner_id)


def _task_key(task_id: str) -> Item:
    return {"pk": {"S": f"TASK#{task_id}"}, "sk": {"S": TASK_SK}}


def _person_key(owner_id: str) -> Item:
    return {"pk": {"S": f"PERSON#{owner_id}"}, "sk": {"S": PERSON_SK}}


def _day_key(centre_id: str, day: date) -> Item:
    return {"pk": {"S": f"CENTRE#{centre_id}"}, "sk": {"S": f"DAY#{day.isoformat()}"}}


def _is_lost_race(error: ClientError) -> bool:
    response: Any = error.response
    if response["Error"]["Code"] == "TransactionConflictException":
        return True
    reasons = response.get("CancellationReasons", [])
    return any(reason.get("Code") in _LOST_RACES for reason in reasons)
