"""The routes of the registry, described from its own models."""

from typing import Any, TypedDict

from functions.owner_journey.models import RECORDS, ConsentRecord, OwnerRecord
from functions.owner_journey.receive_records import MOST_ROWS
from shared.domain.lifetime_value import ValueEstimate
from shared.domain.owners import Consent, Owner
from shared.domain.vehicles import ContactDue, Holding, Reading, Segment, VehicleRecord, Visit
from shared.runtime.openapi import Description, query

_STAFF = ("advisor", "manager", "integrator")


class _Kept(TypedDict):
    owner: Owner


class _Permission(TypedDict):
    allowed: bool
    reason: str


class _ShownHolding(Holding):
    segment: Segment | None
    contact_due: ContactDue | None
    lifetime_value: ValueEstimate | None


class _ShownOwner(TypedDict):
    owner: Owner
    vehicles: list[_ShownHolding]
    may_contact: dict[str, dict[str, _Permission]]


class _Consents(TypedDict):
    consents: list[Consent]


class _Problem(TypedDict):
    pointer: str
    detail: str


class _Refusal(TypedDict):
    index: int
    errors: list[_Problem]


class _Receipt(TypedDict):
    accepted: int
    refused: list[_Refusal]


class _PersonalData(TypedDict):
    owner_id: str
    gathered_at: str


class _Erasure(TypedDict):
    owner_id: str
    requested_at: str


def describe() -> Description:
    """Every route that the room's HTTP door has."""
    room = Description()
    owner = _input(room, "OwnerRecord", OwnerRecord, {"id", "centre_id", "as_of"})
    vehicle = _input(room, "VehicleRecord", VehicleRecord, {"vin", "centre_id", "as_of"})
    visit = _input(room, "Visit", Visit, {"centre_id", "as_of"})
    consent = _input(room, "Consent", Consent, {"at", "how", "source"})
    room.route(
        "PUT /owners/{id}",
        "Register an owner of your centre; a record with an older as_of changes nothing",
        roles=_STAFF,
        body={"application/json": owner},
        responses={
            201: {"description": "New", "application/json": room.schema("KeptOwner", _Kept)},
            200: {"description": "Known; as now known", "application/json": room.schema("KeptOwner", _Kept)},
        },
        problems=(400, 409, 415, 422),
    )
    room.route(
        "GET /owners/{id}",
        "Show an owner with their vehicles; to the centre also segment, next contact, lifetime value and permissions",
        roles=("owner", *_STAFF),
        responses={200: {"application/json": room.schema("ShownOwner", _ShownOwner, mode="serialization")}},
        problems=(404,),
    )
    room.route(
        "PUT /vehicles/{vin}",
        "Register a vehicle and who has it; its holdings follow within seconds",
        roles=_STAFF,
        body={"application/json": vehicle},
        responses={201: {"description": "Kept"}, 200: {"description": "Said before, or later said otherwise"}},
        problems=(400, 409, 415, 422),
    )
    room.route(
        "POST /visits",
        "Register a visit to your centre: booked, done or cancelled; a later as_of replaces",
        roles=_STAFF,
        body={"application/json": visit},
        responses={201: {"description": "Kept"}, 200: {"description": "Said before, or later said otherwise"}},
        problems=(400, 415, 422),
    )
    room.route(
        "POST /owners/{id}/consents",
        "Keep a decision about being contacted, at once; a refusal without channel and purpose: do not contact",
        roles=("owner", *_STAFF),
        body={"application/json": consent},
        responses={201: {"application/json": room.schema("Consents", _Consents)}},
        problems=(400, 404, 409, 415, 422),
    )
    room.route(
        "POST /owner-records",
        f"Receive 1 to {MOST_ROWS} rows; those that are right are kept within seconds, the others named",
        roles=("manager", "integrator"),
        body={"application/json": _rows(room)},
        responses={202: {"application/json": room.schema("RowsReceipt", _Receipt)}},
        problems=(400, 413, 415, 422),
    )
    room.route(
        "GET /owners/{id}/personal-data",
        "Everything stored of a person, room by room",
        roles=("owner", "manager"),
        parameters=[query("room", "Only this room's part, where all is too much for one answer")],
        responses={200: {"application/json": _open(room.schema("PersonalData", _PersonalData), room)}},
        problems=(404, 413, 422),
    )
    room.route(
        "DELETE /owners/{id}/personal-data",
        "Have everything of a person erased, in every room",
        roles=("owner", "manager"),
        responses={202: {"application/json": room.schema("Erasure", _Erasure)}},
        problems=(404,),
    )
    return room


def _input(room: Description, name: str, model: Any, said_elsewhere: set[str]) -> dict[str, Any]:
    reference = room.schema(name, model)
    schema = room.schemas[name]
    schema["required"] = [field for field in schema["required"] if field not in said_elsewhere]
    return reference


def _rows(room: Description) -> dict[str, Any]:
    rows: dict[str, dict[str, Any]] = {}
    models = (OwnerRecord, VehicleRecord, Visit, Reading, ConsentRecord)
    for name, model in zip(RECORDS, models, strict=True):
        schema_name = f"{name.title()}Row"
        reference = _input(room, schema_name, model, {"centre_id", "as_of"})
        schema = room.schemas[schema_name]
        schema["properties"] = {"record": {"const": name}, **schema["properties"]}
        schema["required"] = ["record", *schema["required"]]
        rows[name] = reference
    mapping = {name: reference["$ref"] for name, reference in rows.items()}
    items = {"oneOf": [*rows.values()], "discriminator": {"propertyName": "record", "mapping": mapping}}
    return {
        "type": "object",
        "required": ["records"],
        "properties": {"records": {"type": "array", "minItems": 1, "maxItems": MOST_ROWS, "items": items}},
    }


def _open(reference: dict[str, Any], room: Description) -> dict[str, Any]:
    """Beside what is named, one member for each room."""
    room.schemas["PersonalData"]["additionalProperties"] = True
    return reference
