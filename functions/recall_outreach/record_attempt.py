"""Record a call: begin it, which claims the task, or tell what it came to, which moves the task on.

Task and person change in one write. What happened is always recorded; what has not happened yet is allowed first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.recall_outreach.find_next_time import find_next_time, part_of_day
from functions.recall_outreach.judge_contact import PURPOSE, Verdict, is_calling, number_of
from functions.recall_outreach.models import AttemptReport
from functions.recall_outreach.policies import Policies
from shared.domain.centres import Centre
from shared.domain.contact_rules import Rules
from shared.domain.errors import Conflict
from shared.domain.outreach import REACHED, Attempt, Contact, Outcome, Person, State, Task, contact_id_of
from shared.domain.owners import Owner


@dataclass(frozen=True, slots=True)
class Setting:
    """Around a call: who calls whom, where, when, and by which rules."""

    by: str
    now: datetime
    owner: Owner
    centre: Centre
    rules: Rules
    policies: Policies


@dataclass(frozen=True, slots=True)
class Moved:
    """A task and its person after a call; `counts` when it is a call that was not counted yet."""

    task: Task
    person: Person
    counts: bool


def already_recorded(task: Task, report: AttemptReport) -> bool:
    """Whether this very report was recorded before."""
    key, outcome = report.request_id, report.outcome
    if key is None:
        return False
    begun = any(a.id == key and outcome in (Outcome.CALLING, a.outcome) for a in task.attempts)
    return begun or any(a.told_as == key for a in task.attempts)


def begin_call(task: Task, person: Person, report: AttemptReport, verdict: Verdict, setting: Setting) -> Moved | None:
    """Claim the task for the caller; None when it is theirs already. Raises Conflict with what speaks against it."""
    if is_calling(task, setting.by, setting.policies, setting.now):
        return None
    if verdict.barrier is not None:
        until = f" until {verdict.until.isoformat(timespec='minutes')}" if verdict.until else ""
        raise Conflict(f"no call now: {verdict.barrier.value}{until}")
    attempt = _attempt(task, report, setting, number_of(setting.owner, person))
    return Moved(
        task.model_copy(update={"attempts": (*task.attempts, attempt)}), _contacted(person, task, attempt), counts=True
    )


def conclude_call(task: Task, person: Person, report: AttemptReport, setting: Setting) -> Moved:
    """What a call came to, and the next step. Raises Conflict when the task is closed or somebody else is calling.

    "Do not contact" is taken whatever the state.
    """
    refuses = report.outcome is Outcome.DO_NOT_CONTACT
    if task.state is not State.OPEN and not refuses:
        raise Conflict("the task is closed")
    calling = task.calling
    if calling is not None and calling.by != setting.by and not refuses:
        if setting.now < calling.at + setting.policies.claim_lasts:
            raise Conflict("somebody else is calling")
        calling = None
    if calling is not None and calling.by == setting.by:
        changes = {"outcome": report.outcome, "words": report.words, "reason": report.reason}
        attempt = calling.model_copy(update={**changes, "told_as": report.request_id})
        attempts, counts = (*task.attempts[:-1], attempt), False
    else:
        attempt = _attempt(task, report, setting, number_of(setting.owner, person))
        attempts, counts = (*task.attempts, attempt), True
        person = _contacted(person, task, attempt)
    task, person = _move_on(task.model_copy(update={"attempts": attempts}), person, attempt, setting)
    return Moved(task, person, counts)


def close(task: Task, person: Person, how: str, at: datetime) -> tuple[Task, Person]:
    """The task closed, its person free for another."""
    open_task = None if person.open_task == task.id else person.open_task
    return (
        task.model_copy(update={"state": State.CLOSED, "closed_at": at, "closed_as": how, "not_before": None}),
        person.model_copy(update={"open_task": open_task}),
    )


def _move_on(task: Task, person: Person, attempt: Attempt, setting: Setting) -> tuple[Task, Person]:
    outcome, now = attempt.outcome, setting.now
    if outcome in REACHED:
        changes: dict[str, object] = {"unanswered": 0}
        if outcome is Outcome.DO_NOT_CONTACT:
            changes["stopped_at"] = now
        person = person.model_copy(update=changes)
        return close(task, person, outcome.value, now) if task.state is State.OPEN else (task, person)
    if outcome is Outcome.NO_ANSWER:
        person = person.model_copy(update={"unanswered": person.unanswered + 1})
    else:
        person = _not_contacted(person, task, attempt)
    calls = len(task.attempts)
    if calls >= setting.policies.attempts_at_most or number_of(setting.owner, person) is None:
        return close(task, person, outcome.value, now)
    return task.model_copy(update={"not_before": _next_time(task, person, setting)}), person


def _next_time(task: Task, person: Person, setting: Setting) -> datetime:
    """Not before the caps allow it, not on the same day, and at a time of day at which nobody has tried yet."""
    free_at = setting.rules.free_at(PURPOSE, {c.id: (c.at, c.purpose) for c in person.contacts})
    tomorrow = setting.now + timedelta(hours=12)
    zone = setting.owner.zone
    return find_next_time(
        max(free_at or tomorrow, tomorrow),
        zone=zone,
        centre=setting.centre,
        rules=setting.rules,
        policies=setting.policies,
        tried={part_of_day(attempt.at, zone, setting.policies) for attempt in task.attempts},
    )


def _attempt(task: Task, report: AttemptReport, setting: Setting, number: str | None) -> Attempt:
    return Attempt(
        id=report.request_id or f"call-{len(task.attempts) + 1}",
        at=setting.now,
        by=setting.by,
        outcome=report.outcome,
        number=number,
        words=report.words,
        reason=report.reason,
        locale=setting.owner.locale,
    )


def _contacted(person: Person, task: Task, attempt: Attempt) -> Person:
    contact = Contact(id=contact_id_of(task.id, attempt.id), at=attempt.at)
    return person.model_copy(update={"contacts": (*person.contacts[-49:], contact)})


def _not_contacted(person: Person, task: Task, attempt: Attempt) -> Person:
    """A wrong number reached somebody else: it is not called again, and was no contact of this person."""
    contacts = tuple(contact for contact in person.contacts if contact.id != contact_id_of(task.id, attempt.id))
    numbers = {*person.wrong_numbers, *([attempt.number] if attempt.number else [])}
    return person.model_copy(update={"contacts": contacts, "wrong_numbers": tuple(sorted(numbers))})
