"""Queue door: what people should be told, and what comes back from them."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.notifications.take_in_message import take_in_message
from functions.notifications.wiring import worker_parts
from shared.runtime import clock
from shared.runtime.batch import process_batch


def _take_in(record: Mapping[str, Any]) -> None:
    take_in_message(json.loads(record["body"]), worker_parts(), clock.now())


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of messages of the queue Notifications or NotificationFeedback."""
    return process_batch(event, context, EventType.SQS, _take_in)
