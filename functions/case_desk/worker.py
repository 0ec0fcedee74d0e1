"""Queue door: what may need a case opens one, or joins the open one."""

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.case_desk.take_in_message import take_in_message
from functions.case_desk.wiring import worker_parts
from shared.runtime import clock
from shared.runtime.batch import process_batch
from shared.runtime.observability import logger


def _take_in(record: Mapping[str, Any]) -> None:
    case_id = take_in_message(record["body"], worker_parts(), clock.now())
    logger.info("message taken in", case_id=case_id)


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of messages of the queue CaseRequests."""
    return process_batch(event, context, EventType.SQS, _take_in)
