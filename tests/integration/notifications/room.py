"""The doors of the room on AWS in process: table, queues, mail, SMS, secrets, and a centre with its owner."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.sesv2.models import sesv2_backends
from moto.sns.models import sns_backends

from functions.notifications import api, stream, timer, wiring, worker
from shared.adapters.centres_table import CentresTable
from shared.adapters.notices_table import Notice, NoticesTable, notice_key
from shared.adapters.owners_table import OwnersTable, StoredOwner
from shared.domain.owners import Owner
from shared.runtime import clock
from tests.integration.conftest import create_queue, create_table
from tests.unit.notifications.world import NOON, centre, owner

ACCOUNT = "123456789012"  # moto's
EVENTS = Path(__file__).parents[3] / "events" / "notifications"


class LambdaContext:
    """What the runtime passes beside the event."""

    function_name = "notifications"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:notifications"
    aws_request_id = "request-1"


@dataclass
class Room:
    """The room's doors, with a clock to set and ways to look at what they did."""

    queue_url: str
    feedback_url: str
    owner_records_url: str
    now: datetime = NOON

    @property
    def notices(self) -> NoticesTable:
        """The table, as the doors see it."""
        return NoticesTable(boto3.client("dynamodb"), "NotificationLog")

    def put_owner(self, known: Owner) -> None:
        """Make an owner known, or known anew."""
        table = OwnersTable(boto3.client("dynamodb"), "Owners")
        assert table.replace_owner(known.id, StoredOwner(known, "", table.find_owner(known.id).rev))

    def work(self, *bodies: dict[str, Any]) -> list[str]:
        """The worker gets these messages; the ids of those that failed."""
        records = [
            {"messageId": str(number), "body": json.dumps(body), "eventSource": "aws:sqs", "receiptHandle": "r"}
            for number, body in enumerate(bodies)
        ]
        if not records:
            return []
        answer = worker.handler({"Records": records}, LambdaContext())
        return [str(failure["itemIdentifier"]) for failure in answer["batchItemFailures"]]

    def run_timer(self) -> None:
        """The timer ticks."""
        timer.handler(json.loads((EVENTS / "timer_tick.json").read_text()), LambdaContext())

    def tick(self) -> list[dict[str, Any]]:
        """The timer ticks; what it put on the queue."""
        self.run_timer()
        return messages(self.queue_url)

    def change(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The stream door gets changes; what it told the registry."""
        assert stream.handler(event, LambdaContext()) == {"batchItemFailures": []}
        return messages(self.owner_records_url)

    def call(self, event: dict[str, Any]) -> dict[str, Any]:
        """One HTTP request."""
        return api.handler(event, LambdaContext())

    def notice(self, id_: str = "n-1") -> Notice:
        """A stored notice."""
        found = self.notices.find_notice(notice_key(id_))
        assert found is not None
        return found

    @staticmethod
    def mails() -> list[Any]:
        """What SES was handed."""
        return list(sesv2_backends[ACCOUNT]["eu-central-1"].core_backend.sent_messages)

    @staticmethod
    def texts() -> list[tuple[str, str]]:
        """The numbers and texts that SNS was handed."""
        sent = sns_backends[ACCOUNT]["eu-central-1"].sms_messages
        return [(number, text) for number, text, *_ in sent.values()]


def messages(url: str) -> list[dict[str, Any]]:
    """Take everything off a queue."""
    sqs, found = boto3.client("sqs"), []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
        for message in batch:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            found.append(json.loads(message["Body"]))
    return found


def build_room(patch: pytest.MonkeyPatch) -> Room:
    """The room in an empty account, with one owner of one centre."""
    for table in ("NotificationLog", "Owners", "Centres"):
        create_table(table)
    queues = {name: create_queue(name) for name in ("Notifications", "NotificationFeedback", "OwnerRecords")}
    secrets = boto3.client("secretsmanager")
    boto3.client("sesv2").create_email_identity(EmailIdentity="aftercare.example")
    settings = {
        "NOTIFICATIONS_TABLE": "NotificationLog",
        "OWNERS_TABLE": "Owners",
        "CENTRES_TABLE": "Centres",
        "NOTIFICATIONS_QUEUE_URL": queues["Notifications"],
        "OWNER_RECORDS_QUEUE_URL": queues["OwnerRecords"],
        "LINK_SECRET_ARN": secrets.create_secret(Name="link", SecretString="k" * 64)["ARN"],
        "WEBHOOK_SECRETS_ARN": secrets.create_secret(Name="hooks", SecretString="{}")["ARN"],
        "PUBLIC_URL": "https://care.example",
        "MAIL_FROM": "care@aftercare.example",
        "MAIL_CONFIGURATION_SET": "aftercare",
        "SMS_ORIGINATION_NUMBER": "+8610690000",
    }
    for name, value in settings.items():
        patch.setenv(name, value)
    forget_parts()
    made = Room(queues["Notifications"], queues["NotificationFeedback"], queues["OwnerRecords"])
    patch.setattr(clock, "now", lambda: made.now)
    CentresTable(boto3.client("dynamodb"), "Centres").put_centre(centre())
    made.put_owner(owner())
    return made


def forget_parts() -> None:
    """What the doors have put together belongs to the account of one test."""
    for cached in (wiring.api_parts, wiring.worker_parts, wiring.timer_parts, wiring.stream_parts):
        cached.cache_clear()
