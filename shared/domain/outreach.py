"""Outreach: one task per owner and occasion to ask how they are, and what came of it.

A `Task` is one owner and vehicle that became due: open to be called, held out to measure the effect, or skipped with a
reason. A `Person` is what all campaigns together know of an owner: the one open task, every contact, wrong numbers.
"""

from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, StringConstraints

from shared.domain.owners import Key, Locale, Model, PhoneNumber

LONGEST_WORDS = 4_000
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_WORDS)]


class State(StrEnum):
    """Where a task stands."""

    OPEN = "open"
    HELD_OUT = "held_out"
    SKIPPED = "skipped"
    CLOSED = "closed"


class Outcome(StrEnum):
    """What a call came to. `calling` claims the task for one person: nobody is called twice at once."""

    CALLING = "calling"
    FINE = "fine"
    DISSATISFIED = "dissatisfied"
    ELSEWHERE = "elsewhere"
    WANTS_APPOINTMENT = "wants_appointment"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"
    DO_NOT_CONTACT = "do_not_contact"


REACHED = frozenset(
    {Outcome.FINE, Outcome.DISSATISFIED, Outcome.ELSEWHERE, Outcome.WANTS_APPOINTMENT, Outcome.DO_NOT_CONTACT}
)
"""Outcomes of calls in which the owner was spoken to."""


class Barrier(StrEnum):
    """Why an owner is not contacted: about the owner or vehicle for good, or only now."""

    OPTED_OUT = "opted_out"
    NO_CONSENT = "no_consent"
    DECEASED = "deceased"
    SOLD = "sold"
    NO_PHONE = "no_phone"
    OPEN_COMPLAINT = "open_complaint"
    APPOINTMENT_BOOKED = "appointment_booked"
    CONTACTED_RECENTLY = "contacted_recently"
    ASKED_ALREADY = "asked_already"
    NOT_DUE = "not_due"
    QUIET_HOURS = "quiet_hours"
    NOT_YET = "not_yet"
    CLOSED = "closed"
    BEING_CALLED = "being_called"


FOR_GOOD = frozenset({Barrier.OPTED_OUT, Barrier.DECEASED, Barrier.SOLD})
"""Barriers that end an open task."""

ElsewhereReason = Literal["price", "distance", "waiting_time", "quality", "trust", "relation", "other"]


class Attempt(Model):
    """One call, or its beginning while `outcome` is calling."""

    id: Key
    told_as: Key | None = Field(None, description="the key under which the outcome of a begun call was told")
    at: AwareDatetime
    by: Key
    outcome: Outcome
    number: PhoneNumber | None = None
    words: Words | None = None
    reason: ElsewhereReason | None = None
    locale: Locale = "zh-CN"


class Reason(Model):
    """One part of a task's rank: a factor from 0 to 1 and what it was made of."""

    factor: Literal["value", "reach", "time"]
    share: float
    inputs: dict[str, Decimal] = Field(default_factory=dict)
    currency: str | None = None


class Rank(Model):
    """Whom to call first: the product of its reasons, turned into a head start over those who came later."""

    score: float
    ranks_as_of: AwareDatetime = Field(description="the earlier, the sooner; it never changes, so nobody waits forever")
    reasons: tuple[Reason, ...]


class Task(Model):
    """An owner and vehicle that became due, and what was done about it."""

    id: Key
    centre_id: Key
    owner_id: Key
    vin: str
    due_on: date
    because: Literal["maintenance", "lapse", "first_visit"]
    items: tuple[Key, ...] = ()
    made_at: AwareDatetime
    month: str = Field(description="of the centre's calendar, such as 2026-11")
    state: State
    barrier: Barrier | None = None
    rank: Rank | None = None
    not_before: AwareDatetime | None = Field(None, description="when an unanswered call may be tried again")
    attempts: tuple[Attempt, ...] = ()
    closed_at: AwareDatetime | None = None
    closed_as: str | None = Field(None, description="an outcome, a barrier, or returned")
    returned_at: AwareDatetime | None = Field(None, description="the first visit after the task was made")
    rev: int = 0

    @property
    def reached_at(self) -> datetime | None:
        """When the owner was first spoken to."""
        return next((a.at for a in self.attempts if a.outcome in REACHED), None)

    @property
    def calling(self) -> Attempt | None:
        """The call that somebody has begun and not yet told about."""
        last = self.attempts[-1] if self.attempts else None
        return last if last is not None and last.outcome is Outcome.CALLING else None

    @property
    def is_won_back(self) -> bool:
        """Whether the owner came after being spoken to."""
        return self.reached_at is not None and self.returned_at is not None and self.returned_at > self.reached_at


class Contact(Model):
    """That an owner was contacted, by any campaign."""

    id: str
    at: AwareDatetime
    purpose: Literal["service", "marketing"] = "marketing"


class Person(Model):
    """What outreach knows of an owner, over all vehicles and campaigns."""

    owner_id: Key
    open_task: Key | None = None
    latest: dict[str, Key] = Field(default_factory=dict, description="of each vehicle: the latest task or hold-out")
    contacts: tuple[Contact, ...] = ()
    held_out_at: AwareDatetime | None = Field(None, description="when a vehicle of theirs was last held out")
    unanswered: int = 0
    wrong_numbers: tuple[PhoneNumber, ...] = ()
    stopped_at: AwareDatetime | None = Field(None, description="when the owner last said not to be contacted")
    rev: int = 0


def contact_id_of(task_id: str, attempt_id: str) -> str:
    """The id under which every room counts a call, so that none counts it twice."""
    return f"{task_id}#{attempt_id}"


def task_id_of(owner_id: str, vin: str, due_on: date) -> str:
    """The id of the task for one occasion: the same whoever makes it, and however often."""
    return sha256(f"{owner_id}|{vin}|{due_on.isoformat()}".encode()).hexdigest()[:24]
