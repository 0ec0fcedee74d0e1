"""What comes in: requests to tell somebody something, wake-up calls, SMS that people send back."""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from shared.adapters.notices_table import notice_key
from shared.domain.owners import Key, Locale, PhoneNumber, Purpose

NoticeId = Annotated[str, StringConstraints(min_length=1, max_length=400)]


class _Message(BaseModel):
    # Senders may say more than we know of; what we know of must be right.
    model_config = ConfigDict(extra="ignore", frozen=True)


class To(_Message):
    """Whom to tell: an owner, someone of the centre's ladder, or one of the centre's webhooks."""

    owner_id: Key | None = None
    staff_id: Key | None = None
    webhook_id: Key | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("name one recipient")
        return self

    @property
    def written(self) -> str:
        """The recipient as one text, such as `owner#42`."""
        ((kind, id_),) = self.model_dump(exclude_none=True).items()
        return f"{kind.removesuffix('_id')}#{id_}"


class NoticeRequest(_Message):
    """`NotificationRequested` (docs/events.md), as it is believed here."""

    type: Literal["notification_requested"] = "notification_requested"
    notification_id: NoticeId
    kind: Key
    purpose: Purpose
    urgency: Literal["routine", "urgent"]
    centre_id: Key
    to: To
    locale: Locale
    subject: Annotated[str, StringConstraints(max_length=300)]
    text: Annotated[str, StringConstraints(min_length=1, max_length=20_000)]
    url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=2_000)] | None = None
    requested_at: AwareDatetime

    @property
    def key(self) -> str:
        """The key that the notice is stored under: one per recipient, however often it is asked for."""
        return notice_key(self.notification_id)

    @property
    def is_urgent(self) -> bool:
        """Whether it may ring at night. Marketing never may, whatever its sender thinks."""
        return self.urgency == "urgent" and self.purpose is Purpose.SERVICE


class NoticeDue(_Message):
    """A stored notice has to be looked at again."""

    type: Literal["notification_due"] = "notification_due"
    key: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{40}$")]


class ContactMade(_Message):
    """`ContactMade` (docs/events.md), as it is believed here."""

    type: Literal["contact_made"] = "contact_made"
    contact_id: NoticeId
    owner_id: Key
    channel: Key
    purpose: Purpose
    at: AwareDatetime
    counts: bool


class InboundSms(BaseModel):
    """An SMS that somebody sent to the number that ours come from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sender: PhoneNumber
    text: Annotated[str, StringConstraints(max_length=2_000)]
    received_at: AwareDatetime | None = Field(None, description="when the provider got it; absent: now")
    locale: Locale = "en"

    def heard_at(self, now: datetime) -> datetime:
        """When it was sent; a clock that runs ahead is not believed."""
        return min(self.received_at or now, now)
