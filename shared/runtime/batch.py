"""Batches of records: each is handled on its own, and those that fail are reported and retried."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from shared.runtime.observability import log_failure


def process_batch(
    event: dict[str, Any],
    context: Any,
    event_type: EventType,
    handle: Callable[[Mapping[str, Any]], None],
) -> PartialItemFailureResponse:
    """Handle every raw record; the answer names those to be retried (ReportBatchItemFailures).

    A failure is logged with where it happened, never with what the record says.
    """

    def handle_one(record: Any) -> None:
        try:
            handle(record.raw_event)
        except Exception as error:
            log_failure("record failed", error, source=str(event_type.value))
            raise

    processor = BatchProcessor(event_type=event_type, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle_one, processor, context)
