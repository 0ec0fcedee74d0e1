"""The call sheet as statements: who, why now, what happened, thanks with figures, and a script that asks."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from functions.recall_outreach.judge_call import Judged
from functions.recall_outreach.policies import Policies
from functions.recall_outreach.say_history import say_history
from functions.recall_outreach.say_reasons import name_items, say_ranking, say_why
from functions.recall_outreach.say_thanks import say_thanks
from shared.content import load_all
from shared.domain.centres import Centre
from shared.domain.contact_rules import Rules
from shared.domain.figures import Book
from shared.domain.outreach import Barrier, Task
from shared.domain.owners import Channel, Owner, Purpose, latest_decision
from shared.domain.statements import Argument, Statement, Term, say


class Branch(NamedTuple):
    """One way the call may go: what to say, and what to offer."""

    name: str
    say: tuple[Argument, ...]
    offer: tuple[Argument, ...]


class Sheet(NamedTuple):
    """Everything a manager needs before and during one call. `number` is None while nobody may be called.

    What is said aloud stands in `opening`, `thanks`, the branches' `say` and `closing`, and nowhere else.
    """

    task: Task
    number: str | None
    call: tuple[Argument, ...]
    who: tuple[Argument, ...]
    why: tuple[Argument, ...]
    ranking: tuple[Argument, ...]
    history: tuple[Argument, ...]
    thanks: tuple[Argument, ...]
    basis: tuple[Argument, ...]
    opening: tuple[Argument, ...]
    listen: tuple[Argument, ...]
    branches: tuple[Branch, ...]
    closing: tuple[Argument, ...]
    checklist: tuple[Argument, ...]


def compose_sheet(
    judged: Judged, centre: Centre, rules: Rules, policies: Policies, now: datetime, locale: str
) -> tuple[Sheet, Book]:
    """The sheet of a task and the book of its figures; a call that may not be made shows why, and no number."""
    book = _book(judged, centre, rules, policies, now)
    may_call = judged.verdict.barrier in (None, Barrier.QUIET_HOURS)
    thanks, basis = say_thanks(book, judged.holding, centre, locale) if judged.holding else ((), ())
    sheet = Sheet(
        task=judged.task,
        number=judged.verdict.number if may_call else None,
        call=tuple(_before_calling(judged, book)),
        who=tuple(_who(judged, book)),
        why=tuple(say_why(book, judged.task, judged.holding, locale)),
        ranking=tuple(say_ranking(book, judged.task)),
        history=tuple(say_history(book, judged.task, judged.holding)),
        thanks=thanks,
        basis=basis,
        opening=tuple(_opening(judged, book)),
        listen=(say("outreach.script.listen"),),
        branches=tuple(_branches(judged, book, locale)),
        closing=tuple(say(f"outreach.closing.{name}") for name in ("thanks", "stop")),
        checklist=(say("outreach.closing.checklist"),),
    )
    return sheet, book


def _book(judged: Judged, centre: Centre, rules: Rules, policies: Policies, now: datetime) -> Book:
    local = now.astimezone(ZoneInfo(judged.owner.zone))
    verdict = judged.verdict
    data = {
        "task": judged.task.model_dump(),
        "owner": judged.owner.model_dump(),
        "holding": judged.holding.model_dump() if judged.holding else {},
        "holdings": [holding.model_dump() for holding in judged.holdings],
        "centre": centre.model_dump(),
        "today": now.astimezone(ZoneInfo(centre.zone)).date(),
        "made_on": judged.task.made_at.astimezone(ZoneInfo(centre.zone)).date(),
        "number": verdict.number,
        "calls": Decimal(len(judged.task.attempts) + 1),
        "unanswered": Decimal(judged.person.unanswered),
        "clock": {
            "now": f"{local:%H:%M}",
            "from": f"{rules.quiet_to:%H:%M}",
            "to": f"{rules.quiet_from:%H:%M}",
            "until": verdict.until.astimezone(ZoneInfo(judged.owner.zone)) if verdict.until else None,
        },
        "policies": policies.model_dump(include={"attempts_at_most"}),
    }
    return Book(_in_zone(data, ZoneInfo(centre.zone)), load_all())


def _in_zone(value: Any, zone: ZoneInfo) -> Any:
    """Times of visits and calls as the centre's clock told them; other times keep the zone that they were given."""
    match value:
        case datetime() if value.utcoffset() == timedelta(0):
            return value.astimezone(zone)
        case Mapping():
            return {name: _in_zone(inner, zone) for name, inner in value.items()}
        case list() | tuple():
            return [_in_zone(inner, zone) for inner in value]
        case _:
            return value


def _before_calling(judged: Judged, book: Book) -> Iterator[Argument]:
    verdict = judged.verdict
    if verdict.barrier is not None:
        yield say(f"outreach.barrier.{verdict.barrier.value}")
    if verdict.until is not None:
        yield say("outreach.may.from", **{"from": book.at("datetime", "clock", "until")})
    if verdict.number is None:
        return
    consented = _consent(judged.owner, book)
    if consented is not None:
        yield consented
    clock = {name: book.at("text", "clock", name) for name in ("from", "to", "now")}
    yield say("outreach.may.hours", **clock)
    yield say("outreach.may.number", number=book.at("text", "number"))
    most = book.at("count", "policies", "attempts_at_most")
    yield say("outreach.may.attempt", count=book.at("count", "calls"), most=most)
    if judged.person.unanswered:
        yield say("outreach.may.unanswered", count=book.at("count", "unanswered"))


def _consent(owner: Owner, book: Book) -> Statement | None:
    """When and how the owner agreed, should they ask."""
    latest = max((consent.at for consent in owner.consents), default=datetime.min.replace(tzinfo=UTC))
    decision = latest_decision(owner.consents, Channel.CALL, Purpose.MARKETING, latest)
    if decision is None or not decision.granted:
        return None
    place = owner.consents.index(decision)
    return say(
        "outreach.may.call",
        name=book.at("text", "owner", "name"),
        date=book.derive("date", "date_of", book.at("datetime", "owner", "consents", place, "at")),
        how=Term(f"outreach.how.{decision.how}"),
    )


def _who(judged: Judged, book: Book) -> Iterator[Argument]:
    yield say("outreach.who.name", name=book.at("text", "owner", "name"))
    yield say(f"outreach.who.speaks.{judged.owner.locale}")
    if judged.holding is None:
        return
    yield _vehicle(book, "holding", model=judged.holding.model)
    yield say("outreach.who.since", date=book.at("date", "holding", "since"))
    for place, other in enumerate(judged.holdings):
        if other.vin != judged.task.vin and other.until is None:
            yield say("outreach.who.other", vehicle=_vehicle(book, "holdings", place, model=other.model))


def _vehicle(book: Book, *at: str | int, model: str | None) -> Statement:
    vin = book.at("text", *at, "vin")
    if model is None:
        return say("outreach.who.vin", vin=vin)
    return say("outreach.who.vehicle", model=book.at("text", *at, "model"), vin=vin)


def _opening(judged: Judged, book: Book) -> Iterator[Argument]:
    name, centre = book.at("text", "owner", "name"), book.at("text", "centre", "name")
    yield say("outreach.script.hello", name=name, centre=centre)
    holding = judged.holding
    if judged.task.because == "maintenance" or holding is None:
        yield say("outreach.script.reason.maintenance")
    elif holding.last_visit_at is not None:
        last = book.derive("date", "date_of", book.at("datetime", "holding", "last_visit_at"))
        yield say("outreach.script.reason.lapse", date=last)
    else:
        yield say("outreach.script.reason.first_visit", date=book.at("date", "holding", "since"))
    yield say("outreach.script.ask")


def _branches(judged: Judged, book: Book, locale: str) -> Iterator[Branch]:
    items = name_items(book, judged.task, judged.holding, locale)
    next_step = say("outreach.fine.say.maintenance", items=items) if items else say("outreach.fine.say.lapse")
    tip = say(
        "outreach.fine.offer.tip", percent=book.given("percent", "outreach_rules", "entries", "charge_daily_to_percent")
    )
    yield Branch("fine", (say("outreach.fine.say.glad"), next_step), (tip, say("outreach.fine.offer.group")))
    yield Branch(
        "dissatisfied",
        tuple(say(f"outreach.dissatisfied.say.{name}") for name in ("sorry", "ask", "next")),
        tuple(say(f"outreach.dissatisfied.offer.{name}") for name in ("case", "nothing")),
    )
    yield Branch(
        "elsewhere",
        tuple(say(f"outreach.elsewhere.say.{name}") for name in ("fair", "ask", "open")),
        tuple(say(f"outreach.elsewhere.offer.{name}") for name in ("reason", "records")),
    )
