"""Run outreach for one centre: read those due, and only them, and make a task for each."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from functions.recall_outreach.make_task import Desk, make_task
from shared.domain.centres import Centre
from shared.domain.errors import NotFound
from shared.domain.vehicles import Holding


class Due(Protocol):
    """Where it is read who is due."""

    def due_in_bucket(self, centre_id: str, bucket: int, until: date) -> Iterable[Holding]: ...  # noqa: D102


class Run(NamedTuple):
    """What became of those who were due, by outcome, and the bucket to go on with when time ran out."""

    made: Counter[str]
    goes_on_at: int | None


def run_centre(
    centre: Centre,
    due: Due,
    desk: Desk,
    *,
    buckets: Iterable[int],
    now: datetime,
    has_time: Callable[[], bool] = lambda: True,
) -> Run:
    """Make the tasks of a centre; again, or twice at once, it makes none twice.

    A bucket is left unfinished when time runs out; whoever goes on with it passes over what is made.
    """
    made: Counter[str] = Counter()
    today = now.astimezone(ZoneInfo(centre.zone)).date()
    for bucket in buckets:
        for holding in due.due_in_bucket(centre.id, bucket, today):
            if not has_time():
                return Run(made, bucket)
            try:
                made[make_task(holding, centre, desk, now)] += 1
            except NotFound:
                made["unknown_owner"] += 1
    return Run(made, None)
