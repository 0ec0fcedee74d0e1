"""Answer the requests of this room: who may see and do what, and in which form they get it."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response

from functions.case_desk.act_on_case import act_on_case, request_key, require_right_to
from functions.case_desk.case_file import CUSTOMER, CaseFile
from functions.case_desk.draft_reply import draft_reply
from functions.case_desk.export_false_alarms import export_false_alarms, weeks_between
from functions.case_desk.models import read_action
from functions.case_desk.report_productivity import as_csv, read_week, report_productivity
from functions.case_desk.show_case import show_in_queue, show_to_customer, show_to_staff, summary
from functions.case_desk.wiring import Parts
from shared.adapters.cases_table import LostRace, week_of
from shared.content import LOCALES, wording
from shared.domain.access import STAFF, Caller, Role
from shared.domain.cases import Case, Entry
from shared.domain.errors import NotAllowed, UnsupportedInput
from shared.runtime import clock
from shared.runtime.http import Request, answer, answer_json
from shared.runtime.observability import logger

TRIES = 3
_JSON, _CSV = "application/json", "text/csv"


def get_case(request: Request, parts: Parts, case_id: str) -> Response[str]:
    """A case: its customer's view, or all of it for staff of its centre."""
    case = _seen(request.caller, parts, case_id)
    locale = request.locale(case.locale, LOCALES)
    show = show_to_staff if _works_on(request.caller, case) else show_to_customer
    content = show(case, parts.cases.timeline(case.case_id), parts.cases.place_of(case), locale)
    return answer_json(200, content, {"Content-Language": locale})


def get_cases(request: Request, parts: Parts) -> Response[str]:
    """The open cases of a centre, ranked, for its staff; for owners their own, the newest first."""
    caller = request.caller
    locale = request.locale("en", LOCALES)
    if caller.roles & STAFF:
        ranked = parts.cases.open_cases(caller.own_centre())
        return answer_json(200, {"cases": show_in_queue(ranked, locale)}, {"Content-Language": locale})
    caller.require(Role.OWNER)
    if caller.owner_id is None:
        raise NotAllowed("your token names no owner")
    own = [summary(case, wording(locale)) for case in parts.cases.cases_of(caller.owner_id)]
    return answer_json(200, {"cases": own}, {"Content-Language": locale})


def post_action(request: Request, parts: Parts, case_id: str) -> Response[str]:
    """Do something to a case: one change, once per `request_id`."""
    caller, action = request.caller, read_action(request.json)
    for _ in range(TRIES - 1):
        try:
            return _act(request, caller, action, parts, case_id)
        except LostRace:  # Somebody else was faster; decide anew on what they left.
            continue
    return _act(request, caller, action, parts, case_id)


def _act(request: Request, caller: Caller, action: Any, parts: Parts, case_id: str) -> Response[str]:
    case, now = _seen(caller, parts, case_id), clock.now().replace(microsecond=0)
    by = require_right_to(action.action, caller, case.owner_id, case.centre_id)
    entries: Sequence[Entry] = ()
    if action.request_id is None or not parts.cases.was_done(request_key(case, action)):
        change = act_on_case(CaseFile(case, parts.desk(case.centre_id), parts.policies, now), action, by)
        parts.store(change, now)
        logger.info("case changed", case_id=case.case_id, action=action.action)
        case, entries = change.case, change.entries
    locale = request.locale(case.locale, LOCALES)
    show = show_to_customer if by == CUSTOMER else show_to_staff
    return answer_json(200, show(case, entries, None, locale), {"Content-Language": locale})


def post_draft(request: Request, parts: Parts, case_id: str) -> Response[str]:
    """A draft of a reply in five steps, for staff to edit and send; nothing is stored."""
    case = _seen(request.caller, parts, case_id)
    if not _works_on(request.caller, case):
        raise NotAllowed("drafts are for the staff of the case's centre")
    locale = request.locale(case.locale, LOCALES)
    return answer_json(200, draft_reply(case, locale), {"Content-Language": locale})


def get_productivity(request: Request, parts: Parts) -> Response[str]:
    """The figures of a week of the caller's centre, as JSON or CSV."""
    centre_id = _managed_centre(request)
    media_type = request.accepted((_JSON, _CSV))
    if media_type is None:
        raise UnsupportedInput("this is answered as application/json or text/csv")
    week = read_week(request.query("week"), _this_week(parts, centre_id))
    report = report_productivity(centre_id, week, *parts.cases.of_week(centre_id, week))
    return answer(200, as_csv(report), _CSV) if media_type == _CSV else answer_json(200, report)


def get_false_alarms(request: Request, parts: Parts) -> Response[str]:
    """What managers of a centre marked "not upset" in some weeks, as JSON Lines to train the agitation engine with."""
    centre_id = _managed_centre(request)
    this_week = _this_week(parts, centre_id)
    last = read_week(request.query("to"), this_week, "/to")
    weeks = weeks_between(read_week(request.query("from"), last, "/from"), last)
    return answer(200, export_false_alarms(parts.cases, centre_id, weeks), "application/jsonl")


def _managed_centre(request: Request) -> str:
    """The centre that is asked about, the caller's own when none is named. Raises NotAllowed unless they manage it."""
    caller = request.caller
    caller.require(Role.MANAGER)
    centre_id = request.query("centre") or caller.own_centre()
    if not caller.works_for(centre_id):
        raise NotAllowed("this is another centre's")
    return centre_id


def _this_week(parts: Parts, centre_id: str) -> str:
    return week_of(clock.now().astimezone(ZoneInfo(parts.desk(centre_id).zone)))


def _seen(caller: Caller, parts: Parts, case_id: str) -> Case:
    case = parts.cases.get(case_id)
    if not (caller.owns(case.owner_id) or _works_on(caller, case)):
        raise NotAllowed("this case belongs to somebody else")
    return case


def _works_on(caller: Caller, case: Case) -> bool:
    return bool(caller.roles & STAFF) and caller.works_for(case.centre_id)
