"""What comes in: messages over HTTP, and the same on the queue with what the door knows of their author."""

import unicodedata
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from shared.domain.access import Role
from shared.domain.conversations import LONGEST_MESSAGE, Author, Medium, WaitingFor
from shared.domain.owners import Key, Locale, Model

_KEPT = frozenset("\n\t")
_UNREADABLE = frozenset({"Cc", "Cs", "Cn"})


def _readable(words: str) -> str:
    """The text without what no writer types. Raises ValueError when that is most of it, or all."""
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(c for c in words if c in _KEPT or unicodedata.category(c) not in _UNREADABLE)
    if len(words) - len(kept) > len(words) // 4:
        raise ValueError("is not text")
    kept = kept.strip()
    if not kept:
        raise ValueError("says nothing")
    return kept


Words = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_MESSAGE), AfterValidator(_readable)]
Subject = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,128}$")]


def _in_utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


class PostedWait(Model):
    """What a repair waits for, as the customer is told; `nothing` ends the wait."""

    what: Annotated[str, StringConstraints(pattern="^(parts|nothing)$")]
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)] | None = None
    expected_at: AwareDatetime | None = None

    def to_domain(self) -> WaitingFor:
        """The same, as conversations keep it."""
        expected_at = None if self.expected_at is None else self.expected_at.astimezone(UTC).replace(microsecond=0)
        return WaitingFor.model_validate({**self.model_dump(), "expected_at": expected_at})


class PostedMessage(Model):
    """One message. Who wrote it follows from the token; an integrator passes on what others wrote."""

    words: Words
    channel: Medium = Medium.WEB
    message_id: Key | None = Field(None, description="your own key: sent again with it, a message stays one")
    locale: Locale | None = None
    sent_at: AwareDatetime | None = Field(None, description="when it was written; a time to come is not believed")
    vin: Key | None = None
    bill_id: Key | None = None
    author: Author | None = Field(None, description="integrators only: who wrote it; else the token says")
    author_id: Subject | None = Field(None, description="integrators only: which member of staff wrote it")
    owner_id: Key | None = Field(None, description="for staff and integrators: whose conversation it is")
    waiting_for: PostedWait | None = Field(None, description="staff and integrators: what the repair waits for")
    closes: bool = Field(default=False, description="staff and integrators: the conversation is over")


class Incoming(BaseModel):
    """`message_received`, checked. What a later version of it adds is left aside."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    type: Annotated[str, StringConstraints(pattern="^message_received$")]
    centre_id: Key
    conversation_id: Key
    message_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:+-]{1,80}$")]
    owner_id: Key | None
    author: Author
    author_id: Subject | None
    author_role: Role | None = None
    channel: Medium
    locale: Locale
    words: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_MESSAGE)]
    received_at: Annotated[AwareDatetime, AfterValidator(_in_utc)]
    sent_at: AwareDatetime | None = None
    vin: Key | None = None
    bill_id: Key | None = None
    asks_for_manager: bool = False
    case_id: Key | None = None
    waiting_for: WaitingFor | None = None
    closes: bool = False
