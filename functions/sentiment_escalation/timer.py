"""Schedule door: once a minute, whoever has waited too long is told, and those who can help."""

from datetime import UTC, datetime
from typing import Any

from functions.sentiment_escalation.take_due_steps import take_due_steps
from functions.sentiment_escalation.wiring import timer_parts
from shared.runtime import clock
from shared.runtime.observability import count, logger


class ConversationsFailed(Exception):
    """Some conversations could not be worked off; the event is tried again, and ends in the dead-letter queue."""


def handler(event: dict[str, Any], context: Any) -> None:
    """One tick. The time is that of the event, so that a tick can be repeated, or tried with another time."""
    now = datetime.fromisoformat(event["time"]).astimezone(UTC) if "time" in event else clock.now()
    tick = take_due_steps(timer_parts(), now)
    if tick.taken:
        logger.info("steps about delays taken", steps=tick.taken)
        count("DelayStepsTaken", tick.taken)
    if tick.failed:
        raise ConversationsFailed(f"{tick.failed} conversations")
