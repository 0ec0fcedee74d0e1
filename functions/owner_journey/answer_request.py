"""Answer the requests of this room: who may do what, and what they are told."""

from datetime import datetime
from typing import Any

from aws_lambda_powertools.event_handler import Response

from functions.owner_journey.gather_personal_data import OWN_ROOM, gather_personal_data
from functions.owner_journey.keep_fact import keep_fact
from functions.owner_journey.keep_owner import keep_consents, keep_owner
from functions.owner_journey.models import OwnerRecord
from functions.owner_journey.read_record import read_record
from functions.owner_journey.receive_records import MOST_BYTES, receive_records
from functions.owner_journey.show_owner import show_owner, show_owner_to_centre
from functions.owner_journey.wiring import ApiParts
from shared.adapters.owners_table import StoredOwner
from shared.content import load
from shared.domain.access import Caller, Role
from shared.domain.errors import InputTooLarge, InvalidInput, NotFound, Violation
from shared.domain.events import ErasureRequested
from shared.domain.owners import Consent
from shared.domain.validation import read_as
from shared.runtime import clock
from shared.runtime.http import Request, answer_json
from shared.runtime.observability import count, logger

_REGISTRARS = (Role.INTEGRATOR, Role.MANAGER, Role.ADVISOR)
# A response of Lambda may have 6 MB.
_LARGEST_ANSWER = 5_000_000


def put_owner(request: Request, parts: ApiParts, owner_id: str) -> Response[str]:
    """Register an owner of the caller's centre: 201 when new, 200 when known."""
    fields = _fields(request, "id", owner_id)
    record = _read("owner", fields, request, parts, clock.now())
    assert isinstance(record, OwnerRecord)  # noqa: S101 - read_record gives the kind asked for
    kept = keep_owner(record, parts.owners)
    logger.info("owner kept", owner_id=owner_id, is_new=kept.is_new)
    return answer_json(201 if kept.is_new else 200, {"owner": kept.owner.model_dump(mode="json")} if kept.owner else {})


def get_owner(request: Request, parts: ApiParts, owner_id: str) -> Response[str]:
    """Show an owner to themselves or to their centre."""
    caller = request.caller
    stored, holdings = parts.owners.find_owner_with_vehicles(owner_id)
    owner = _visible(caller, stored, owner_id).owner
    if owner is None:
        raise NotFound("there is no such owner")
    if caller.works_for(owner.centre_id):
        centre = parts.centres.find(owner.centre_id)
        assumptions = load("lifetime_value")
        shown = show_owner_to_centre(owner, holdings, centre=centre, assumptions=assumptions, now=clock.now())
        return answer_json(200, shown)
    return answer_json(200, show_owner(owner, holdings))


def put_vehicle(request: Request, parts: ApiParts, vin: str) -> Response[str]:
    """Register a vehicle and who has it: 201 when this says something new, 200 when not."""
    record = _read("vehicle", _fields(request, "vin", vin.upper()), request, parts, clock.now())
    is_new = keep_fact(record, parts.owners)
    return answer_json(201 if is_new else 200, {"vehicle": record.model_dump(mode="json", exclude_none=True)})


def post_visit(request: Request, parts: ApiParts) -> Response[str]:
    """Register a visit to the caller's centre: 201 when this says something new, 200 when not."""
    record = _read("visit", request.json, request, parts, clock.now())
    is_new = keep_fact(record, parts.owners)
    return answer_json(201 if is_new else 200, {"visit": record.model_dump(mode="json", exclude_none=True)})


def post_consent(request: Request, parts: ApiParts, owner_id: str) -> Response[str]:
    """Keep a decision of the owner, which takes effect at once: 201."""
    caller = request.caller
    stored = _visible(caller, parts.owners.find_owner(owner_id), owner_id)
    fields = request.json
    if isinstance(fields, dict):
        fields = {"at": clock.now(), **fields}
        if not caller.works_for(stored.owner.centre_id if stored.owner else ""):
            fields = {"how": "app", "source": f"user:{caller.subject}"[:64], **fields}
    consent = read_as(Consent, fields)
    if consent.granted and consent.at > clock.now():
        raise InvalidInput([Violation("/at", "lies in the future")])
    kept = keep_consents(owner_id, [consent], parts.owners)
    count("ConsentsGiven" if consent.granted else "ConsentsRefused")
    consents = kept.owner.consents if kept.owner else ()
    return answer_json(201, {"consents": [c.model_dump(mode="json") for c in consents]})


def post_records(request: Request, parts: ApiParts) -> Response[str]:
    """Receive rows of a dealer system: 202, with the rows that were refused and why."""
    caller = request.caller
    caller.require(Role.INTEGRATOR, Role.MANAGER)
    if len(request.body) > MOST_BYTES:
        raise InputTooLarge(f"send at most {MOST_BYTES} bytes at once")
    centre_id = caller.own_centre()
    received = receive_records(
        request.json,
        centre_id=centre_id,
        country=_country(parts, centre_id),
        now=clock.now(),
        owners=parts.owners,
    )
    if received.message is not None:
        parts.owner_records.send(received.message)
    logger.info("records received", accepted=received.accepted, refused=len(received.refused))
    refused = [
        {"index": r.row, "errors": [{"pointer": v.pointer, "detail": v.detail} for v in r.violations]}
        for r in received.refused
    ]
    return answer_json(202, {"accepted": received.accepted, "refused": refused})


def get_personal_data(request: Request, parts: ApiParts, owner_id: str) -> Response[str]:
    """Everything stored of a person, to themselves or to a manager of their centre; `?room=` for one room of it."""
    room = request.query("room")
    rooms = [OWN_ROOM, *(drawer.name for drawer in parts.drawers)]
    if room is not None and room not in rooms:
        raise InvalidInput([Violation("/room", f"is none of {', '.join(rooms)}")])
    _may_dispose(request.caller, parts, owner_id)
    gathered = gather_personal_data(owner_id, parts.owners, parts.drawers, room, clock.now())
    response = answer_json(200, gathered)
    if len((response.body or "").encode()) > _LARGEST_ANSWER:
        raise InputTooLarge(f"too much for one answer; ask for each room with ?room= {', '.join(rooms)}")
    return response


def delete_personal_data(request: Request, parts: ApiParts, owner_id: str) -> Response[str]:
    """Have everything of a person erased, on their own or their centre's manager's word: 202."""
    _may_dispose(request.caller, parts, owner_id)
    now = clock.now().isoformat(timespec="seconds")
    message: ErasureRequested = {"type": "erasure_requested", "owner_id": owner_id, "requested_at": now}
    parts.owner_records.send(message)
    logger.info("erasure requested", owner_id=owner_id)
    count("ErasuresRequested")
    return answer_json(202, {"owner_id": owner_id, "requested_at": now})


def _read(kind: str, fields: Any, request: Request, parts: ApiParts, now: datetime) -> Any:
    caller = request.caller
    caller.require(*_REGISTRARS)
    centre_id = caller.own_centre()
    country = _country(parts, centre_id) if kind == "owner" else None
    return read_record(kind, fields, centre_id=centre_id, country=country, now=now)


def _fields(request: Request, name: str, value: str) -> Any:
    """The body with the id of the path, which it may repeat but not contradict."""
    fields = request.json
    if not isinstance(fields, dict):
        return fields
    if fields.get(name, value) != value:
        raise InvalidInput([Violation(f"/{name}", "is not what the address says")])
    return {**fields, name: value}


def _country(parts: ApiParts, centre_id: str) -> str | None:
    centre = parts.centres.find(centre_id)
    return centre.country if centre else None


def _visible(caller: Caller, stored: StoredOwner, owner_id: str) -> StoredOwner:
    """Raises NotFound where there is nobody or nobody whom the caller may know of."""
    centre_id = stored.owner.centre_id if stored.owner else ""
    if stored.owner is None or not (caller.owns(owner_id) or caller.works_for(centre_id)):
        raise NotFound("there is no such owner")
    return stored


def _may_dispose(caller: Caller, parts: ApiParts, owner_id: str) -> None:
    caller.require(Role.OWNER, Role.MANAGER)
    if caller.owns(owner_id):
        return
    caller.require(Role.MANAGER)
    _visible(caller, parts.owners.find_owner(owner_id), owner_id)
