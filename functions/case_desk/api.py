"""HTTP door: customers see their cases, staff work on those of their centre."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.case_desk import answer_request
from functions.case_desk.wiring import parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.get("/cases")
def get_cases() -> Response[str]:
    """List the open cases of a centre in their order, or those of an owner."""
    return answer_request.get_cases(request_of(app), parts())


@app.get("/cases/productivity")
def get_productivity() -> Response[str]:
    """The figures of a centre's week."""
    return answer_request.get_productivity(request_of(app), parts())


@app.get("/cases/false-alarms")
def get_false_alarms() -> Response[str]:
    """What managers of a centre marked "not upset"."""
    return answer_request.get_false_alarms(request_of(app), parts())


@app.get("/cases/<case_id>")
def get_case(case_id: str) -> Response[str]:
    """Show a case to its customer or to its centre."""
    return answer_request.get_case(request_of(app), parts(), case_id)


@app.post("/cases/<case_id>/actions")
def post_action(case_id: str) -> Response[str]:
    """Do something to a case."""
    return answer_request.post_action(request_of(app), parts(), case_id)


@app.post("/cases/<case_id>/drafts")
def post_draft(case_id: str) -> Response[str]:
    """Draft a reply in five steps."""
    return answer_request.post_draft(request_of(app), parts(), case_id)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
