"""Take a message in: who wrote it follows from the token, and all that is done is one message on the queue."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple

from functions.sentiment_escalation.answer_escalation import AskedFor, EscalationDict, answer_escalation, find_open_case
from functions.sentiment_escalation.centre_desk import CentreDesk
from functions.sentiment_escalation.models import PostedMessage
from functions.sentiment_escalation.recognise_words import asks_for_manager
from functions.sentiment_escalation.wiring import ApiParts
from shared.domain.access import STAFF, Caller, Role
from shared.domain.conversations import Author, Conversation, key_of
from shared.domain.errors import InvalidInput, NotAllowed, Violation
from shared.domain.events import MessageReceived


class Writer(NamedTuple):
    """Who wrote a message, and whose conversation it is."""

    author: Author
    author_id: str | None
    owner_id: str | None
    role: Role | None = None
    """Of a member of staff who writes themselves."""


class Sender(NamedTuple):
    """Who sends a message: their token, the key that they gave it, and their language."""

    caller: Caller
    key: str | None
    locale: str


class Posted(NamedTuple):
    """What the sender of a message is told."""

    message_id: str
    received_at: datetime
    escalation: EscalationDict | None


def post_message(conversation_id: str, posted: PostedMessage, sender: Sender, now: datetime, parts: ApiParts) -> Posted:
    """Send the message to the queue; the word for a manager is answered at once.

    Raises NotAllowed when the conversation is somebody else's, InvalidInput.
    """
    caller, centre_id = sender.caller, sender.caller.own_centre()
    found = parts.conversations.find(centre_id, conversation_id)
    writer = _writer(posted, caller, found)
    # Sides of a conversation may count their messages alike.
    message_id = f"{writer.author}:{posted.message_id or _derived_id(posted, sender.key, writer, now)}"
    message: MessageReceived = {
        "type": "message_received",
        "centre_id": centre_id,
        "conversation_id": conversation_id,
        "message_id": message_id,
        "owner_id": writer.owner_id,
        "author": writer.author.value,
        "author_id": writer.author_id,
        "channel": posted.channel.value,
        "locale": posted.locale or (found.locale if found is not None else sender.locale),
        "words": posted.words,
        "received_at": now.isoformat(timespec="microseconds"),
    }
    if writer.role is not None:
        message["author_role"] = writer.role.value
    _add_what_is_known(message, posted, now)
    escalation = None
    if writer.author is Author.CUSTOMER and asks_for_manager(posted.words):
        bill_id = posted.bill_id or (found.bill_id if found is not None else None)
        open_case = find_open_case(centre_id, conversation_id, bill_id, writer.owner_id, parts.cases)
        desk = CentreDesk(centre_id, parts.centres.find(centre_id))
        by = AskedFor(conversation_id, message_id, writer.owner_id, message["locale"])
        escalation = answer_escalation(by, open_case, desk, parts.cases, now)
        message["asks_for_manager"] = True
        message["case_id"] = escalation["case_id"]
    conversation = sha256(key_of(centre_id, conversation_id).encode()).hexdigest()
    once = sha256(f"{conversation}#{message_id}".encode()).hexdigest()
    parts.queue.send(message, group=conversation, once=once)
    return Posted(message_id, now, escalation)


def require_sight(conversation: Conversation, caller: Caller) -> None:
    """Raises NotAllowed unless it is the caller's own conversation or one of their centre."""
    caller.require_sight_of(owner_id=conversation.owner_id, centre_id=conversation.centre_id)


def _writer(posted: PostedMessage, caller: Caller, found: Conversation | None) -> Writer:
    """Who wrote it. Raises NotAllowed, or InvalidInput for what the caller's role may not say."""
    owner_id = found.owner_id if found is not None else None
    if caller.roles & {*STAFF, Role.INTEGRATOR}:
        if owner_id is not None and posted.owner_id not in (None, owner_id):
            raise InvalidInput([Violation("/owner_id", "this conversation belongs to another owner")])
        is_integrator = Role.INTEGRATOR in caller.roles
        if not is_integrator:
            _refuse(posted, ("author", "author_id"), "only integrators say who wrote a message")
        as_caller = Author.STAFF if caller.roles & STAFF else Author.CUSTOMER
        author = posted.author or as_caller
        author_id = posted.author_id or (caller.acts_as if caller.roles & STAFF else None)
        if author is not Author.STAFF:
            author_id = None
        if author is Author.CUSTOMER:
            _refuse(posted, ("waiting_for", "closes"), "customers do not say this")
        role = _role(caller) if author_id == caller.acts_as else None
        return Writer(author, author_id, owner_id or posted.owner_id, role)
    caller.require(Role.OWNER)
    if caller.owner_id is None:
        raise NotAllowed("your token names no owner")
    if found is not None:
        require_sight(found, caller)
    _refuse(posted, ("author", "author_id", "owner_id", "waiting_for", "closes"), "owners cannot say this")
    return Writer(Author.CUSTOMER, None, caller.owner_id)


def _role(caller: Caller) -> Role | None:
    return next((role for role in (Role.MANAGER, Role.ADVISOR) if role in caller.roles), None)


def _refuse(posted: PostedMessage, fields: tuple[str, ...], why: str) -> None:
    said = [name for name in fields if getattr(posted, name) not in (None, False)]
    if said:
        raise InvalidInput([Violation(f"/{name}", why) for name in said])


def _derived_id(posted: PostedMessage, key: str | None, writer: Writer, now: datetime) -> str:
    """Without a key the same words of the same author within a minute are one message."""
    if key is not None:
        said = f"key#{key}"
    else:
        when = posted.sent_at or now.replace(second=0, microsecond=0)
        said = f"words#{when.astimezone(UTC).isoformat()}#{writer.author}#{writer.author_id}#{posted.words}"
    return sha256(said.encode()).hexdigest()[:32]


def _add_what_is_known(message: MessageReceived, posted: PostedMessage, now: datetime) -> None:
    if posted.sent_at is not None:
        # A clock that runs ahead is not believed.
        message["sent_at"] = min(posted.sent_at.astimezone(UTC), now).isoformat()
    if posted.vin is not None:
        message["vin"] = posted.vin
    if posted.bill_id is not None:
        message["bill_id"] = posted.bill_id
    if posted.waiting_for is not None:
        waiting: Any = posted.waiting_for.to_domain().model_dump(mode="json")
        message["waiting_for"] = waiting
    if posted.closes:
        message["closes"] = True
