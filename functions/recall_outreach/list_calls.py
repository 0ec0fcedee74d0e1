"""List whom to call today: the centre's open tasks by rank, those that may be called, as many as a day has calls."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from functions.recall_outreach.judge_call import Judged, Judges, judge_call
from functions.recall_outreach.say_reasons import say_ranking
from functions.recall_outreach.write_document import write_text
from shared.content import load_all, wording
from shared.domain.centres import Centre
from shared.domain.errors import NotFound
from shared.domain.figures import Book
from shared.domain.outreach import Barrier, Task

_LOOKED_AT = 200
"""Open tasks that one list looks at: a bound, should very many be closed to calls at this hour."""


class Tasks(Protocol):
    """Where the call list is read."""

    def open_tasks(self, centre_id: str) -> Iterator[Task]: ...  # noqa: D102
    def calls_on(self, centre_id: str, day: date) -> int: ...  # noqa: D102


def list_calls(centre: Centre, tasks: Tasks, judges: Judges, *, by: str, now: datetime, locale: str) -> dict[str, Any]:
    """The call list of a centre at this moment. Owners in their quiet hours are on it, with when these end."""
    calls_made = tasks.calls_on(centre.id, now.astimezone(ZoneInfo(centre.zone)).date())
    calls_left = max(centre.outreach.calls_a_day - calls_made, 0)
    found = islice(_callable(tasks.open_tasks(centre.id), judges, by, now), calls_left)
    return {
        "centre_id": centre.id,
        "calls_a_day": centre.outreach.calls_a_day,
        "calls_made": calls_made,
        "calls": [_entry(place, judged, centre, locale) for place, judged in enumerate(found, start=1)],
    }


def _callable(tasks: Iterator[Task], judges: Judges, by: str, now: datetime) -> Iterator[Judged]:
    waiting = (task for task in tasks if task.not_before is None or task.not_before <= now)
    for task in islice(waiting, _LOOKED_AT):
        try:
            judged = judge_call(task, judges, by, now)
        except NotFound:
            continue
        if judged.verdict.barrier in (None, Barrier.QUIET_HOURS):
            yield judged


def _entry(place: int, judged: Judged, centre: Centre, locale: str) -> dict[str, Any]:
    task, verdict = judged.task, judged.verdict
    zone = ZoneInfo(centre.zone)
    book = Book({"task": task.model_dump(), "made_on": task.made_at.astimezone(zone).date()}, load_all())
    words = wording(locale)
    rank = task.rank
    return {
        "place": place,
        "task_id": task.id,
        "owner": {"id": task.owner_id, "name": judged.owner.name, "locale": judged.owner.locale},
        "vehicle": {"vin": task.vin, "model": judged.holding.model if judged.holding else None},
        "because": task.because,
        "due_on": task.due_on.isoformat(),
        "call_from": verdict.until.isoformat() if verdict.until else None,
        "calls_so_far": len(task.attempts),
        "score": str(Decimal(str(rank.score))) if rank else None,
        "ranks_as_of": rank.ranks_as_of.isoformat() if rank else None,
        "reasons": [write_text(statement, book, words)["text"] for statement in say_ranking(book, task)],
        "sheet": f"/outreach/{task.id}",
    }
