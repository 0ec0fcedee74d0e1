"""HTTP door: bills and questions come in, explanations go out."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.bill_explanation import answer_request
from functions.bill_explanation.wiring import api_parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.post("/bills")
def post_bill() -> Response[str]:
    """Take in a bill of the caller's centre."""
    return answer_request.post_bill(request_of(app), api_parts())


@app.get("/bills")
def get_bills() -> Response[str]:
    """List the bills of an owner."""
    return answer_request.get_bills(request_of(app), api_parts())


@app.get("/bills/<bill_id>/explanation")
def get_explanation(bill_id: str) -> Response[str]:
    """Show an explanation to its owner or to the centre."""
    return answer_request.get_explanation(request_of(app), api_parts(), bill_id)


@app.post("/bills/<bill_id>/questions")
def post_question(bill_id: str) -> Response[str]:
    """Keep a question about a bill, or a dispute of one of its lines."""
    return answer_request.post_question(request_of(app), api_parts(), bill_id)


@app.get("/links/<token>")
def get_link(token: str) -> Response[str]:
    """Show the page to whoever holds a valid link."""
    return answer_request.get_link(request_of(app), api_parts(), token)


@app.post("/links/<token>/questions")
def post_link_question(token: str) -> Response[str]:
    """Keep a question from the form on the page."""
    return answer_request.post_link_question(request_of(app), api_parts(), token)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
