"""Answer the requests of this room: a centre's advisors and managers see and report its calls, managers its effect."""

import re
from datetime import datetime
from zoneinfo import ZoneInfo

from aws_lambda_powertools.event_handler import Response

from functions.recall_outreach.call_sheet import compose_sheet
from functions.recall_outreach.find_next_time import find_next_time
from functions.recall_outreach.judge_call import Judged, judge_call
from functions.recall_outreach.list_calls import list_calls
from functions.recall_outreach.models import AttemptReport
from functions.recall_outreach.render_calendar import render_calendar
from functions.recall_outreach.render_html import CONTENT_SECURITY_POLICY, render_html
from functions.recall_outreach.report_effect import report_effect
from functions.recall_outreach.take_report import take_report
from functions.recall_outreach.wiring import Parts
from functions.recall_outreach.write_document import write_document
from shared.content import LOCALES, wording
from shared.domain.access import STAFF, Caller, Role
from shared.domain.centres import Centre
from shared.domain.errors import InvalidInput, NotAcceptable, NotFound, Violation
from shared.domain.outreach import Task
from shared.domain.validation import read_as
from shared.runtime import clock
from shared.runtime.http import Request, answer, answer_json
from shared.runtime.observability import count, logger

_JSON, _HTML, _CALENDAR = "application/json", "text/html", "text/calendar"
_MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")


def get_calls(request: Request, parts: Parts) -> Response[str]:
    """The call list of the caller's centre."""
    caller = _staff(request)
    centre = _centre(parts, caller.own_centre())
    locale = request.locale(centre.locale, LOCALES)
    now = clock.now()
    listed = list_calls(centre, parts.tasks, parts, by=_name(caller), now=now, locale=locale)
    return answer_json(200, listed, {"Content-Language": locale, "Vary": "Accept-Language, Authorization"})


def get_sheet(request: Request, parts: Parts, task_id: str) -> Response[str]:
    """The call sheet as JSON, printable page or calendar entry, as `Accept` prefers."""
    caller = _staff(request)
    task = _own_task(caller, parts, task_id)
    centre, now = _centre(parts, task.centre_id), clock.now()
    media_type = request.accepted((_JSON, _HTML, _CALENDAR))
    if media_type is None:
        raise NotAcceptable("a call sheet comes as JSON, text/html or text/calendar")
    locale = request.locale(centre.locale, LOCALES)
    judged = judge_call(task, parts, _name(caller), now)
    sheet, book = compose_sheet(judged, centre, parts.rules, parts.policies, now, locale)
    words = wording(locale)
    document = write_document(sheet, book, words)
    headers = {"Content-Language": locale, "Vary": "Accept, Accept-Language, Authorization"}
    if media_type == _HTML:
        page = render_html(document, words)
        return answer(200, page, _HTML, {**headers, "Content-Security-Policy": CONTENT_SECURITY_POLICY})
    if media_type == _CALENDAR:
        entry = render_calendar(document, words, starts_at=_call_at(judged, centre, parts, now), now=now)
        disposition = {"Content-Disposition": f'attachment; filename="call-{task.id}.ics"'}
        return answer(200, entry, _CALENDAR, {**headers, **disposition})
    return answer_json(200, document, headers)


def post_attempt(request: Request, parts: Parts, task_id: str) -> Response[str]:
    """Begin a call, or tell what it came to: 201, or 200 when that was recorded before."""
    caller = _staff(request)
    task = _own_task(caller, parts, task_id)
    report = read_as(AttemptReport, request.json)
    centre = _centre(parts, task.centre_id)
    taken = take_report(task, report, centre=centre, tasks=parts.tasks, judges=parts, by=_name(caller), now=clock.now())
    logger.info("call reported", task_id=task.id, outcome=report.outcome.value, is_new=taken.is_new)
    if taken.is_new:
        count(f"OutreachCall{report.outcome.value.title().replace('_', '')}")
    return answer_json(201 if taken.is_new else 200, _shown(taken.task))


def get_effect(request: Request, parts: Parts) -> Response[str]:
    """The effect of a month of the caller's centre, for its managers; `?month=2026-11`, by default the current one."""
    caller = request.caller
    caller.require(Role.MANAGER)
    centre = _centre(parts, caller.own_centre())
    if request.query("centre") not in (None, centre.id):
        raise InvalidInput([Violation("/centre", "is not the centre that the token is for")])
    now = clock.now()
    month = request.query("month") or f"{now.astimezone(ZoneInfo(centre.zone)):%Y-%m}"
    if _MONTH.fullmatch(month) is None:
        raise InvalidInput([Violation("/month", "is no month such as 2026-11")])
    locale = request.locale(centre.locale, LOCALES)
    tasks = parts.tasks.of_month(centre.id, month)
    rules = parts.policies.effect
    reported = report_effect(tasks, rules, centre_id=centre.id, month=month, now=now, locale=locale)
    return answer_json(200, reported, {"Content-Language": locale})


def _shown(task: Task) -> dict[str, object]:
    return {
        "task_id": task.id,
        "state": task.state.value,
        "closed_as": task.closed_as,
        "not_before": task.not_before.isoformat() if task.not_before else None,
        "attempts": [attempt.model_dump(mode="json", exclude_none=True) for attempt in task.attempts],
    }


def _call_at(judged: Judged, centre: Centre, parts: Parts, now: datetime) -> datetime:
    after = max(at for at in (now, judged.verdict.until, judged.task.not_before) if at is not None)
    return find_next_time(after, zone=judged.owner.zone, centre=centre, rules=parts.rules, policies=parts.policies)


def _staff(request: Request) -> Caller:
    caller = request.caller
    caller.require(*STAFF)
    return caller


def _name(caller: Caller) -> str:
    return caller.subject[:64]


def _centre(parts: Parts, centre_id: str) -> Centre:
    centre = parts.centres.find(centre_id)
    if centre is None:
        raise NotFound("there is no such centre")
    return centre


def _own_task(caller: Caller, parts: Parts, task_id: str) -> Task:
    """A task of the caller's centre; of another's they may not even know."""
    task = parts.tasks.get_task(task_id)
    if not caller.works_for(task.centre_id):
        raise NotFound("there is no such task")
    return task
