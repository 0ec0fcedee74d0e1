"""The routes of centre impact, described from the model of a centre."""

from shared.domain.centres import Centre
from shared.runtime.openapi import Description


def describe() -> Description:
    """Every route that the room's HTTP door has."""
    room = Description()
    centre = room.schema("Centre", Centre)
    schema = room.schemas["Centre"]
    schema["required"] = [name for name in schema["required"] if name != "id"]
    headers = [
        {"name": name, "in": "header", "description": text, "schema": {"type": "string"}}
        for name, text in (
            ("If-Match", "The ETag that was read: refuses to undo somebody else's change"),
            ("If-None-Match", "`*`: only when there is no such centre yet"),
        )
    ]
    room.route(
        "GET /centres/{id}",
        "Show a centre: to its staff whole, to its owners how and when to reach it",
        roles=("owner", "advisor", "manager", "integrator"),
        responses={200: {"application/json": centre}},
        problems=(404,),
    )
    room.route(
        "PUT /centres/{id}",
        "Keep what your centre is",
        roles=("manager", "integrator"),
        parameters=headers,
        body={"application/json": centre},
        responses={
            201: {"description": "New", "application/json": centre},
            200: {"description": "Replaced", "application/json": centre},
        },
        problems=(400, 409, 415, 422),
    )
    return room
