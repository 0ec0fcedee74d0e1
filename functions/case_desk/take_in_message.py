"""Take in a message of the queue: a request opens a case or joins the open one, a promise its ledger; an answer counts.

However often, late or out of order a message comes, it is dealt with once: its key is stored with what it changed. Of
somebody whose data was erased nothing new is kept.
"""

from datetime import datetime
from typing import NamedTuple

from functions.case_desk.answer_customer import enter_answer
from functions.case_desk.case_file import CaseFile
from functions.case_desk.keep_promises import enter_promises
from functions.case_desk.models import AnswerReport, CaseRequest, Message, PromiseReport, read_message
from functions.case_desk.raise_case import asked_at, case_id_of, merge_request, not_before, open_case, takes_in
from functions.case_desk.wiring import Parts, WorkerParts
from shared.adapters.cases_table import Found, LostRace
from shared.domain.cases import Case, Change, KeptAnswers, StaffAnswer, links_of
from shared.domain.errors import NotFound
from shared.runtime.observability import count, logger

TRIES = 5
"""Of a change against others of the same case; after that the queue brings the message again."""


def take_in_message(body: str, parts: WorkerParts, now: datetime) -> str | None:
    """The case that a message led to; None when it led to none. Raises InvalidInput, LostRace."""
    message = read_message(body)
    for _ in range(TRIES - 1):
        try:
            return _take_in(message, parts, now)
        except LostRace:
            continue
    return _take_in(message, parts, now)


def _take_in(message: Message, parts: WorkerParts, now: datetime) -> str | None:
    links = _links(message)
    proposed = message.case_id if isinstance(message, CaseRequest) else None
    found = parts.cases.find(message.request_id, links, proposed)
    if found.was_done:
        return found.done_in
    case = _open_case_for(message, found, parts)
    if parts.owners.is_erased((case.owner_id if case is not None else None) or message.owner_id):
        logger.info("message of somebody erased left out", request_id=message.request_id)
        count("MessagesLeftOut")
        return None
    match message:
        case CaseRequest():
            return _take_in_request(message, case, found, parts, now)
        case PromiseReport():
            return _take_in_promise(message, case, found, parts, now)
        case AnswerReport():
            return _take_in_answer(message, case, found, parts, now)


def _take_in_request(request: CaseRequest, case: Case | None, found: Found, parts: Parts, now: datetime) -> str:
    desk = parts.desk(request.centre_id)
    free = _without_links_of_others(request, case, found)
    alias = None
    is_free = request.case_id is not None and found.proposed_stands_for is None
    if case is not None:
        file = merge_request(case, free, desk, parts.policies, now)
        alias = request.case_id if is_free else None
    else:
        case_id = request.case_id if is_free and request.case_id is not None else case_id_of(request.request_id)
        file = open_case(free, case_id, desk, parts.policies, now)
    _enter_answers_ahead(file, asked_at(request.requested_at, now), found)
    parts.store(_having_read(found, file.finished(request.request_id, alias)), now)
    return file.case.case_id


def _take_in_promise(report: PromiseReport, case: Case | None, found: Found, parts: Parts, now: datetime) -> str | None:
    """A promise without a case opens one: somebody has to keep it."""
    desk, at = parts.desk(report.centre_id), asked_at(report.made_at, now)
    if case is not None:
        file = CaseFile(case, desk, parts.policies, not_before(case, at))
    else:
        request = _without_links_of_others(_as_request(report), None, found)
        file = open_case(request, case_id_of(report.request_id), desk, parts.policies, now, by_staff=report.staff_id)
    entries = file.case.entry_count
    enter_promises(file, report.words, report.staff_id, source=report.request_id)
    if file.case.entry_count == entries:
        return None
    _enter_answers_ahead(file, at, found)
    parts.store(_having_read(found, file.finished(report.request_id)), now)
    return file.case.case_id


def _take_in_answer(report: AnswerReport, case: Case | None, found: Found, parts: Parts, now: datetime) -> str | None:
    """An answer without a case may have overtaken the request for one: it is kept, and counts should one be opened."""
    answer = StaffAnswer(
        at=asked_at(report.answered_at, now), staff_id=report.staff_id, role=report.role, message_id=report.message_id
    )
    [link] = _links(report)
    if case is None:
        if link not in found.holders:
            parts.cases.keep_answer(link, found.kept.get(link, KeptAnswers()), answer, report.request_id, now)
        return None
    file = CaseFile(case, parts.desk(report.centre_id), parts.policies, not_before(case, answer.at))
    enter_answer(file, answer)
    if file.case is not case:
        parts.store(file.finished(report.request_id), now)
    return case.case_id


def _enter_answers_ahead(file: CaseFile, asked: datetime, found: Found) -> None:
    """Count the answers that overtook what now leads to this case; older ones were about something else."""
    for link in file.case.links:
        for answer in found.kept.get(link, KeptAnswers()).answers:
            if answer.at > asked:
                enter_answer(file, answer)


def _having_read(found: Found, change: Change) -> Change:
    return change._replace(answers_read={link: kept.rev for link, kept in found.kept.items()})


def _as_request(report: PromiseReport) -> CaseRequest:
    return CaseRequest(
        type="case_requested",
        request_id=report.request_id,
        reason="promise",
        centre_id=report.centre_id,
        owner_id=report.owner_id,
        requested_at=report.made_at,
        locale=report.locale,
        words=report.words,
        conversation_id=report.conversation_id,
    )


def _links(message: Message) -> tuple[str, ...]:
    bill_id = message.bill_id if isinstance(message, CaseRequest) else None
    return links_of(message.centre_id, message.conversation_id, bill_id)


def _open_case_for(message: Message, found: Found, parts: Parts) -> Case | None:
    """The open case that the message belongs to: that of its conversation before that of its bill."""
    candidates = [*found.holders.values(), *([found.proposed_stands_for] if found.proposed_stands_for else [])]
    for case_id in dict.fromkeys(candidates):
        try:
            case = parts.cases.get(case_id)
        except NotFound:  # Erased with its owner's data.
            _let_go(case_id, found, parts)
            continue
        if takes_in(case, message.centre_id, message.owner_id):
            return case
    return None


def _let_go(case_id: str, found: Found, parts: Parts) -> None:
    """Free the links of a case that is no more, and look again."""
    held = [link for link, holder in found.holders.items() if holder == case_id]
    for link in held:
        parts.cases.let_go(link, case_id)
    if held:
        raise LostRace("the case that held these links is gone")


class _Held(NamedTuple):
    conversation: bool
    bill: bool


def _without_links_of_others(request: CaseRequest, case: Case | None, found: Found) -> CaseRequest:
    """The request without the links for which another case is open, and stays open."""
    mine = case.case_id if case is not None else None
    held = _Held(
        *(
            any(found.holders.get(link, mine) != mine for link in links)
            for links in (
                links_of(request.centre_id, request.conversation_id, None),
                links_of(request.centre_id, None, request.bill_id),
            )
        )
    )
    return request.model_copy(
        update={
            **({"conversation_id": None} if held.conversation else {}),
            **({"bill_id": None, "line_id": None} if held.bill else {}),
        }
    )
