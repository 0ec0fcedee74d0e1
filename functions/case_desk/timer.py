"""Schedule door: once a minute, deadlines that passed climb and promises that are due are recalled."""

from datetime import UTC, datetime
from typing import Any

from functions.case_desk.wiring import parts
from functions.case_desk.work_off_due import work_off_due
from shared.runtime import clock
from shared.runtime.observability import count, logger


class CasesFailed(Exception):
    """Some cases could not be worked off; the event is tried again, and ends in the dead-letter queue."""


def handler(event: dict[str, Any], context: Any) -> None:
    """One tick. The time is that of the event, so that a tick can be repeated, or tried with another time."""
    now = datetime.fromisoformat(event["time"]).astimezone(UTC) if "time" in event else clock.now()
    tick = work_off_due(parts(), now)
    if tick.changed:
        logger.info("cases fell due", cases=tick.changed)
        count("CasesFellDue", tick.changed)
    if tick.failed:
        raise CasesFailed(f"{tick.failed} cases")
