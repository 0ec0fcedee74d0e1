"""Queue door: messages of conversations, in their order."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.sentiment_escalation.take_in_message import take_in_message
from functions.sentiment_escalation.wiring import worker_parts
from shared.runtime import clock
from shared.runtime.batch import process_batch
from shared.runtime.observability import count, logger


def _take_in(record: Mapping[str, Any]) -> None:
    taken = take_in_message(json.loads(record["body"]), worker_parts(), clock.now())
    if taken.refused:
        logger.warning("message refused", conversation=taken.key)
        count("MessagesRefused")
    elif taken.left_out:
        logger.info("message of somebody erased left out", conversation=taken.key)
        count("MessagesLeftOut")
    elif taken.reason is not None and taken.is_new:
        logger.info("case asked for", conversation=taken.key, reason=taken.reason)
        count("CasesAskedFor")


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of the queue ConversationMessages.

    One that fails holds up no follower of its group: messages are counted by when they were received, so a late one
    finds its place.
    """
    return process_batch(event, context, EventType.SQS, _take_in)
