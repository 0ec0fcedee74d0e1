"""A centre with its case desk over moto: what comes in, time that passes, and what people are told."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from functions.case_desk import api, stream, timer, wiring, worker
from functions.owner_journey.erase_owner import erase_owner
from shared.adapters.cases_table import ENTRY_PREFIX, CasesTable
from shared.adapters.centres_table import CentresTable
from shared.adapters.owners_table import OwnersTable
from shared.adapters.personal_data import Drawer
from shared.domain.cases import Case, Entry
from shared.domain.centres import Centre
from shared.runtime import clock
from tests.integration.conftest import create_queue, create_table

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = [{"opens": "09:00", "closes": "12:00"}, {"opens": "13:00", "closes": "18:00"}]
CENTRE = Centre.model_validate(
    {
        "id": "centre-1",
        "name": "Centre One",
        "locale": "zh-CN",
        "zone": "Asia/Shanghai",
        "country": "CN",
        "phone": "+861012345678",
        "hours": dict.fromkeys(("monday", "tuesday", "wednesday", "thursday", "friday"), DAY),
        "ladder": [
            {"id": "advisor-1", "name": "Li Na", "rung": "advisor", "phone": "+8613800000001"},
            {"id": "manager-1", "name": "Wang Wei", "rung": "manager", "phone": "+8613800000002"},
            {"id": "regional-1", "name": "Zhao Min", "rung": "regional_manager", "phone": "+8613800000003"},
            {"id": "on-call-1", "name": "Chen Hao", "rung": "on_call", "phone": "+8613800000004"},
        ],
    }
)
# A Wednesday, at ten in the morning.
NOW = datetime(2026, 11, 25, 10, tzinfo=SHANGHAI).astimezone(UTC)

ADVISOR = {"sub": "s-8", "custom:staff_id": "advisor-1", "cognito:groups": "[advisor]", "custom:centre_id": "centre-1"}
MANAGER = {"sub": "s-9", "custom:staff_id": "manager-1", "cognito:groups": "[manager]", "custom:centre_id": "centre-1"}
OTHER_MANAGER = {"sub": "manager-9", "cognito:groups": "[manager]", "custom:centre_id": "centre-9"}
INTEGRATOR = {"sub": "dms-1", "cognito:groups": "[integrator]", "custom:centre_id": "centre-1"}
OWNER = {"sub": "s-1", "cognito:groups": "[owner]", "custom:owner_id": "owner-1"}
OTHER_OWNER = {"sub": "s-2", "cognito:groups": "[owner]", "custom:owner_id": "owner-2"}


def request(request_id: str = "r-1", **fields: Any) -> dict[str, Any]:
    """A request for a case, angry unless told otherwise."""
    return {
        "type": "case_requested",
        "request_id": request_id,
        "reason": "agitation",
        "centre_id": "centre-1",
        "owner_id": "owner-1",
        "requested_at": NOW.isoformat(),
        "locale": "en",
        "words": "This is the third time I ask!",
        "conversation_id": "conversation-1",
        **fields,
    }


class World:
    """The doors of the room, and what lies behind them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        self._heard: set[tuple[str, int]] = set()
        monkeypatch.setenv("CASES_TABLE", create_table("Cases"))
        monkeypatch.setenv("CENTRES_TABLE", create_table("Centres"))
        monkeypatch.setenv("OWNERS_TABLE", create_table("Owners"))
        self.notifications_url = create_queue("Notifications")
        monkeypatch.setenv("NOTIFICATIONS_QUEUE_URL", self.notifications_url)
        monkeypatch.setattr(clock, "now", lambda: self.now)
        self.dynamodb = boto3.client("dynamodb")
        self.cases = CasesTable(self.dynamodb, "Cases")
        CentresTable(self.dynamodb, "Centres").put_centre(CENTRE)
        forget()

    def receive(self, *messages: Mapping[str, Any] | str, ids: Sequence[str] | None = None) -> list[str]:
        """Hand messages to the worker in one batch; the ids of those that failed."""
        names = ids or [f"m-{number}" for number in range(len(messages))]
        bodies = [message if isinstance(message, str) else json.dumps(message) for message in messages]
        event = {"Records": [_sqs_record(name, body) for name, body in zip(names, bodies, strict=True)]}
        return [str(failure["itemIdentifier"]) for failure in worker.handler(event, None)["batchItemFailures"]]

    def tick(self, at: datetime | None = None) -> None:
        """Let the timer look."""
        self.now = at or self.now
        timer.handler({"time": self.now.isoformat()}, None)

    def pass_time(self, **duration: float) -> None:
        """Let time pass without a tick."""
        self.now += timedelta(**duration)

    def erase(self, owner_id: str = "owner-1", *, as_far_as_closed: bool = False) -> None:
        """Let the registry erase a person's data; or only begin to, by closing the id."""
        drawers = [] if as_far_as_closed else [Drawer(self.dynamodb, "Cases", "cases")]
        erase_owner(owner_id, NOW, OwnersTable(self.dynamodb, "Owners"), drawers)

    def told(self) -> list[dict[str, Any]]:
        """Let the stream deliver what is new, and read what people are told since the last look."""
        records = []
        for item in self.entry_items():
            key = (item["pk"]["S"], int(item["sk"]["S"].removeprefix(ENTRY_PREFIX)))
            if key not in self._heard:
                self._heard.add(key)
                records.append(stream_record(item))
        if records:
            assert stream.handler({"Records": records}, None) == {"batchItemFailures": []}
        return read_queue(self.notifications_url)

    def entry_items(self) -> list[dict[str, Any]]:
        """Every entry of every timeline, in order."""
        items = [item for item in all_items(self.dynamodb) if item["sk"]["S"].startswith(ENTRY_PREFIX)]
        return sorted(items, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))

    def case(self, case_id: str) -> Case:
        return self.cases.get(case_id)

    def only_case(self) -> Case:
        """The case, where there is exactly one."""
        bodies = [item for item in all_items(self.dynamodb) if item["sk"]["S"] == "CASE" and "body" in item]
        assert len(bodies) == 1
        return Case.model_validate_json(bodies[0]["body"]["S"])

    def kinds(self, case_id: str) -> list[str]:
        """The kinds of the entries of a timeline."""
        return [entry.kind for entry in self.cases.timeline(case_id)]

    def entries(self, case_id: str, kind: str) -> list[Entry]:
        return [entry for entry in self.cases.timeline(case_id) if entry.kind == kind]

    def act(self, case_id: str, action: str, claims: Mapping[str, str] = MANAGER, **fields: Any) -> "Answer":
        return self.call("POST", f"/cases/{case_id}/actions", claims, {"action": action, **fields})

    def call(
        self,
        method: str,
        path: str,
        claims: Mapping[str, str] | None = None,
        body: Any = None,
        query: dict[str, str] | None = None,
        **headers: str,
    ) -> "Answer":
        """One request through the HTTP door."""
        authorizer = {"authorizer": {"jwt": {"claims": claims}}} if claims else {}
        event = {
            "version": "2.0",
            "rawPath": path,
            "headers": {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}},
            "queryStringParameters": query or {},
            "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", **authorizer},
            "body": body if isinstance(body, str) else json.dumps(body),
            "isBase64Encoded": False,
        }
        return Answer(api.handler(event, None))


class Answer:
    """What the HTTP door answered."""

    def __init__(self, raw: dict[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.text: str = raw["body"]
        self.headers: dict[str, str] = raw["headers"]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def forget() -> None:
    """Let the doors be wired anew."""
    wiring.parts.cache_clear()
    wiring.worker_parts.cache_clear()
    wiring.stream_parts.cache_clear()


def stream_record(item: Mapping[str, Any]) -> dict[str, Any]:
    """The record of the stream for a new item."""
    keys = {name: item[name] for name in ("pk", "sk")}
    number = str(abs(hash((item["pk"]["S"], item["sk"]["S"]))))
    return {
        "eventID": number,
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "NewImage": dict(item), "SequenceNumber": number, "StreamViewType": "NEW_IMAGE"},
    }


def all_items(client: Any, table: str = "Cases") -> list[dict[str, Any]]:
    """Everything in a table."""
    pages: Iterator[Any] = iter(client.get_paginator("scan").paginate(TableName=table))
    return [item for page in pages for item in page["Items"]]


def read_queue(url: str) -> list[dict[str, Any]]:
    """Every message of a queue, taken out of it."""
    client, found = boto3.client("sqs"), list[dict[str, Any]]()
    while messages := client.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            client.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def _sqs_record(name: str, body: str) -> dict[str, Any]:
    return {
        "messageId": name,
        "receiptHandle": "r",
        "body": body,
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:CaseRequests",
        "awsRegion": "eu-central-1",
    }
