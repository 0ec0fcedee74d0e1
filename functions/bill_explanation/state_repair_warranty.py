"""State the repair warranty that a job carries, and when it ends."""

from collections.abc import Iterator
from typing import Any

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.look_up_place import look_up_place
from functions.bill_explanation.models import Line, LineKind, Payer
from shared.domain.figures import Figure
from shared.domain.statements import Argument, Listing, Statement, Term, say

_FILE = "repair_warranty"
_WORK = frozenset({LineKind.LABOUR, LineKind.PART, LineKind.SUBLET})


def state_repair_warranty(book: BillBook) -> Iterator[Statement]:
    """The least warranty that the place gives this work, or that none is known here, and to ask.

    It is counted from completion, or else from the bill's date, and from the odometer on leaving.
    Nothing is said for a credit note or for a bill without work.
    """
    bill = book.bill
    work = [line for line in bill.lines if line.kind in _WORK]
    if bill.kind == "credit_note" or not work:
        return
    entries = book.content[_FILE]["entries"]
    place = look_up_place(entries, bill.place)
    if place is None:
        yield say("warranty.repair.unknown")
        return
    if not _covers_parts(entries[place], work):
        yield say("warranty.repair.no_part", **_law(book, place))
        return
    yield say("warranty.repair.law", **_law(book, place))
    for kind, jobs, is_certain in _kinds(book, entries[place]):
        yield _state_term(book, place, kind, jobs, is_certain=is_certain)
    if bill.completed_on is None:
        yield say("warranty.repair.from_issue", issued=book.at("date", "issued_on"))
    if any(line.payer is Payer.WARRANTY for line in work):
        yield say("warranty.repair.new_vehicle")
    yield say("warranty.repair.keep")


def _law(book: BillBook, place: str) -> dict[str, Argument]:
    citation = book.given("text", _FILE, "entries", place, "citation")
    return {"law": Term(f"{_FILE}.{place}"), "citation": citation}


def _covers_parts(entry: dict[str, Any], work: list[Line]) -> bool:
    """Whether the rule covers all work, or a part in a state that it covers was fitted."""
    if entry["parts"] is None:
        return True
    return any(
        line.kind is LineKind.PART and (line.condition is None or line.condition.value in entry["parts"])
        for line in work
    )


def _kinds(book: BillBook, entry: dict[str, Any]) -> Iterator[tuple[str, list[int], bool]]:
    """Each kind of job on the bill, its jobs, and whether the bill says so.

    Where it does not, the shortest term is the one that every job has at least.
    """
    kinds: dict[str, Any] = entry["kinds"]
    if len(kinds) == 1:
        yield next(iter(kinds)), [], True
        return
    shortest = min(kinds, key=lambda kind: (kinds[kind]["days"] or 0) + 30 * (kinds[kind]["months"] or 0))
    named: dict[str, list[int]] = {}
    unnamed: list[int] = []
    for index, job in enumerate(book.bill.jobs):
        if job.repair_kind in kinds:
            named.setdefault(str(job.repair_kind), []).append(index)
        else:
            unnamed.append(index)
    for kind, jobs in named.items():
        yield kind, jobs, True
    if unnamed or not named:
        yield shortest, unnamed if named else [], False


def _state_term(book: BillBook, place: str, kind: str, jobs: list[int], *, is_certain: bool) -> Statement:
    at = (_FILE, "entries", place, "kinds", kind)
    term = book.content[_FILE]["entries"][place]["kinds"][kind]
    start = book.at("date", "completed_on" if book.bill.completed_on is not None else "issued_on")
    unit = "days" if term["days"] is not None else "months"
    length = book.given(unit, *at, unit)
    figures: dict[str, Figure] = {
        "length": length,
        "start": start,
        "end": book.derive("date", f"{unit}_after", start, length),
        "km": book.given("km", *at, "km"),
    }
    key = f"warranty.term.{unit}"
    vehicle = book.bill.vehicle
    if vehicle is not None and vehicle.odometer_out_km is not None:
        left = book.at("km", "vehicle", "odometer_out_km")
        figures["last_km"] = book.derive("km", "add", left, figures["km"])
        key += ".odometer"
    cover = say(key, **figures)
    if not is_certain:
        return _for_jobs(book, "warranty.repair.at_least", jobs, cover, kind)
    return _for_jobs(book, "warranty.repair.term", jobs, cover, kind)


def _for_jobs(book: BillBook, key: str, jobs: list[int], cover: Statement, kind: str) -> Statement:
    term = Term(f"repair_kind.{kind}")
    if not jobs:
        return say(key, cover=cover, kind=term)
    concerns = Listing(tuple(book.text("jobs", index, "concern") for index in jobs[:4]))
    return say(f"{key}.jobs", cover=cover, kind=term, concerns=concerns)
