"""The routes of the case desk, described from its own models."""

from typing import Any, TypedDict

from functions.case_desk.draft_reply import DraftDict
from functions.case_desk.export_false_alarms import FalseAlarmDict
from functions.case_desk.models import Action
from functions.case_desk.report_productivity import ReportDict
from shared.content import LOCALES
from shared.runtime.openapi import Description, query


class _Counted(TypedDict):
    until: str
    minutes_so_far: int


class _Computed(TypedDict):
    minutes: int
    hours: str
    counted_before_minutes: int
    counted: list[_Counted]


class _Deadline(TypedDict):
    kind: str
    name: str
    due_at: str | None
    paused: bool
    met_at: str | None
    missed_at: str | None
    computed: _Computed


class _Promised(TypedDict):
    words: str
    due_at: str
    state: str


class _Happened(TypedDict):
    at: str
    kind: str
    what: str


class _CaseOfCustomer(TypedDict):
    case_id: str
    state: str
    state_name: str
    why: list[str]
    raised_by: str
    opened_at: str
    answered_by: str | None
    place_in_queue: int | None
    next_deadline: _Deadline | None
    clocks_paused: bool
    promised: list[_Promised]
    reopen_until: str | None
    bill_id: str | None
    conversation_id: str | None
    timeline: list[_Happened]


class _CaseOfStaff(_CaseOfCustomer):
    version: int
    centre_id: str
    owner_id: str | None
    severity: str
    reasons: list[str]
    words: str
    grade: int | None
    times_asked: int
    times_reopened: int
    rung: str
    staff_id: str
    can_become: list[str]
    deadlines: list[_Deadline]
    deadlines_missed: int
    times_paged_again: int
    promises: list[dict[str, Any]]
    checklist: dict[str, bool] | None
    checklist_suggested: dict[str, bool | None]
    false_alarm_by: str | None


class _Listed(TypedDict, total=False):
    place: int
    case_id: str
    state: str
    severity: str
    why: list[str]
    opened_at: str
    answered_by: str | None
    next_deadline: _Deadline | None
    times_asked: int


class _CaseList(TypedDict):
    cases: list[_Listed]


_LOCALE = query("locale", "Language of the answer, instead of Accept-Language", enum=list(LOCALES))
_STAFF = ("advisor", "manager")


def describe() -> Description:
    """Every route that the room's HTTP door has."""
    room = Description()
    of_customer = room.schema("CaseOfCustomer", _CaseOfCustomer)
    of_staff = room.schema("CaseOfStaff", _CaseOfStaff)
    either = {"oneOf": [of_customer, of_staff]}
    room.route(
        "GET /cases",
        "The open cases of one's centre in their order, or an owner's own",
        roles=("owner", *_STAFF),
        parameters=[_LOCALE],
        responses={200: {"application/json": room.schema("CaseList", _CaseList)}},
    )
    room.route(
        "GET /cases/productivity",
        "The figures of a centre's week",
        roles=("manager",),
        parameters=[
            query("centre", "The centre; one's own when absent"),
            query("week", "ISO week; this one when absent", pattern=r"^\d{4}-W\d{2}$"),
        ],
        responses={200: {"application/json": room.schema("Productivity", ReportDict), "text/csv": {"type": "string"}}},
        problems=(415, 422),
    )
    room.route(
        "GET /cases/false-alarms",
        "What managers marked as not upset, one JSON object a line, to train the agitation engine with",
        roles=("manager",),
        parameters=[
            query("centre", "The centre; one's own when absent"),
            query("from", "First ISO week in which they were marked; `to` when absent", pattern=r"^\d{4}-W\d{2}$"),
            query(
                "to", "Last ISO week, at most a year after the first; this one when absent", pattern=r"^\d{4}-W\d{2}$"
            ),
        ],
        responses={200: {"application/jsonl": room.schema("FalseAlarm", FalseAlarmDict)}},
        problems=(413, 422),
    )
    room.route(
        "GET /cases/{id}",
        "A case: its customer's view, or all of it for staff of its centre",
        roles=("owner", *_STAFF),
        parameters=[_LOCALE],
        responses={200: {"application/json": either}},
        problems=(404,),
    )
    room.route(
        "POST /cases/{id}/actions",
        "Do something to a case; owners may reopen theirs",
        roles=("owner", *_STAFF),
        parameters=[_LOCALE],
        body={"application/json": room.schema("CaseAction", Action)},
        responses={200: {"application/json": either}},
        problems=(400, 404, 409, 415, 422),
    )
    room.route(
        "POST /cases/{id}/drafts",
        "A draft of a reply in five steps; nothing is stored or sent",
        roles=_STAFF,
        parameters=[_LOCALE],
        responses={200: {"application/json": room.schema("ReplyDraft", DraftDict)}},
        problems=(404,),
    )
    return room
