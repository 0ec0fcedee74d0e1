"""Stream door: what a message or a step about a delay has to tell other rooms is sent."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.sentiment_escalation.wiring import stream_parts
from shared.adapters.conversations_table import outbox_of
from shared.runtime.batch import process_batch


def _send(record: Mapping[str, Any]) -> None:
    change = record["dynamodb"]
    sent_before = outbox_of(change.get("OldImage"))
    parts = stream_parts()
    for message in outbox_of(change.get("NewImage")):
        if message not in sent_before:
            queue = parts.notifications if message["type"] == "notification_requested" else parts.case_requests
            queue.send(message)


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of changes of the Conversations table."""
    return process_batch(event, context, EventType.DynamoDBStreams, _send)
