"""The routes of recall outreach, described from its own models."""

from typing import Any, TypedDict

from functions.recall_outreach.models import AttemptReport
from functions.recall_outreach.write_document import CallSheet
from shared.content import LOCALES
from shared.runtime.openapi import Description, query


class _CallOwner(TypedDict):
    id: str
    name: str
    locale: str


class _CallVehicle(TypedDict):
    vin: str
    model: str | None


class _ListedCall(TypedDict):
    place: int
    task_id: str
    owner: _CallOwner
    vehicle: _CallVehicle
    because: str
    due_on: str
    call_from: str | None
    calls_so_far: int
    score: str | None
    ranks_as_of: str | None
    reasons: list[str]
    sheet: str


class _CallList(TypedDict):
    centre_id: str
    calls_a_day: int
    calls_made: int
    calls: list[_ListedCall]


class _TaskAfterCall(TypedDict):
    task_id: str
    state: str
    closed_as: str | None
    not_before: str | None
    attempts: list[dict[str, Any]]


class _Percent(TypedDict):
    low: str
    value: str
    high: str


class _HeldOut(TypedDict):
    counted: int
    came_back: int
    share: _Percent | None


class _Asked(_HeldOut):
    made: int
    contacted: int
    reached: int
    won_back: int


class _OutreachEffect(TypedDict):
    centre_id: str
    month: str
    within_days: int
    asked: _Asked
    held_out: _HeldOut
    outcomes: dict[str, int]
    waiting: int
    uplift: _Percent | None
    confidence_percent: int
    finding: str
    says: list[str]


_TEXT = {"type": "string"}
_STAFF = ("advisor", "manager")
_LOCALE = query("locale", "Language of the answer, instead of Accept-Language", enum=list(LOCALES))


def describe() -> Description:
    """Every route that the room's HTTP door has."""
    room = Description()
    sheet = room.schema("CallSheet", CallSheet)
    room.route(
        "GET /outreach",
        "List whom to call today, in order, with the reasons",
        roles=_STAFF,
        parameters=[_LOCALE],
        responses={200: {"application/json": room.schema("CallList", _CallList)}},
        problems=(404,),
    )
    room.route(
        "GET /outreach/{task_id}",
        "Read a call sheet as JSON, printable page or calendar entry",
        roles=_STAFF,
        parameters=[_LOCALE],
        responses={200: {"application/json": sheet, "text/html": _TEXT, "text/calendar": _TEXT}},
        problems=(404, 406),
    )
    room.route(
        "POST /outreach/{task_id}/attempts",
        "Begin a call (outcome calling), or tell what it came to",
        roles=_STAFF,
        body={"application/json": room.schema("AttemptReport", AttemptReport)},
        responses={
            201: {"description": "Recorded", "application/json": room.schema("TaskAfterCall", _TaskAfterCall)},
            200: {"description": "Recorded before", "application/json": room.schema("TaskAfterCall", _TaskAfterCall)},
        },
        problems=(400, 404, 409, 415, 422),
    )
    room.route(
        "GET /outreach/effect",
        "Report what asking achieves, against owners who were not asked",
        roles=("manager",),
        parameters=[
            _LOCALE,
            query("month", "Such as 2026-11; by default the current one"),
            query("centre", "Your own centre, which is the default"),
        ],
        responses={200: {"application/json": room.schema("OutreachEffect", _OutreachEffect)}},
        problems=(404, 422),
    )
    return room
