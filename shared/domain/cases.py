"""A case: somebody is upset, disputes something or was promised something, and a named person answers for it.

Statuses are enums with one table of allowed transitions; every change is an entry of an append-only timeline, and an
entry carries what has to be told to whom. How clocks and ladders move a case is the case desk's; what a case is, all
rooms may read here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.domain.centres import LADDER, Rung
from shared.domain.errors import Conflict

LONGEST_WORDS = 4_000
"""Characters of a message or note that a case keeps; what is longer is cut, and says so."""


FALSE_ALARM = "false_alarm"
"""The entry of a manager's "not upset"."""
MOST_KEPT_ANSWERS = 10
"""Of a conversation without an open case: an answer overtakes a request by seconds, not by a long exchange."""


class _Model(BaseModel):
    """Frozen; what a later version added is left out when read, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class State(StrEnum):
    """Where a case stands."""

    NEW = "new"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    WAITING_CUSTOMER = "waiting_customer"
    WAITING_PARTS = "waiting_parts"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"


TRANSITIONS: Mapping[State, frozenset[State]] = {
    State.NEW: frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS}),
    State.ACKNOWLEDGED: frozenset({State.IN_PROGRESS, State.WAITING_CUSTOMER, State.WAITING_PARTS, State.RESOLVED}),
    State.IN_PROGRESS: frozenset({State.WAITING_CUSTOMER, State.WAITING_PARTS, State.RESOLVED}),
    State.WAITING_CUSTOMER: frozenset({State.IN_PROGRESS, State.WAITING_PARTS, State.RESOLVED}),
    State.WAITING_PARTS: frozenset({State.IN_PROGRESS, State.WAITING_CUSTOMER, State.RESOLVED}),
    State.RESOLVED: frozenset({State.CLOSED, State.REOPENED}),
    State.CLOSED: frozenset({State.REOPENED}),
    State.REOPENED: frozenset({State.ACKNOWLEDGED, State.IN_PROGRESS}),
}
OPEN = frozenset(State) - {State.RESOLVED, State.CLOSED}
"""States in which the centre owes the customer something."""
UNANSWERED = frozenset({State.NEW, State.REOPENED})


class Severity(StrEnum):
    """How urgent a case is; the policies give each its deadlines."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """0 for the least urgent."""
        return list(Severity).index(self)


class ClockKind(StrEnum):
    """What a deadline is for."""

    ACKNOWLEDGE = "acknowledge"
    UPDATE = "update"
    RESOLVE = "resolve"


class Stretch(_Model):
    """Opening hours that counted towards a deadline."""

    start: datetime
    end: datetime
    counted_s: int


class CaseClock(_Model):
    """A deadline that runs, is paused, was met or was missed; a miss is recorded once."""

    kind: ClockKind
    target_s: int
    used_s: int
    round_the_clock: bool
    running_since: datetime | None
    due_at: datetime | None
    steps: tuple[Stretch, ...]
    """How `due_at` was computed."""
    met_at: datetime | None = None
    breached_at: datetime | None = None
    climbs_at: datetime | None = None
    """When the missed deadline climbs to the next rung; at the top, when those on call are paged again."""

    @property
    def is_running(self) -> bool:
        """Whether it can still be met, and is not paused."""
        return self.met_at is None and self.running_since is not None

    @property
    def next_event_at(self) -> datetime | None:
        """When it is missed, or climbs further; None while it is paused or once it is met."""
        if not self.is_running:
            return None
        return self.due_at if self.breached_at is None else self.climbs_at


class PromiseState(StrEnum):
    """What became of a promise."""

    RECOGNISED = "recognised"
    CONFIRMED = "confirmed"
    KEPT = "kept"
    MISSED = "missed"
    KEPT_LATE = "kept_late"
    WITHDRAWN = "withdrawn"


OUTSTANDING = frozenset({PromiseState.RECOGNISED, PromiseState.CONFIRMED, PromiseState.MISSED})


class Promise(_Model):
    """What a member of staff said they would do, and by when."""

    promise_id: str
    staff_id: str
    words: str
    made_at: datetime
    due_at: datetime
    rule: str
    """The rule of content/promises.json that recognised it."""
    due_is_default: bool
    """No time was named, so the default of the rules stands until the author edits it."""
    state: PromiseState = PromiseState.RECOGNISED
    remind_at: datetime | None = None
    """When its author is reminded before it is due; None when that is over."""
    misses_at: datetime
    """When it counts as missed and a manager is told, a little after it is due."""
    due_reminded: bool = False
    settled_at: datetime | None = None

    @property
    def is_outstanding(self) -> bool:
        """Whether the customer still waits for it."""
        return self.state in OUTSTANDING

    @property
    def next_event_at(self) -> datetime | None:
        """When a reminder, or the record of its miss, is due."""
        if self.state not in (PromiseState.RECOGNISED, PromiseState.CONFIRMED):
            return None
        if self.remind_at is not None:
            return min(self.remind_at, self.due_at)
        return self.misses_at if self.due_reminded else self.due_at

    @property
    def was_kept(self) -> bool | None:
        """Whether it was kept in time; None while nobody can know, or when it was no promise."""
        if self.state is PromiseState.KEPT:
            return True
        return False if self.state in (PromiseState.MISSED, PromiseState.KEPT_LATE) else None


class Checklist(_Model):
    """The conversation checklist, as the person who resolved the case confirmed it."""

    solved: bool
    prevention_taught: bool
    value_added: bool
    choice_matters: bool
    """Does the owner feel that their choice matters?"""


class StaffAnswer(_Model):
    """A member of staff wrote to the customer in the conversation."""

    at: datetime
    staff_id: str
    role: str | None
    message_id: str


class Case(_Model):
    """One episode: from the first trouble until it is closed."""

    case_id: str
    centre_id: str
    owner_id: str | None
    version: int
    entry_count: int
    state: State
    severity: Severity
    reasons: tuple[str, ...]
    asked_for: bool
    """The customer asked for a human; otherwise the case was raised by itself."""
    locale: str
    zone: str
    words: str
    grade: int | None = None
    conversation_id: str | None = None
    bill_id: str | None = None
    line_id: str | None = None
    rung: Rung
    """How far up the ladder the case has climbed."""
    staff_id: str
    staff_name: str | None
    opened_at: datetime
    entered: dict[State, datetime]
    """When the case last entered each state."""
    clocks: tuple[CaseClock, ...] = ()
    promises: tuple[Promise, ...] = ()
    closes_at: datetime | None = None
    reopenable_until: datetime | None = None
    times_reopened: int = 0
    times_asked: int = 1
    """How many requests were merged into this case."""
    first_reply_at: datetime | None = None
    last_answer: StaffAnswer | None = None
    """The newest answer in the conversation that was counted since the case was last opened."""
    steps_told: tuple[str, ...] = ()
    """The steps of a reply draft that were kept in what was sent."""
    false_alarm_by: str | None = None
    deadlines_missed: int = 0
    times_paged_again: int = 0
    """How often those on call were paged again, since nobody has acknowledged the case."""
    checklist: Checklist | None = None
    seconds_to: dict[str, int] = {}
    """Counted time to acknowledge, first_reply and resolve, by the hours of the case's severity."""

    @property
    def links(self) -> tuple[str, ...]:
        """The conversation and the bill that no second open case may take."""
        return links_of(self.centre_id, self.conversation_id, self.bill_id)

    @property
    def is_open(self) -> bool:
        """Whether the centre owes the customer something."""
        return self.state in OPEN

    @property
    def next_event_at(self) -> datetime | None:
        """When time alone will next change this case; None when nothing is due."""
        times = [self.closes_at, *(clock.next_event_at for clock in self.clocks)]
        times += [promise.next_event_at for promise in self.promises]
        return min((at for at in times if at is not None), default=None)

    @property
    def next_deadline(self) -> CaseClock | None:
        """The deadline that is met or missed next; one that was missed stays next until it is met."""
        running = [clock for clock in self.clocks if clock.is_running and clock.due_at is not None]
        return min(running, key=lambda clock: (clock.due_at, clock.kind), default=None)

    @property
    def rank_key(self) -> str:
        """Sorts the open cases of a centre: ours to move before the customer's, severe first, then the oldest."""
        theirs = int(self.state is State.WAITING_CUSTOMER)
        urgency = Severity.CRITICAL.rank - self.severity.rank
        return f"{theirs}{urgency}#{self.opened_at.isoformat()}#{self.case_id}"

    def clock(self, kind: ClockKind) -> CaseClock | None:
        """The clock of a kind, or None where none was started."""
        return next((clock for clock in self.clocks if clock.kind is kind), None)

    def promise(self, promise_id: str) -> Promise | None:
        """A promise by its id, or None."""
        return next((promise for promise in self.promises if promise.promise_id == promise_id), None)


class Notice(_Model):
    """Somebody should be told: what kind of message, to whom, and what it says."""

    kind: str
    to: Literal["owner", "staff"]
    recipient_id: str
    urgency: Literal["routine", "urgent"]
    locale: str
    zone: str
    args: dict[str, Any]


class Entry(_Model):
    """One entry of the timeline: what happened, who did it, and who is to be told. Never changed."""

    case_id: str
    centre_id: str
    seq: int
    at: datetime
    kind: str
    by: str
    """A member of staff, `customer`, or `system`."""
    public: bool
    """Whether the customer sees it."""
    data: dict[str, Any] = {}
    notices: tuple[Notice, ...] = ()


class Change(NamedTuple):
    """What one use case made of a case: stored whole or not at all."""

    before: Case | None
    case: Case
    entries: tuple[Entry, ...]
    request_id: str | None = None
    """The business key of what asked for it: a second change with the same key is refused."""
    alias: str | None = None
    """Another id that stands for the case from now on."""
    answers_read: Mapping[str, int] = {}
    """The links that the case takes for which answers were kept, and at which revision they were read."""


class KeptAnswers(NamedTuple):
    """Answers in a conversation without an open case: should one be opened by what they have overtaken, they count."""

    rev: int = 0
    answers: tuple[StaffAnswer, ...] = ()

    def with_answer(self, answer: StaffAnswer) -> "KeptAnswers":
        """With one more, in the order in which they were written; the newest are kept."""
        known = sorted({*self.answers, answer}, key=lambda found: (found.at, found.message_id))
        return KeptAnswers(self.rev + 1, tuple(known[-MOST_KEPT_ANSWERS:]))


def links_of(centre_id: str, conversation_id: str | None, bill_id: str | None) -> tuple[str, ...]:
    """What a case keeps for itself while it is not closed: `<centre>#conversation#<id>`, `<centre>#bill#<id>`."""
    found = (("conversation", conversation_id), ("bill", bill_id))
    return tuple(f"{centre_id}#{kind}#{key}" for kind, key in found if key is not None)


def require_transition(current: State, wanted: State) -> None:
    """Raises Conflict when a case may not go from `current` to `wanted`."""
    if wanted not in TRANSITIONS[current]:
        allowed = ", ".join(sorted(TRANSITIONS[current]))
        raise Conflict(f"a case that is {current} cannot become {wanted}; it can become: {allowed}")


def higher(first: Rung, second: Rung) -> Rung:
    """The higher of two rungs."""
    return max(first, second, key=LADDER.index)


def above(rung: Rung) -> Rung | None:
    """The rung above, or None at the top."""
    position = LADDER.index(rung) + 1
    return LADDER[position] if position < len(LADDER) else None


def cut(words: str) -> str:
    """Words as a case keeps them."""
    return words if len(words) <= LONGEST_WORDS else words[: LONGEST_WORDS - 1] + "…"


def seconds(duration: timedelta) -> int:
    """A duration in whole seconds."""
    return int(duration.total_seconds())
