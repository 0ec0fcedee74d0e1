"""Wake the notices whose time has come: one message each to the worker, which alone decides and sends."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from functions.notifications.models import NoticeDue
from shared.adapters.notices_table import DUE_BUCKETS, NoticesTable

MOST_AT_ONCE = 2_000
"""Per bucket and run; the rest is still due at the next run, a minute later."""


class WakeUps(Protocol):
    """Where wake-up calls are sent."""

    def send_all(self, messages: Sequence[Mapping[str, Any]]) -> None: ...  # noqa: D102


def send_due(notices: NoticesTable, queue: WakeUps, now: datetime) -> int:
    """Send a wake-up call for every due notice, and say how many.

    A notice stays due until the worker has moved it, so that a lost call is repeated; one too many changes nothing.
    """
    sent = 0
    for bucket in range(DUE_BUCKETS):
        sent_of_bucket = 0
        for page in notices.due(bucket, now):
            queue.send_all([NoticeDue(key=key).model_dump() for key in page])
            sent_of_bucket += len(page)
            if sent_of_bucket >= MOST_AT_ONCE:
                break
        sent += sent_of_bucket
    return sent
