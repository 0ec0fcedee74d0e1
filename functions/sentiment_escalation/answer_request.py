"""Answer the requests of this room: who may write and see what, and what they are told."""

import re

from aws_lambda_powertools.event_handler import Response
from pydantic import BaseModel, ConfigDict

from functions.sentiment_escalation.list_awaiting import list_awaiting
from functions.sentiment_escalation.models import PostedMessage
from functions.sentiment_escalation.post_message import Sender, post_message, require_sight
from functions.sentiment_escalation.show_conversation import show_conversation
from functions.sentiment_escalation.wiring import ApiParts
from shared.content import LOCALES
from shared.domain.access import STAFF
from shared.domain.errors import InputTooLarge, InvalidInput, NotAllowed, NotFound, Violation
from shared.domain.owners import Key
from shared.domain.validation import read_as
from shared.runtime import clock
from shared.runtime.http import Request, answer_json
from shared.runtime.observability import count, logger

LARGEST_BODY = 100_000
PAGE = 100
WAITING_PAGE = 25
_ORDER = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00#[A-Za-z0-9._:+-]{1,80}$")


class _Path(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: Key


def post_message_request(request: Request, parts: ApiParts, conversation_id: str) -> Response[str]:
    """Take in a message: 202, with what a customer who asked for a manager is told at once."""
    if len(request.body) > LARGEST_BODY:
        raise InputTooLarge("a message has at most 8000 characters")
    caller = request.caller
    read_as(_Path, {"id": conversation_id})
    posted = post_message(
        conversation_id,
        read_as(PostedMessage, request.json),
        Sender(caller, request.header("idempotency-key"), request.locale("en", LOCALES)),
        clock.now(),
        parts,
    )
    logger.info("message sent on", asks_for_manager=posted.escalation is not None)
    count("MessagesPosted")
    if posted.escalation is not None:
        count("ManagersAskedFor")
    content = {
        "conversation_id": conversation_id,
        "message_id": posted.message_id,
        "received_at": posted.received_at.isoformat(),
        "escalation": posted.escalation,
    }
    return answer_json(202, content, {"Location": f"/conversations/{conversation_id}"})


def get_conversations(request: Request, parts: ApiParts) -> Response[str]:
    """Who waits for a reply of the caller's centre; `?after=` with the answer's `next` goes on."""
    caller = request.caller
    caller.require(*STAFF)
    centre_id = request.query("centre") or caller.own_centre()
    if not caller.works_for(centre_id):
        raise NotAllowed("this is another centre's")
    after = request.query("after")
    if after is not None and not _ORDER.fullmatch(after):
        raise InvalidInput([Violation("/after", "is not what this API gave as `next`")])
    waiting = parts.conversations.awaiting(centre_id, WAITING_PAGE, after)
    return answer_json(200, list_awaiting(waiting, parts.cases, parts.rules.trajectory, clock.now()))


def get_conversation(request: Request, parts: ApiParts, conversation_id: str) -> Response[str]:
    """A conversation, its newest messages; `?before=` with the answer's `older` pages back."""
    caller = request.caller
    read_as(_Path, {"id": conversation_id})
    before = request.query("before")
    if before is not None and not _ORDER.fullmatch(before):
        raise InvalidInput([Violation("/before", "is not what this API gave as `older`")])
    conversation = parts.conversations.find(caller.own_centre(), conversation_id)
    if conversation is None:
        raise NotFound("there is no such conversation")
    require_sight(conversation, caller)
    locale = request.locale(conversation.locale, LOCALES)
    page = parts.conversations.messages(conversation.key, PAGE, before)
    ended = parts.conversations.episodes(conversation.key)
    content = show_conversation(conversation, page, ended, parts.rules.trajectory, clock.now(), locale)
    return answer_json(200, content, {"Content-Language": locale})
