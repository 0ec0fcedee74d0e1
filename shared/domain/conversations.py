"""A conversation between a customer and a centre: its messages, how heated it is, and who owes whom an answer.

The conversation itself holds everything that the next message needs, so that a message costs the same however long the
conversation has grown.
"""

from base64 import b32encode
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from shared.domain.access import Role

LONGEST_MESSAGE = 8_000
"""Characters of one message."""


class _Model(BaseModel):
    """Frozen; what a later version added is left out when read, not refused."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Author(StrEnum):
    """Who wrote a message. What a system wrote is no answer."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


class Medium(StrEnum):
    """Where a message was written."""

    APP = "app"
    WEB = "web"
    ADVISOR = "advisor"
    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    WECHAT = "wechat"
    SOCIAL = "social"


class Evidence(_Model):
    """Words of a message that speak for something: a signal by its name, or what moved the score by its weight."""

    start: int
    end: int
    words: str
    signal: str | None = None
    weight: float | None = None


class Score(_Model):
    """How agitated the writer of a message is."""

    probability: float
    """That the grade is 2 or 3."""
    grade: int
    """0 calm, 1 dissatisfied, 2 agitated, 3 furious or threatening."""
    evidence: tuple[Evidence, ...] = ()
    signals: tuple[Evidence, ...] = ()
    language: str = ""
    confidence: str = "low"
    version: str = ""

    @property
    def signal_names(self) -> tuple[str, ...]:
        """Each signal once, in the order of the text."""
        return tuple(dict.fromkeys(found.signal for found in self.signals if found.signal is not None))


class WaitingFor(_Model):
    """What staff said that a repair waits for; `nothing` ends the wait."""

    what: Literal["parts", "nothing"]
    words: str | None = None
    """What is waited for, as the customer is told."""
    expected_at: datetime | None = None


class Message(_Model):
    """One message, as it came in and as it was read."""

    message_id: str
    author: Author
    author_id: str | None = None
    author_role: Role | None = None
    """The role of a member of staff; None where another system passed the message on."""
    channel: Medium
    locale: str
    words: str
    received_at: datetime
    sent_at: datetime | None = None
    vin: str | None = None
    bill_id: str | None = None
    asks_for_manager: bool = False
    """The customer sent the word: everything else gives way to it."""
    case_id: str | None = None
    """The id of the case that the customer was told."""
    waiting_for: WaitingFor | None = None
    closes: bool = False
    is_courtesy: bool = False
    asks: bool = False
    """Staff asked the customer something."""
    opens_episode: bool = False
    """The case before it was closed when it came."""
    score: Score | None = None

    @property
    def order(self) -> str:
        """Sorts the messages of a conversation: by the time that they were received."""
        return f"{self.received_at.isoformat(timespec='microseconds')}#{self.message_id}"


class Trajectory(_Model):
    """What a conversation has come to with one of its messages, and all that the next one needs."""

    temperature: float = 0
    """From 0, calm, to 100, at the time `at`."""
    at: datetime | None = None
    is_hot: bool = False
    unanswered: int = 0
    """Messages of the customer since the centre last answered."""
    awaiting_since: datetime | None = None
    """When the centre began to owe an answer."""
    customer_owes_since: datetime | None = None
    waiting: WaitingFor | None = None
    waiting_since: datetime | None = None
    episode: int = 1
    is_closed: bool = False


class Episode(_Model):
    """From the first trouble until its case, or the conversation, is closed: nothing of it leaks into the next."""

    number: int
    started_at: datetime
    handed_off_at: datetime | None = None
    """When a human took over, or was asked to."""
    case_id: str | None = None
    raised: tuple[str, ...] = ()
    """The reasons for which a case was asked for."""
    ended_at: datetime | None = None


class DelayKind(StrEnum):
    """What a customer waits for."""

    REPLY = "reply"
    PARTS = "parts"


class Delay(_Model):
    """A wait that is being followed: how many steps were taken, and when the next is due."""

    kind: DelayKind
    since: datetime
    expected_at: datetime | None = None
    steps_taken: int = 0
    due_at: datetime | None
    """None after the last step."""


class Awaiting(_Model):
    """A conversation in which the centre owes a reply, as a list of them shows it."""

    conversation_id: str
    owner_id: str | None
    since: datetime
    unanswered: int
    trajectory: Trajectory
    due_at: datetime | None
    """When the next step about the delay is due; None once a case is open, whose own deadlines run."""
    case_id: str | None

    @property
    def order(self) -> str:
        """Sorts the conversations of a centre: who has waited longest comes first."""
        return f"{self.since.isoformat(timespec='microseconds')}#{self.conversation_id}"


class Conversation(_Model):
    """A conversation as it is now."""

    centre_id: str
    conversation_id: str
    owner_id: str | None
    locale: str
    vin: str | None = None
    bill_id: str | None = None
    version: int = 0
    message_count: int = 0
    newest: str = ""
    """The order of the newest message."""
    started_at: datetime
    trajectory: Trajectory = Trajectory()
    episode: Episode
    delays: tuple[Delay, ...] = ()

    @property
    def key(self) -> str:
        """Names it among all centres' conversations."""
        return key_of(self.centre_id, self.conversation_id)

    @property
    def due_at(self) -> datetime | None:
        """When the next step of a delay is due."""
        return min((delay.due_at for delay in self.delays if delay.due_at is not None), default=None)

    @property
    def awaiting(self) -> Awaiting | None:
        """What there is to list while the centre owes a reply; None while it does not."""
        state = self.trajectory
        if state.awaiting_since is None:
            return None
        return Awaiting(
            conversation_id=self.conversation_id,
            owner_id=self.owner_id,
            since=state.awaiting_since,
            unanswered=state.unanswered,
            trajectory=Trajectory(temperature=state.temperature, at=state.at, is_hot=state.is_hot),
            due_at=next((delay.due_at for delay in self.delays if delay.kind is DelayKind.REPLY), None),
            case_id=self.episode.case_id,
        )


class Entry(NamedTuple):
    """A message, what the conversation came to with it, and what other rooms are to be told because of it."""

    message: Message
    trajectory: Trajectory
    outbox: Sequence[Any] = ()


class StepTaken(NamedTuple):
    """A step of a delay, once for its key, and what is to be told."""

    key: str
    at: datetime
    kind: DelayKind
    step: str
    outbox: Sequence[Any]


class Change(NamedTuple):
    """What one use case made of a conversation: stored whole or not at all."""

    before: Conversation | None
    after: Conversation
    entry: Entry | None = None
    rewritten: Sequence[Entry] = ()
    """Later messages, with what the conversation came to once a late one is counted."""
    ended: Episode | None = None
    step: StepTaken | None = None


def key_of(centre_id: str, conversation_id: str) -> str:
    """The key of a conversation: ids are those of a centre, so that no other can take them."""
    return f"{centre_id}#{conversation_id}"


def proposed_case_id(request_id: str) -> str:
    """The id that a case gets, should the request open one: the same whenever it is asked for."""
    return b32encode(sha256(f"case#{request_id}".encode()).digest()[:10]).decode().lower()


def escalation_request_id(centre_id: str, conversation_id: str, message_id: str) -> str:
    """The business key of a customer's "Escalate"."""
    return f"escalate#{key_of(centre_id, conversation_id)}#{message_id}"
