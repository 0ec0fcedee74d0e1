"""Stream door: a bill that came in or was asked about becomes a message to other rooms."""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from functions.bill_explanation.tell_of_change import case_requested, explanation_ready
from functions.bill_explanation.wiring import stream_parts
from shared.adapters.bills_table import (
    CURRENT,
    QUESTION_PREFIX,
    bill_from_item,
    question_from_item,
)
from shared.runtime.observability import logger

_processor = BatchProcessor(event_type=EventType.DynamoDBStreams)


def _tell(record: DynamoDBRecord) -> None:
    raw: dict[str, Any] = record.raw_event["dynamodb"]
    image, before = raw.get("NewImage"), raw.get("OldImage")
    if image is None:
        return
    parts = stream_parts()
    sk = image["sk"]["S"]
    if sk == CURRENT and (before is None or image["revision"] != before["revision"]):
        if before is not None:
            parts.bills.keep_revision(bill_from_item(before))
        key = parts.link_keys.current()
        message = explanation_ready(bill_from_item(image), parts.public_url, key)
        if message is not None:
            parts.notifications.send(message)
    elif sk.startswith(QUESTION_PREFIX):
        parts.case_requests.send(case_requested(question_from_item(image)))


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of changes; a record that fails is retried alone."""
    logger.info("bills changed", records=len(event["Records"]))
    return process_partial_response(event, _tell, _processor, context)
