"""Schedule door: every hour, the centres where the day is about to begin get their call list made."""

from datetime import UTC, datetime
from typing import Any

from functions.recall_outreach.start_runs import start_runs
from functions.recall_outreach.wiring import timer_parts
from shared.runtime import clock
from shared.runtime.observability import count, logger


def handler(event: dict[str, Any], context: Any) -> None:
    """One tick, at the time that the event names. With `centre_id` in the event, that centre at once."""
    now = datetime.fromisoformat(event["time"]).astimezone(UTC) if "time" in event else clock.now()
    parts = timer_parts()
    started = start_runs(parts.centres, parts.runs, parts.policies, now, only=event.get("centre_id"))
    logger.info("outreach started", centres=started)
    count("OutreachRunsStarted", started)
