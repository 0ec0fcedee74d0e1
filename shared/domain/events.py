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
    probability: NotRequired[float]
    """That its writer is upset, as the agitation engine of the version `engine` read it."""
    engine: NotRequired[str]
    language: NotRequired[str]
    channel: NotRequired[str]


class Recipient(TypedDict):
    """Whom to tell: an owner by id, or a member of staff or a webhook by id, of the message's centre."""

    owner_id: NotRequired[str]
    staff_id: NotRequired[str]
    webhook_id: NotRequired[str]
    """Only the notifications room itself asks for these: copies of what staff is told."""


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


class ContactMade(TypedDict):
    """On `Notifications`: another room contacted an owner, which counts towards the caps. `contact_id` is the key.

    `counts` is false for a contact that turned out to have reached somebody else; that word is the last one, in
    whatever order both arrive.
    """

    type: Literal["contact_made"]
    contact_id: str
    owner_id: str
    channel: Literal["call"]
    purpose: Literal["service", "marketing"]
    at: str
    counts: bool


class ConsentChanged(TypedDict):
    """On `OwnerRecords`: an owner decided about being contacted. The decision itself is the business key.

    Without a channel it covers all channels, without a purpose every purpose: "do not contact me" is a
    refusal without either.
    """

    type: Literal["consent_changed"]
    owner_id: str
    channel: str | None
    purpose: str | None
    granted: bool
    at: str
    how: str
    source: str


class ContactDeferred(TypedDict):
    """On `OwnerRecords`: outreach need not look at an owner and vehicle before a day. The newest `at` counts."""

    type: Literal["contact_deferred"]
    vin: str
    owner_id: str
    until: str
    reason: str
    at: str


class ErasureRequested(TypedDict):
    """On `OwnerRecords`: an owner's personal data is to be erased, everywhere. `owner_id` is the business key."""

    type: Literal["erasure_requested"]
    owner_id: str
    requested_at: str


class OwnerRecordsReceived(TypedDict):
    """On `OwnerRecords`: rows of a dealer system, checked one by one; each carries its own business key.

    A record says in `record` what it is (owner, vehicle, visit, reading, consent), beside the fields of that model.
    """

    type: Literal["owner_records_received"]
    centre_id: str
    received_at: str
    records: list[dict[str, object]]


class PromiseMade(TypedDict):
    """On `CaseRequests`: a member of staff wrote to a customer; the case desk enters what it promises.

    `request_id` is the business key, one per message. Send it when `recognise_promises` finds something.
    """

    type: Literal["promise_made"]
    request_id: str
    centre_id: str
    owner_id: str | None
    conversation_id: str
    staff_id: str
    words: str
    made_at: str
    locale: str


class StaffAnswered(TypedDict):
    """On `CaseRequests`: a member of staff wrote to a customer, which answers the conversation's open case.

    `request_id` is the business key, one per message. `role` is that of their token; None where another system passed
    the message on.
    """

    type: Literal["staff_answered"]
    request_id: str
    centre_id: str
    owner_id: str | None
    conversation_id: str
    message_id: str
    staff_id: str
    role: str | None
    answered_at: str


class MessageReceived(TypedDict):
    """On `ConversationMessages.fifo`, group = conversation: somebody wrote. Conversation and `message_id` are the key.

    `received_at` is when the door took it in: messages are counted in that order. `case_id` is what a customer who
    asked for a manager was told.
    """

    type: Literal["message_received"]
    centre_id: str
    conversation_id: str
    message_id: str
    owner_id: str | None
    author: str
    author_id: str | None
    channel: str
    locale: str
    words: str
    received_at: str
    author_role: NotRequired[str]
    sent_at: NotRequired[str]
    vin: NotRequired[str]
    bill_id: NotRequired[str]
    asks_for_manager: NotRequired[bool]
    case_id: NotRequired[str]
    waiting_for: NotRequired[dict[str, str | None]]
    closes: NotRequired[bool]


class OutreachDue(TypedDict):
    """On `OutreachCentres`: make the call list of a centre. Asked for twice, every task is made once.

    `from_bucket` goes on with a run whose time was over.
    """

    type: Literal["outreach_due"]
    centre_id: str
    from_bucket: int
    requested_at: str
