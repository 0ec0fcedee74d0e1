"""Say why an owner is asked now, and why in this place of the list."""

from collections.abc import Iterator

from shared.content import load
from shared.domain.figures import Book, Figure, path
from shared.domain.outreach import Task
from shared.domain.statements import Argument, Listing, Statement, say
from shared.domain.vehicles import Holding


def say_why(book: Book, task: Task, holding: Holding | None, locale: str) -> Iterator[Argument]:
    """Why now: the plan, the time since the last visit, or that there was none."""
    if holding is None:
        return
    items = say_items(book, task, holding, locale)
    if items is not None:
        yield say("outreach.why.maintenance", items=items)
    months = book.at("months", "centre", "outreach", "lapse_months")
    if holding.last_visit_at is None:
        yield say("outreach.why.first_visit", date=book.at("date", "holding", "since"), months=months)
        return
    last = book.derive("date", "date_of", book.at("datetime", "holding", "last_visit_at"))
    days = book.derive("days", "days_between", last, path("today"))
    yield say("outreach.why.lapse", date=last, days=days, months=months)


def say_items(book: Book, task: Task, holding: Holding | None, locale: str) -> Listing | None:
    """The items of the maintenance plan that called for this task, with when they are due."""
    items = tuple(_item(book, holding, place, locale) for place in _places(task, holding)) if holding else ()
    return Listing(items) if items else None


def name_items(book: Book, task: Task, holding: Holding | None, locale: str) -> Listing | None:
    """The same items by their names alone, as one says them on the telephone."""
    names = tuple(_name_of(book, holding, place, locale) for place in _places(task, holding)) if holding else ()
    return Listing(names) if names else None


def _places(task: Task, holding: Holding) -> list[int]:
    asked_for = task.items if task.because == "maintenance" else ()
    return [place for place, due in enumerate(holding.maintenance) if due.code in asked_for]


def _item(book: Book, holding: Holding, place: int, locale: str) -> Statement:
    due = holding.maintenance[place]
    at = ("holding", "maintenance", place)
    item, on = _name_of(book, holding, place, locale), book.at("date", *at, "on")
    if due.by == "time":
        return say("outreach.why.item", item=item, date=on)
    km = book.at("km", *at, "at_km")
    if due.earliest is None or due.latest is None:
        return say("outreach.why.item.distance", item=item, km=km, date=on)
    ends = {name: book.at("date", *at, name) for name in ("earliest", "latest")}
    return say("outreach.why.item.distance.range", item=item, km=km, date=on, **ends)


def _name_of(book: Book, holding: Holding, place: int, locale: str) -> Figure:
    """The item's name as the plan of the model gives it; its code where no plan knows it."""
    code = holding.maintenance[place].code
    model = "".join(filter(str.isalnum, (holding.model or "").casefold()))
    for key, plan in load("maintenance_plans")["entries"].items():
        if model == key or model in plan["also"]:
            for number, item in enumerate(plan["items"]):
                if item["code"] == code:
                    return book.given("text", "maintenance_plans", "entries", key, "items", number, locale)
    return book.at("text", "holding", "maintenance", place, "code")


def say_ranking(book: Book, task: Task) -> Iterator[Argument]:
    """The reasons of the rank, and that waiting itself counts."""
    reasons = task.rank.reasons if task.rank else ()
    for place, reason in enumerate(reasons):
        at = ("task", "rank", "reasons", place, "inputs")
        match reason.factor:
            case "value" if reason.currency is None:
                yield say("outreach.rank.value.unknown")
            case "value":
                ends = {name: book.at(f"about {reason.currency}", *at, name) for name in ("low", "high")}
                yield say("outreach.rank.value", **ends)
            case "reach":
                verified = "verified" if reason.inputs.get("verified") else "unverified"
                yield say(f"outreach.rank.reach.{verified}")
            case _ if reason.inputs.get("overdue_days"):
                yield say("outreach.rank.time", days=book.at("days", *at, "overdue_days"))
            case _:
                yield say("outreach.rank.time.now")
    yield say("outreach.rank.waiting", date=book.at("date", "made_on"))
