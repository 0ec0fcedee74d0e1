"""Outreach over moto: its doors called as API Gateway, SQS, schedules and the tables' streams call them."""

import json
from datetime import datetime, timedelta
from typing import Any

import boto3

from functions.recall_outreach import api, stream, timer, worker
from shared.adapters.centres_table import CentresTable
from shared.adapters.outreach_table import OutreachTable, task_from_item
from shared.adapters.owners_table import OwnersTable, StoredOwner
from shared.domain.centres import Centre
from shared.domain.outreach import Task
from shared.domain.owners import Owner
from shared.domain.vehicles import Holding, contact_due
from tests.unit.recall_outreach.people import EVENTS, NOW, centre, holding, owner

MANAGER = {"sub": "manager-1", "cognito:groups": "[manager]", "custom:centre_id": "demo-centre"}
ADVISOR = {"sub": "advisor-1", "cognito:groups": "[advisor]", "custom:centre_id": "demo-centre"}
OTHER_CENTRE = {"sub": "manager-9", "cognito:groups": "[manager]", "custom:centre_id": "other-centre"}
OWNER = {"sub": "s-3", "cognito:groups": "[owner]", "custom:owner_id": "owner-1"}


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / "recall_outreach" / f"{name}.json").read_text())
    return loaded


class Answer:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.text: str = raw["body"]
        headers = {**raw.get("headers", {}), **{k: v[0] for k, v in raw.get("multiValueHeaders", {}).items()}}
        self.headers = {name.lower(): value for name, value in headers.items()}

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class World:
    """One centre, and the time it is."""

    def __init__(self, queues: dict[str, str]) -> None:
        self.now: datetime = NOW
        self.queues = queues
        self.dynamodb = boto3.client("dynamodb")
        self.owners = OwnersTable(self.dynamodb, "Owners")
        self.centres = CentresTable(self.dynamodb, "Centres")
        self.outreach = OutreachTable(self.dynamodb, "Outreach")
        self.put_centre(centre())

    def put_centre(self, given: Centre) -> None:
        self.centre = given
        self.centres.put_centre(given)

    def put_owner(self, given: Owner | None = None, held: Holding | None = None) -> None:
        """An owner and their vehicle, in the index as the registry would have it."""
        given = given or owner()
        rev = self.owners.find_owner(given.id).rev
        assert self.owners.replace_owner(given.id, StoredOwner(given, "", rev))
        self.put_holding(held or holding(given.id))

    def put_holding(self, held: Holding, seen: int = 1) -> None:
        due = contact_due(held, self.centre.outreach.lapse_months)
        assert self.owners.put_holding(held, seen, "demo-centre", due.on if due else None)

    def tick(self, **event: Any) -> None:
        timer.handler(sample("timer_tick") | event, None)

    def run(self) -> list[str]:
        """Start the centre at once and let the worker take what waits; the ids of what failed."""
        self.tick(centre_id="demo-centre")
        records = [
            {"messageId": str(n), "body": json.dumps(message), "eventSource": "aws:sqs"}
            for n, message in enumerate(self.waiting("OutreachCentres"))
        ]
        answer = worker.handler({"Records": records}, None)
        return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]

    def waiting(self, queue: str) -> list[dict[str, Any]]:
        """Every message of a queue, taken out of it."""
        sqs, found = boto3.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queues[queue], MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                found.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self.queues[queue], ReceiptHandle=message["ReceiptHandle"])
        return found

    def tasks(self) -> list[Task]:
        items = self.dynamodb.scan(TableName="Outreach", ConsistentRead=True)["Items"]
        return [task_from_item(item) for item in items if item["sk"]["S"] == "TASK"]

    def task(self) -> Task:
        (task,) = self.tasks()
        return task

    def changed(self, new: Task | None, old: Task | None = None) -> None:
        """Let the stream door see a change of a task."""
        self.stream(f"TASK#{(new or self.task()).id}", "TASK", new or self.task(), old)

    def returned(self, held: Holding) -> None:
        """Let the stream door see that a holding has changed."""
        self.put_holding(held, seen=2)
        self.stream(f"OWNER#{held.owner_id}", f"VEHICLE#{held.vin}")

    def stream(self, pk: str, sk: str, new: Task | None = None, old: Task | None = None) -> None:
        from shared.adapters.outreach_table import task_to_item

        change: dict[str, Any] = {"Keys": {"pk": {"S": pk}, "sk": {"S": sk}}, "SequenceNumber": "1"}
        if new is not None:
            change["NewImage"] = task_to_item(new)
        if old is not None:
            change["OldImage"] = task_to_item(old)
        record = {"eventSource": "aws:dynamodb", "eventName": "MODIFY" if old else "INSERT", "dynamodb": change}
        assert stream.handler({"Records": [record]}, None) == {"batchItemFailures": []}

    def call(
        self,
        method: str,
        path: str,
        claims: dict[str, str] = MANAGER,
        body: Any = None,
        query: dict[str, str] | None = None,
        accept: str = "application/json",
    ) -> Answer:
        event = {
            "version": "2.0",
            "rawPath": path,
            "headers": {"content-type": "application/json", "accept": accept},
            "queryStringParameters": query or {},
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "authorizer": {"jwt": {"claims": claims}},
            },
            "isBase64Encoded": False,
            "body": None if body is None else json.dumps(body),
        }
        return Answer(api.handler(event, None))

    def report(self, task: Task, outcome: str, claims: dict[str, str] = MANAGER, **body: Any) -> Answer:
        return self.call("POST", f"/outreach/{task.id}/attempts", claims, {"outcome": outcome, **body})

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)
