"""Stream door: what follows from a task or a call, and what a change in the registry means for a task."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.recall_outreach.follow_up import follow_up
from functions.recall_outreach.note_change import note_change
from functions.recall_outreach.wiring import stream_parts
from shared.adapters.outreach_table import TASK_SK, task_from_item
from shared.runtime import clock
from shared.runtime.batch import process_batch
from shared.runtime.observability import count, logger


def _react(record: Mapping[str, Any]) -> None:
    parts, change = stream_parts(), record["dynamodb"]
    kind, _, name = change["Keys"]["pk"]["S"].partition("#")
    sk = change["Keys"]["sk"]["S"]
    if kind == "OWNER" and sk.startswith("VEHICLE#"):
        became = note_change(name, sk.removeprefix("VEHICLE#"), parts, clock.now())
        if became is not None:
            logger.info("task changed by the registry", became=became)
            count("OutreachOwnersReturned", int(became == "returned"))
    elif sk == TASK_SK and "NewImage" in change:
        old = task_from_item(change["OldImage"]) if "OldImage" in change else None
        follow_up(task_from_item(change["NewImage"]), old, parts)


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of changes of the tables Outreach and Owners."""
    return process_batch(event, context, EventType.DynamoDBStreams, _react)
