"""The registry over moto: its doors called as API Gateway, SQS and the table's stream call them."""

import json
from pathlib import Path
from typing import Any

import boto3

from functions.owner_journey import api, stream, worker
from shared.adapters.centres_table import CentresTable
from shared.adapters.owners_table import OwnersTable
from shared.domain.centres import Centre

EVENTS = Path(__file__).parents[3] / "events"
INTEGRATOR = {"sub": "s-1", "cognito:groups": "[integrator]", "custom:centre_id": "demo-centre"}
MANAGER = {"sub": "s-2", "cognito:groups": "[manager]", "custom:centre_id": "demo-centre"}
OWNER = {"sub": "s-3", "cognito:groups": "[owner]", "custom:owner_id": "owner-1"}
OTHER_OWNER = {"sub": "s-4", "cognito:groups": "[owner]", "custom:owner_id": "owner-2"}
OTHER_CENTRE = {"sub": "s-5", "cognito:groups": "[manager integrator]", "custom:centre_id": "centre-2"}
VIN = "LRW3E7FA0RC000042"


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return loaded


def body_of(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(sample(name)["body"])
    return loaded


class Answer:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.json: Any = json.loads(raw["body"])

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.json["errors"]]


def call(
    method: str, path: str, claims: dict[str, str], body: Any = None, query: dict[str, str] | None = None
) -> Answer:
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {"content-type": "application/json"},
        "queryStringParameters": query or {},
        "requestContext": {
            "http": {"method": method, "path": path},
            "stage": "$default",
            "authorizer": {"jwt": {"claims": claims}},
        },
        "isBase64Encoded": False,
        "body": body if body is None or isinstance(body, str) else json.dumps(body),
    }
    return Answer(api.handler(event, None))


def owners() -> OwnersTable:
    return OwnersTable(boto3.client("dynamodb"), "Owners")


def centres() -> CentresTable:
    return CentresTable(boto3.client("dynamodb"), "Centres")


def demo_centre() -> Centre:
    return Centre.model_validate({"id": "demo-centre", **body_of("centre_impact/api_put_centre")})


def waiting(queue_url: str) -> list[dict[str, Any]]:
    """Every message of a queue, taken out of it."""
    sqs, found = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue_url, ReceiptHandle=message["ReceiptHandle"])
    return found


def work(*messages: dict[str, Any]) -> list[str]:
    """Let the worker take these messages; the ids of those that failed."""
    records = [
        {"messageId": str(n), "body": json.dumps(message), "eventSource": "aws:sqs"}
        for n, message in enumerate(messages)
    ]
    answer = worker.handler({"Records": records}, None)
    return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]


def catch_up() -> None:
    """Let the stream door see every item, as if each had just changed."""
    items = boto3.client("dynamodb").scan(TableName="Owners", ConsistentRead=True)["Items"]
    records = [
        {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": {"pk": i["pk"], "sk": i["sk"]}, "SequenceNumber": str(n)}}
        for n, i in enumerate(items)
    ]
    if records:
        assert stream.handler({"Records": records}, None) == {"batchItemFailures": []}


def everything_stored() -> str:
    return json.dumps(boto3.client("dynamodb").scan(TableName="Owners")["Items"], ensure_ascii=False, sort_keys=True)
