"""Queue door: makes the tasks of a centre, for those due and nobody else."""

import json
from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import EventType
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse

from functions.recall_outreach.models import RunMessage
from functions.recall_outreach.run_centre import run_centre
from functions.recall_outreach.start_runs import run_of
from functions.recall_outreach.wiring import worker_parts
from shared.adapters.owners_table import DUE_BUCKETS
from shared.domain.validation import read_as
from shared.runtime import clock
from shared.runtime.batch import process_batch
from shared.runtime.observability import count, logger

_ENOUGH_MS = 20_000


def _run(record: Mapping[str, Any], context: Any) -> None:
    message, parts = read_as(RunMessage, json.loads(record["body"])), worker_parts()
    centre = parts.centres.find(message.centre_id)
    if centre is None:
        logger.warning("no such centre", centre_id=message.centre_id)
        return
    run = run_centre(
        centre,
        parts.due,
        parts.desk,
        buckets=range(message.from_bucket, DUE_BUCKETS),
        now=clock.now(),
        has_time=lambda: context is None or context.get_remaining_time_in_millis() > _ENOUGH_MS,
    )
    logger.info("outreach run", centre_id=centre.id, made=dict(run.made), goes_on_at=run.goes_on_at)
    count("OutreachTasksMade", run.made["open"])
    if run.goes_on_at is not None:
        parts.runs.send(run_of(centre.id, message.requested_at or "", run.goes_on_at))


def handler(event: dict[str, Any], context: Any) -> PartialItemFailureResponse:
    """One batch of messages of the queue OutreachCentres."""
    return process_batch(event, context, EventType.SQS, lambda record: _run(record, context))
