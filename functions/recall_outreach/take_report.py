"""Take a report of a call: allow one that begins, record what one came to. Sent twice, it is recorded once."""

from datetime import date, datetime
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from functions.recall_outreach.judge_call import Judges, judge_call
from functions.recall_outreach.models import AttemptReport
from functions.recall_outreach.record_attempt import Setting, already_recorded, begin_call, conclude_call
from shared.adapters.outreach_table import LostRace
from shared.domain.centres import Centre
from shared.domain.errors import Conflict
from shared.domain.outreach import Outcome, Person, Task

_TRIES = 5


class Tasks(Protocol):
    """Where tasks are kept."""

    def get_task(self, task_id: str) -> Task: ...  # noqa: D102
    def save(self, task: Task, person: Person, *, called_on: date | None = None) -> None: ...  # noqa: D102


class Taken(NamedTuple):
    """The task as it now is, and whether this report changed it."""

    task: Task
    is_new: bool


def take_report(  # noqa: PLR0913 - each is a part of a report
    task: Task, report: AttemptReport, *, centre: Centre, tasks: Tasks, judges: Judges, by: str, now: datetime
) -> Taken:
    """Record a report about a task in one write.

    Raises Conflict for a call that may not begin, or an outcome of a closed task; LostRace, a Conflict too, when
    others change the same task again and again.
    """
    for _ in range(_TRIES - 1):
        try:
            return _take(task, report, centre, tasks, judges, by, now)
        except Conflict as conflict:
            # What speaks against it may be this very report, recorded by another process since the task was read.
            seen, task = task, tasks.get_task(task.id)
            if task.rev == seen.rev and not isinstance(conflict, LostRace):
                raise
    return _take(task, report, centre, tasks, judges, by, now)


def _take(  # noqa: PLR0913, PLR0917 - as above
    task: Task, report: AttemptReport, centre: Centre, tasks: Tasks, judges: Judges, by: str, now: datetime
) -> Taken:
    if already_recorded(task, report):
        return Taken(task, is_new=False)
    judged = judge_call(task, judges, by, now)
    setting = Setting(by, now, judged.owner, centre, judges.rules, judges.policies)
    if report.outcome is Outcome.CALLING:
        moved = begin_call(task, judged.person, report, judged.verdict, setting)
    else:
        moved = conclude_call(task, judged.person, report, setting)
    if moved is None:
        return Taken(task, is_new=False)
    today = now.astimezone(ZoneInfo(centre.zone)).date()
    tasks.save(moved.task, moved.person, called_on=today if moved.counts else None)
    return Taken(moved.task, is_new=True)
