"""Stream door: a bill that came in or was asked about becomes a message to other rooms."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.bill_explanation.tell_of_change import case_requested, explanation_ready
from functions.bill_explanation.wiring import stream_parts
from shared.adapters.bills_table import CURRENT, QUESTION_PREFIX, bill_from_item, question_from_item
from shared.runtime.batch import process_batch


def _tell(record: Mapping[str, Any]) -> None:
    change = record["dynamodb"]
    image, before = change.get("NewImage"), change.get("OldImage")
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
    """One batch of changes of the Bills table."""
    return process_batch(event, context, EventType.DynamoDBStreams, _tell)
