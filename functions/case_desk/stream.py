"""Stream door: a new entry of a timeline tells those it names."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.case_desk.tell_of_entry import tell_of_entry
from functions.case_desk.wiring import stream_parts
from shared.adapters.cases_table import ENTRY_PREFIX, entry_from_item
from shared.runtime.batch import process_batch


def _tell(record: Mapping[str, Any]) -> None:
    image = record["dynamodb"].get("NewImage")
    if record["eventName"] != "INSERT" or not image["sk"]["S"].startswith(ENTRY_PREFIX):
        return
    stream_parts().notifications.send_all(tell_of_entry(entry_from_item(image)))


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of changes of the Cases table."""
    return process_batch(event, context, EventType.DynamoDBStreams, _tell)
