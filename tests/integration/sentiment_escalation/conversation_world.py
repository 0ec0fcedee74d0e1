"""A centre with its conversations over moto: what is written, time that passes, and what other rooms are told."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import pytest

from functions.owner_journey.erase_owner import erase_owner
from functions.sentiment_escalation import api, stream, timer, wiring, worker
from functions.sentiment_escalation.agitation.reading import Evidence, Grade, Reading, Signal, Span
from shared.adapters.cases_table import CasesTable
from shared.adapters.centres_table import CentresTable
from shared.adapters.conversations_table import ConversationsTable
from shared.adapters.owners_table import OwnersTable
from shared.adapters.personal_data import Drawer
from shared.domain.centres import Centre
from shared.domain.conversations import Conversation
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
            {"id": "on-call-1", "name": "Chen Hao", "rung": "on_call", "phone": "+8613800000004"},
        ],
    }
)
# A Wednesday, at ten in the morning.
NOW = datetime(2026, 11, 25, 10, tzinfo=SHANGHAI).astimezone(UTC)

ADVISOR = {"sub": "advisor-1", "cognito:groups": "[advisor]", "custom:centre_id": "centre-1"}
MANAGER = {"sub": "manager-1", "cognito:groups": "[manager]", "custom:centre_id": "centre-1"}
OTHER_MANAGER = {"sub": "manager-9", "cognito:groups": "[manager]", "custom:centre_id": "centre-9"}
INTEGRATOR = {"sub": "dms-1", "cognito:groups": "[integrator]", "custom:centre_id": "centre-1"}
OWNER = {
    "sub": "s-1", "cognito:groups": "[owner]", "custom:owner_id": "owner-1", "custom:centre_id": "centre-1"
}  # fmt: skip
OTHER_OWNER = {**OWNER, "sub": "s-2", "custom:owner_id": "owner-2"}
STRANGER = {**OWNER, "sub": "s-3", "custom:centre_id": "nowhere"}


class StubEngine:
    """Reads what a test wrote into the message: `[2] words`, `[safety_danger] words`; otherwise it is calm."""

    def __init__(self) -> None:
        self.reads = 0

    def read(self, text: str) -> Reading:
        self.reads += 1
        grade, signals = Grade.CALM, []
        head, _, _ = text.partition("]")
        for mark in head.removeprefix("[").split() if text.startswith("[") else ():
            if mark.isdigit():
                grade = Grade(int(mark))
            else:
                signals.append(Signal(mark, (Span(0, len(text), text),)))
        evidence = (Evidence(Span(0, min(9, len(text)), text[:9]), float(grade)),)
        return Reading(grade / 3, grade, tuple(signals), evidence, "en", "high", "stub")


class Answer:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.json: Any = json.loads(raw["body"])

    @property
    def pointers(self) -> list[str]:
        return [error["pointer"] for error in self.json["errors"]]


class World:
    """The doors of the room, and what lies behind them."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.now = NOW
        self.engine = StubEngine()
        for variable, table in (("CONVERSATIONS_TABLE", "Conversations"), ("CASES_TABLE", "Cases")):
            patch.setenv(variable, create_table(table))
        patch.setenv("CENTRES_TABLE", create_table("Centres"))
        patch.setenv("OWNERS_TABLE", create_table("Owners"))
        self.sqs = boto3.client("sqs")
        attributes = {"FifoQueue": "true", "DeduplicationScope": "messageGroup"}
        attributes["FifoThroughputLimit"] = "perMessageGroupId"
        queue = self.sqs.create_queue(QueueName="ConversationMessages.fifo", Attributes=attributes)  # type: ignore[arg-type]
        self.messages_url = queue["QueueUrl"]
        patch.setenv("CONVERSATION_MESSAGES_QUEUE_URL", self.messages_url)
        self.notifications_url, self.requests_url = create_queue("Notifications"), create_queue("CaseRequests")
        patch.setenv("NOTIFICATIONS_QUEUE_URL", self.notifications_url)
        patch.setenv("CASE_REQUESTS_QUEUE_URL", self.requests_url)
        patch.setattr(clock, "now", lambda: self.now)
        patch.setattr(wiring, "_engine", lambda: self.engine)
        self.dynamodb = boto3.client("dynamodb")
        self.table = ConversationsTable(self.dynamodb, "Conversations")
        self.cases = CasesTable(self.dynamodb, "Cases")
        CentresTable(self.dynamodb, "Centres").put_centre(CENTRE)
        self._heard: set[str] = set()
        self._answers: list[dict[str, Any]] = []
        forget()

    # ------------------------------------------------------------------------------------------------ the doors

    def post(
        self, words: Any, claims: Mapping[str, str] = OWNER, conversation: str = "c-1", key: str = "", **fields: Any
    ) -> Answer:
        """A message over HTTP."""
        body = {"words": words, **fields}
        headers = {"idempotency-key": key} if key else {}
        return self.call("POST", f"/conversations/{conversation}/messages", claims, body, headers=headers)

    def show(self, claims: Mapping[str, str] = MANAGER, conversation: str = "c-1", **query: str) -> Answer:
        """The conversation over HTTP."""
        return self.call("GET", f"/conversations/{conversation}", claims, query=query)

    def call(
        self,
        method: str,
        path: str,
        claims: Mapping[str, str],
        body: Any = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request through the HTTP door."""
        event = {
            "version": "2.0",
            "rawPath": path,
            "headers": {"content-type": "application/json", **(headers or {})},
            "queryStringParameters": query or {},
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "authorizer": {"jwt": {"claims": claims}},
            },
            "isBase64Encoded": False,
            "body": None if body is None else body if isinstance(body, str) else json.dumps(body),
        }
        return Answer(api.handler(event, None))

    def work(self) -> list[dict[str, Any]]:
        """Let the worker take in what is on the queue; the messages."""
        found = read_queue(self.messages_url)
        assert self.receive(*found) == []
        return found

    def receive(self, *messages: Mapping[str, Any]) -> list[str]:
        """Hand messages to the worker in one batch; the ids of those that failed."""
        records = [
            {"messageId": f"m-{number}", "body": json.dumps(message), "eventSource": "aws:sqs"}
            for number, message in enumerate(messages)
        ]
        answer = worker.handler({"Records": records}, None)
        return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]

    def tick(self, at: datetime | None = None) -> None:
        """Let the timer look."""
        self.now = at or self.now
        timer.handler({"time": self.now.isoformat()}, None)

    def pass_time(self, **duration: float) -> None:
        """Let time pass without a tick."""
        self.now += timedelta(**duration)

    def erase(self, owner_id: str = "owner-1", *, as_far_as_closed: bool = False) -> None:
        """Let the registry erase a person's data; or only begin to, by closing the id."""
        drawers = [] if as_far_as_closed else [Drawer(self.dynamodb, "Conversations", "conversations")]
        erase_owner(owner_id, NOW, OwnersTable(self.dynamodb, "Owners"), drawers)

    def write(self, words: str, claims: Mapping[str, str] = OWNER, **fields: Any) -> Answer:
        """A message over HTTP that the worker takes in at once."""
        self.pass_time(seconds=1)
        answer = self.post(words, claims, **fields)
        assert answer.status == 202, answer.json
        self.work()
        return answer

    def hear(self) -> None:
        """Let the stream deliver what is new and has something to tell."""
        items = [item for item in self.outboxes() if _name(item) not in self._heard]
        if items:
            assert stream.handler({"Records": [stream_record(item) for item in items]}, None) == {
                "batchItemFailures": []
            }
        self._heard |= {_name(item) for item in items}

    # --------------------------------------------------------------------------------------------- what came of it

    def outboxes(self) -> list[dict[str, Any]]:
        """Every item with something to tell, in order."""
        return sorted((item for item in all_items(self.dynamodb) if "outbox" in item), key=_name)

    def requested(self) -> list[dict[str, Any]]:
        """The cases asked for and promises reported since the last look; answers of staff are laid aside."""
        self.hear()
        found = read_queue(self.requests_url)
        self._answers += [sent for sent in found if sent["type"] == "staff_answered"]
        return [sent for sent in found if sent["type"] != "staff_answered"]

    def answered(self) -> list[dict[str, Any]]:
        """The answers of staff that the case desk was ever told of."""
        assert self.requested() == []
        return self._answers

    def told(self) -> list[dict[str, Any]]:
        """What people are told since the last look."""
        self.hear()
        return read_queue(self.notifications_url)

    def conversation(self, conversation_id: str = "c-1") -> Conversation:
        found = self.table.find("centre-1", conversation_id)
        assert found is not None
        return found


def message(number: int, words: str = "hello", author: str = "customer", **fields: Any) -> dict[str, Any]:
    """A message as the HTTP door sends it on, a minute after the one before."""
    return {
        "type": "message_received",
        "centre_id": "centre-1",
        "conversation_id": "c-1",
        "message_id": f"{author}:m-{number}",
        "owner_id": "owner-1",
        "author": author,
        "author_id": "advisor-1" if author == "staff" else None,
        "channel": "app",
        "locale": "en",
        "words": words,
        "received_at": (NOW + timedelta(minutes=number)).isoformat(timespec="microseconds"),
        **fields,
    }


def forget() -> None:
    """Make the doors put themselves together anew."""
    for parts in (wiring.api_parts, wiring.worker_parts, wiring.timer_parts, wiring.stream_parts):
        parts.cache_clear()


def all_items(dynamodb: Any) -> list[dict[str, Any]]:
    return list(dynamodb.scan(TableName="Conversations", ConsistentRead=True)["Items"])


def stream_record(item: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    images = {"NewImage": item} if before is None else {"NewImage": item, "OldImage": before}
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"SequenceNumber": _name(item), "Keys": {"pk": item["pk"], "sk": item["sk"]}, **images},
    }


def read_queue(url: str) -> list[dict[str, Any]]:
    """Every message of a queue, taken out of it."""
    sqs, found = boto3.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for received in messages:
            found.append(json.loads(received["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=received["ReceiptHandle"])
    return found


def _name(item: Mapping[str, Any]) -> str:
    return f"{item['pk']['S']} {item['sk']['S']}"
