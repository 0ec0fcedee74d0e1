"""Say what happened so far: visits, the newest first, and earlier calls about the same task."""

from collections.abc import Iterator

from shared.domain.figures import Book
from shared.domain.outreach import Task
from shared.domain.statements import Argument, Term, say
from shared.domain.vehicles import Holding

_MOST_VISITS = 8


def say_history(book: Book, task: Task, holding: Holding | None) -> Iterator[Argument]:
    """One line per call and visit, short enough for one page."""
    for place in reversed(range(len(task.attempts))):
        yield _attempt(book, task, place)
    visits = holding.history[:_MOST_VISITS] if holding else ()
    for place, visit in enumerate(visits):
        at = ("holding", "history", place)
        date = book.derive("date", "date_of", book.at("datetime", *at, "at"))
        kind = Term(f"outreach.kind.{visit.kind.value}")
        if visit.odometer_km is None:
            said = say("outreach.history.visit", date=date, kind=kind)
        else:
            said = say("outreach.history.visit.km", date=date, kind=kind, km=book.at("km", *at, "odometer_km"))
        if visit.summary:
            said = say("outreach.history.visit.summary", visit=said, summary=book.at("text", *at, "summary"))
        yield said
    if not visits:
        yield say("outreach.history.none")


def _attempt(book: Book, task: Task, place: int) -> Argument:
    attempt = task.attempts[place]
    at = ("task", "attempts", place)
    date = book.derive("date", "date_of", book.at("datetime", *at, "at"))
    said = say("outreach.history.attempt", date=date, outcome=Term(f"outreach.outcome.{attempt.outcome.value}"))
    if attempt.words is None:
        return said
    return say("outreach.history.attempt.words", attempt=said, words=book.at("text", *at, "words"))
