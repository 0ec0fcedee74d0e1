"""Queue door: records, decisions and erasures for the registry."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.owner_journey.take_in_message import take_in_message
from functions.owner_journey.wiring import worker_parts
from shared.runtime.batch import process_batch


def _take_in(record: Mapping[str, Any]) -> None:
    parts = worker_parts()
    take_in_message(json.loads(record["body"]), parts.owners, parts.drawers)


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of messages of the queue OwnerRecords."""
    return process_batch(event, context, EventType.SQS, _take_in)
