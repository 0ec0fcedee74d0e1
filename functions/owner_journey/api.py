"""HTTP door: owners, vehicles, visits and consents come in; what is known of an owner goes out, or goes."""

from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.owner_journey import answer_request
from functions.owner_journey.wiring import api_parts
from shared.runtime.http import http_app, request_of

app = http_app()


@app.put("/owners/<owner_id>")
def put_owner(owner_id: str) -> Response[str]:
    """Register an owner."""
    return answer_request.put_owner(request_of(app), api_parts(), owner_id)


@app.get("/owners/<owner_id>")
def get_owner(owner_id: str) -> Response[str]:
    """Show an owner with their vehicles."""
    return answer_request.get_owner(request_of(app), api_parts(), owner_id)


@app.put("/vehicles/<vin>")
def put_vehicle(vin: str) -> Response[str]:
    """Register a vehicle and who has it."""
    return answer_request.put_vehicle(request_of(app), api_parts(), vin)


@app.post("/visits")
def post_visit() -> Response[str]:
    """Register a visit."""
    return answer_request.post_visit(request_of(app), api_parts())


@app.post("/owners/<owner_id>/consents")
def post_consent(owner_id: str) -> Response[str]:
    """Keep a decision about being contacted."""
    return answer_request.post_consent(request_of(app), api_parts(), owner_id)


@app.post("/owner-records")
def post_records() -> Response[str]:
    """Receive rows of a dealer system."""
    return answer_request.post_records(request_of(app), api_parts())


@app.route("/owners/<owner_id>/personal-data", method=["GET", "DELETE"])
def personal_data(owner_id: str) -> Response[str]:
    """Gather, or have erased, everything stored of a person."""
    is_erasure = app.current_event.http_method == "DELETE"
    respond = answer_request.delete_personal_data if is_erasure else answer_request.get_personal_data
    return respond(request_of(app), api_parts(), owner_id)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One request of API Gateway's HTTP API."""
    return app.resolve(event, context)
