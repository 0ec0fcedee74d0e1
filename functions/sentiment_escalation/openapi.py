"""The routes of sentiment escalation, described from its own models."""

from typing import TypedDict

from functions.sentiment_escalation.answer_escalation import EscalationDict
from functions.sentiment_escalation.list_awaiting import AwaitingListDict
from functions.sentiment_escalation.models import PostedMessage
from functions.sentiment_escalation.show_conversation import ConversationDict
from shared.content import LOCALES
from shared.runtime.openapi import Description, query


class _Posted(TypedDict):
    conversation_id: str
    message_id: str
    received_at: str
    escalation: EscalationDict | None


_EVERYBODY = ("owner", "advisor", "manager", "integrator")
_LOCALE = query("locale", "Language of the answer, instead of Accept-Language", enum=list(LOCALES))


def describe() -> Description:
    """Every route that the room's HTTP door has."""
    room = Description()
    room.route(
        "POST /conversations/{id}/messages",
        "Write a message; the word for a manager is answered at once",
        roles=_EVERYBODY,
        parameters=[
            _LOCALE,
            {
                "name": "Idempotency-Key",
                "in": "header",
                "description": "Sent again with the same key, a message stays one; `message_id` does the same",
                "schema": {"type": "string"},
            },
        ],
        body={"application/json": room.schema("PostedMessage", PostedMessage)},
        responses={202: {"description": "Taken in", "application/json": room.schema("Posted", _Posted)}},
        problems=(400, 413, 415, 422),
    )
    room.route(
        "GET /conversations",
        "Who waits for a reply of one's centre, the longest first",
        roles=("advisor", "manager"),
        parameters=[
            query("centre", "The centre; one's own when absent"),
            query("after", "Go on: what the answer before gave as `next`"),
        ],
        responses={200: {"application/json": room.schema("AwaitingList", AwaitingListDict)}},
        problems=(422,),
    )
    room.route(
        "GET /conversations/{id}",
        "Read a conversation: messages, temperature, who owes whom an answer",
        roles=_EVERYBODY,
        parameters=[query("before", "Page back: what the answer before gave as `older`"), _LOCALE],
        responses={200: {"application/json": room.schema("Conversation", ConversationDict)}},
        problems=(404, 422),
    )
    return room
