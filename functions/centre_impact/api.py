"""HTTP door: what a service centre is."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.centre_impact import answer_request
from functions.centre_impact.wiring import api_parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.get("/centres/<centre_id>")
def get_centre(centre_id: str) -> Response[str]:
    """Show a centre."""
    return answer_request.get_centre(request_of(app), api_parts(), centre_id)


@app.put("/centres/<centre_id>")
def put_centre(centre_id: str) -> Response[str]:
    """Keep what a centre is."""
    return answer_request.put_centre(request_of(app), api_parts(), centre_id)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
