"""Answer a customer who asks for a manager, at once: the case, who answers by when, whom to call, the place in line.

It needs no consent, outranks every rule and is never refused: asked again it names the open case and its place.
"""

from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from functions.sentiment_escalation.centre_desk import ON_CALL, Asked, CentreDesk, policy_for
from functions.sentiment_escalation.raise_case import KEYWORD
from shared.adapters.cases_table import CasesTable
from shared.content import load_all, wording
from shared.domain.business_time import Step
from shared.domain.cases import Case, Severity, State, Stretch, links_of
from shared.domain.centres import Person, Rung
from shared.domain.conversations import escalation_request_id, proposed_case_id
from shared.domain.errors import NotFound
from shared.domain.figures import Book
from shared.domain.number_guard import check_text
from shared.domain.statements import Argument, Statement, Term, join, render

_SENTENCES = ("joined", "case", "person", "somebody", "answer_by", "overdue", "place", "call", "call_centre")


class PersonDict(TypedDict):
    """Somebody of the centre's ladder."""

    name: str | None
    rung: str
    phone: str | None


class EscalationDict(TypedDict):
    """What a customer who asked for a manager is told."""

    case_id: str
    joined_open_case: bool
    answered_by: PersonDict
    call_now: PersonDict | None
    answer_by: str | None
    overdue_since: str | None
    counted: list[dict[str, str]]
    place_in_queue: int
    opening_hours: dict[str, Any] | None
    text: str


class _Deadline(NamedTuple):
    due_at: datetime | None
    steps: tuple[Step | Stretch, ...]
    is_missed: bool


def find_open_case(
    centre_id: str, conversation_id: str, bill_id: str | None, owner_id: str | None, cases: CasesTable
) -> Case | None:
    """The open case that what a customer asks will join: that of the conversation before that of the bill."""
    for link in links_of(centre_id, conversation_id, bill_id):
        case_id = cases.open_case_of(link)
        if case_id is None:
            continue
        try:
            case = cases.get(case_id)
        except NotFound:
            continue
        # The desk merges nobody's request into somebody else's case.
        if case.state is not State.CLOSED and (case.owner_id is None or owner_id in (None, case.owner_id)):
            return case
    return None


class AskedFor(NamedTuple):
    """Who asked for a manager, where and in which language."""

    conversation_id: str
    message_id: str
    owner_id: str | None
    locale: str


def answer_escalation(
    by: AskedFor, open_case: Case | None, desk: CentreDesk, cases: CasesTable, now: datetime
) -> EscalationDict:
    """What the customer is told. The case it names is opened, or joined, by what follows."""
    asked = policy_for(KEYWORD)
    case = open_case or _tentative(by, desk, asked, now)
    deadline = _deadline(open_case, desk, asked, now)
    answers, reached = _who_answers(open_case, desk, asked, now), desk.reached_now(now)
    # A case that seemed solved is opened again by what follows, and then ranked by when it was first opened.
    place = cases.place_of(case if case.is_open else case.model_copy(update={"state": State.REOPENED})) or 1
    facts: dict[str, Any] = {
        "open_case_id" if open_case else "case_id": case.case_id,
        "name": answers["name"],
        "rung": answers["rung"],
        "answer_by": None if deadline.is_missed else _local(deadline.due_at, desk.zone),
        "was_due": _local(deadline.due_at, desk.zone) if deadline.is_missed else None,
        "place": place,
        "now_name": None if reached is None else reached.name,
        "phone": None if reached is None else reached.phone,
        "centre_phone": desk.centre.phone if desk.centre is not None and reached is None else None,
    }
    return {
        "case_id": case.case_id,
        "joined_open_case": open_case is not None,
        "answered_by": answers,
        "call_now": None if reached is None else _person(reached),
        "answer_by": None if deadline.due_at is None or deadline.is_missed else deadline.due_at.isoformat(),
        "overdue_since": deadline.due_at.isoformat() if deadline.due_at and deadline.is_missed else None,
        "counted": [{"from": step.start.isoformat(), "until": step.end.isoformat()} for step in deadline.steps],
        "place_in_queue": place,
        "opening_hours": desk.opening_hours(now),
        "text": _text({name: value for name, value in facts.items() if value is not None}, by.locale),
    }


def _who_answers(open_case: Case | None, desk: CentreDesk, asked: Asked, now: datetime) -> PersonDict:
    """The person of the open case, or who the case desk will name; those on call where there is nobody else."""
    people = desk.centre.ladder if desk.centre is not None else ()
    if open_case is not None:
        known = next((person for person in people if person.id == open_case.staff_id), None)
        if known is not None:
            return _person(known)
        return {"name": open_case.staff_name, "rung": open_case.rung.value, "phone": None}
    person = desk.answers(now, asked)
    return {"name": None, "rung": Rung.ON_CALL.value, "phone": None} if person is None else _person(person)


def _person(person: Person) -> PersonDict:
    return {"name": person.name, "rung": person.rung.value, "phone": person.phone}


def _deadline(open_case: Case | None, desk: CentreDesk, asked: Asked, now: datetime) -> _Deadline:
    """The deadline of the open case that comes next; for a new case, until it is acknowledged."""
    if open_case is not None and open_case.is_open:
        clock = open_case.next_deadline
        if clock is not None and clock.due_at is not None:
            return _Deadline(clock.due_at, clock.steps, is_missed=clock.due_at < now)
    deadline = desk.deadline(now, asked.acknowledge, asked.hours)
    return _Deadline(deadline.due_at.replace(microsecond=0), deadline.steps, is_missed=False)


def _tentative(by: AskedFor, desk: CentreDesk, asked: Asked, now: datetime) -> Case:
    """The case as the desk will open it, to find its place among the others."""
    person = desk.answers(now, asked)
    request_id = escalation_request_id(desk.centre_id, by.conversation_id, by.message_id)
    return Case(
        case_id=proposed_case_id(request_id),
        centre_id=desk.centre_id,
        owner_id=by.owner_id,
        version=0,
        entry_count=0,
        state=State.NEW,
        severity=Severity(asked.severity),
        reasons=(KEYWORD,),
        asked_for=True,
        locale=by.locale,
        zone=desk.zone,
        words="",
        rung=asked.starts_with if person is None else person.rung,
        staff_id=ON_CALL if person is None else person.id,
        staff_name=None if person is None else person.name,
        opened_at=now.replace(microsecond=0),
        entered={State.NEW: now},
    )


def _local(at: datetime | None, zone: str) -> datetime | None:
    return None if at is None else at.astimezone(ZoneInfo(zone))


def _text(facts: dict[str, Any], locale: str) -> str:
    """The same in sentences; one for which something is unknown is left out. The number guard reads it back."""
    words = wording(locale)
    book = Book(facts, load_all())
    arguments: dict[str, Argument] = {name: _argument(book, name, value) for name, value in facts.items()}
    sentences = []
    for name in _SENTENCES:
        key = f"conversation.escalation.{name}"
        if set(words.parts(key)[1::2]) <= arguments.keys() and not (name == "somebody" and "name" in facts):
            sentences.append(render(Statement(key, arguments), words))
    text = join(sentences, words.template("conversation.between_sentences"))
    check_text(text, book, words)
    return text.text


def _argument(book: Book, name: str, value: Any) -> Argument:
    if name == "rung":
        return Term(f"case.rung.{value}")
    if isinstance(value, datetime):
        return book.at("datetime", name)
    return book.at("count" if isinstance(value, int) else "text", name)
