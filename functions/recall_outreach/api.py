"""HTTP door: the call list and call sheets go out, what calls came to comes in, and what it all achieved."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.recall_outreach import answer_request
from functions.recall_outreach.wiring import parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.get("/outreach")
def get_calls() -> Response[str]:
    """List whom to call today."""
    return answer_request.get_calls(request_of(app), parts())


@app.get("/outreach/effect")
def get_effect() -> Response[str]:
    """Report what asking achieves."""
    return answer_request.get_effect(request_of(app), parts())


@app.get("/outreach/<task_id>")
def get_sheet(task_id: str) -> Response[str]:
    """Show a call sheet."""
    return answer_request.get_sheet(request_of(app), parts(), task_id)


@app.post("/outreach/<task_id>/attempts")
def post_attempt(task_id: str) -> Response[str]:
    """Begin a call, or tell what it came to."""
    return answer_request.post_attempt(request_of(app), parts(), task_id)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
