"""The messages between rooms; docs/events.md is their catalogue, tests/contract holds them to it."""

from typing import Literal, NotRequired, TypedDict


class CaseRequested(TypedDict):
    """On `CaseRequests`: something happened that may need a case. `request_id` is the business key.

    `reason` is one of: bill_question, bill_dispute, agitation, keyword, delay, diagnosis, warranty,
    estimate_change, safety, legal, win_back.
    """

    type: Literal["case_requested"]
    request_id: str
    reason: str
    centre_id: str
    owner_id: str | None
    requested_at: str
    locale: str
    words: str
    bill_id: NotRequired[str]
    line_id: NotRequired[str | None]
    conversation_id: NotRequired[str]
    case_id: NotRequired[str]
    """The id that the requester has promised to the customer, should a new case be opened."""
    grade: NotRequired[int]
    signals: NotRequired[list[str]]


class Recipient(TypedDict):
    """Whom to tell: an owner by id, or a member of staff by id, of the message's centre."""

    owner_id: NotRequired[str]
    staff_id: NotRequired[str]


class NotificationRequested(TypedDict):
    """On `Notifications`: somebody should be told. `notification_id` is the business key.

    The text is finished, in the recipient's language; the notifications room chooses the channel,
    adds who is writing and how to stop, and holds to consent, quiet hours and caps.
    """

    type: Literal["notification_requested"]
    notification_id: str
    kind: str
    purpose: Literal["service", "marketing"]
    urgency: Literal["routine", "urgent"]
    centre_id: str
    to: Recipient
    locale: str
    subject: str
    text: str
    url: NotRequired[str]
    requested_at: str
