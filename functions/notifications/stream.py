"""Stream door: a STOP or an unsubscription becomes a consent withdrawn, for every room to heed."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.notifications.tell_of_stop import consents_changed
from functions.notifications.wiring import stream_parts
from shared.runtime.batch import process_batch


def _tell(record: Mapping[str, Any]) -> None:
    parts = stream_parts()
    for message in consents_changed(record["dynamodb"]):
        parts.owner_records.send(message)


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of changes of the Notifications table."""
    return process_batch(event, context, EventType.DynamoDBStreams, _tell)
