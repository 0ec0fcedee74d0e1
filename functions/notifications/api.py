"""HTTP door: people stop what they no longer want, and providers pass on what people text back."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.notifications import answer_request
from functions.notifications.wiring import api_parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.get("/stop/<token>")
def get_stop(token: str) -> Response[str]:
    """Ask whoever holds the link what to stop."""
    return answer_request.get_stop(request_of(app), api_parts(), token)


@app.post("/stop/<token>")
def post_stop(token: str) -> Response[str]:
    """Stop it."""
    return answer_request.post_stop(request_of(app), api_parts(), token)


@app.post("/inbound-sms")
def post_inbound_sms() -> Response[str]:
    """Take in an SMS that somebody sent us."""
    return answer_request.post_inbound_sms(request_of(app), api_parts())


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
