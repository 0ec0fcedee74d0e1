"""Schedule door: once a minute, wake the notices whose time has come."""

from typing import Any

from functions.notifications.send_due import send_due
from functions.notifications.wiring import timer_parts
from shared.runtime import clock
from shared.runtime.observability import logger


def handler(event: dict[str, Any], context: Any) -> None:
    """One tick."""
    parts = timer_parts()
    woken = send_due(parts.notices, parts.queue, clock.now())
    if woken:
        logger.info("notices woken", notices=woken)
