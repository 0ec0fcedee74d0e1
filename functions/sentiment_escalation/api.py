"""HTTP door: messages come in, conversations are shown, and "Escalate" is answered at once."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.sentiment_escalation import answer_request
from functions.sentiment_escalation.wiring import api_parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.post("/conversations/<conversation_id>/messages")
def post_message(conversation_id: str) -> Response[str]:
    """Take in a message of a conversation."""
    return answer_request.post_message_request(request_of(app), api_parts(), conversation_id)


@app.get("/conversations")
def get_conversations() -> Response[str]:
    """List who waits for a reply of a centre."""
    return answer_request.get_conversations(request_of(app), api_parts())


@app.get("/conversations/<conversation_id>")
def get_conversation(conversation_id: str) -> Response[str]:
    """Show a conversation to its owner or to its centre."""
    return answer_request.get_conversation(request_of(app), api_parts(), conversation_id)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
