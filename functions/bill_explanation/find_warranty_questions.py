"""Find lines that a warranty seems to cover, and payers that changed since the estimate."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

from functions.bill_explanation.book import BillBook, payer_term
from functions.bill_explanation.compare_with_estimate import state_consequence
from functions.bill_explanation.describe_finding import describe_finding
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.match_lines import Matching
from functions.bill_explanation.models import Line, LineKind, Payer
from shared.domain.figures import Figure, months_after
from shared.domain.statements import Argument, Listing, Statement, Term, say

_FILE = "warranty_terms"
_COVERABLE = frozenset({LineKind.LABOUR, LineKind.PART, LineKind.SUBLET})


class _Components(NamedTuple):
    """The component group of lines by their position, and the parts that only inherit theirs."""

    groups: dict[int, str]
    inherited: set[int]


class _Visit(NamedTuple):
    """What decides whether a warranty still runs: dates and distance as the bill has them."""

    on: str  # the field that dates the visit
    day: date
    in_service: date | None
    odometer: int | None


def find_warranty_questions(book: BillBook, matching: Matching) -> Iterator[Finding]:
    """Lines not billed to a warranty that seems to run, and payers that changed since the estimate.

    Cover is by component group and market, from content.
    """
    components = _component_groups(book)
    changed = _payer_changes(book, matching)
    told = {index for (before, _), lines in changed.items() if before is Payer.WARRANTY for index in lines}
    yield from _find_covered(book, components, told)
    for (before, after), lines in changed.items():
        yield _describe_payer_change(book, before, after, lines)


def _find_covered(book: BillBook, components: _Components, told: set[int]) -> Iterator[Finding]:
    terms = _terms_of_market(book)
    visit = _visit(book)
    running = {group: _longest(keys, book, visit) for group, keys in terms.items()}
    covered: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    unchecked: list[int] = []
    for index, line in enumerate(book.bill.lines):
        group = components.groups.get(index)
        if line.payer not in {Payer.CUSTOMER, Payer.GOODWILL} or line.net <= 0:
            continue
        if group in running and visit.in_service is None:
            unchecked.append(index)
        elif group in running and (term := running[group]) is not None:
            covered[term, _rule(line, index in components.inherited)].append(index)
        elif line.payer is Payer.GOODWILL and index not in told:
            covered["", "goodwill_instead_of_warranty"].append(index)
    for (term, rule), lines in covered.items():
        yield _describe_covered(book, rule, term, lines, visit)
    if unchecked:
        yield describe_finding(book, "warranty_cannot_be_checked", Severity.NOTE, unchecked, missing=_missing(visit))


def _rule(line: Line, is_inherited: bool) -> str:
    if line.payer is Payer.GOODWILL:
        return "goodwill_within_warranty"
    if line.payer_reason:
        return "warranty_declined"
    return "warranty_may_cover_part" if is_inherited else "warranty_seems_to_cover"


def _missing(visit: _Visit) -> Listing:
    missing = ["in_service_on"] if visit.in_service is None else []
    if visit.odometer is None:
        missing.append("odometer")
    return Listing(tuple(Term(f"missing.{name}") for name in missing))


def _describe_covered(book: BillBook, rule: str, term: str, lines: list[int], visit: _Visit) -> Finding:
    if not term:
        return describe_finding(book, rule, Severity.NOTE, lines, consequence=state_consequence(book))
    unsure = rule in {"warranty_declined", "warranty_may_cover_part"} or visit.odometer is None
    severity = Severity.NOTE if unsure else Severity.WARNING
    return describe_finding(book, rule, severity, lines, **_state_term(book, term, visit))


def _state_term(book: BillBook, term: str, visit: _Visit) -> dict[str, Argument]:
    at = (_FILE, "entries", term)
    entry = book.content[_FILE]["entries"][term]
    start = book.at("date", "vehicle", "in_service_on")
    months = book.given("months", *at, "months")
    end = book.derive("date", "months_after", start, months)
    args: dict[str, Argument] = {
        "term": Term(f"{_FILE}.{term}"),
        "citation": book.given("text", *at, "citation"),
        "visit": book.at("date", visit.on),
    }
    cover: dict[str, Argument] = {"start": start, "length": _state_length(book, months), "end": end}
    if entry["km"] is None:
        return args | {"cover": say("warranty.cover.time", **cover)}
    cover["km"] = book.given("km", *at, "km")
    if visit.odometer is None:
        return args | {"cover": say("warranty.cover.unread", **cover)}
    cover["odometer"] = book.at("km", "vehicle", _odometer_field(book))
    return args | {"cover": say("warranty.cover.time_and_distance", **cover)}


def _state_length(book: BillBook, months: Figure) -> Statement:
    """So many years, or months where they are not whole years."""
    if months.value % 12:
        return say("warranty.length.months", count=months)
    return say("warranty.length.years", count=book.derive("years", "div", months, 12))


def _visit(book: BillBook) -> _Visit:
    bill = book.bill
    on = "completed_on" if bill.completed_on is not None else "issued_on"
    vehicle = bill.vehicle
    day = bill.completed_on or bill.issued_on
    if vehicle is None:
        return _Visit(on, day, None, None)
    odometer = vehicle.odometer_in_km
    return _Visit(on, day, vehicle.in_service_on, vehicle.odometer_out_km if odometer is None else odometer)


def _odometer_field(book: BillBook) -> str:
    vehicle = book.bill.vehicle
    read = vehicle is not None and vehicle.odometer_in_km is not None
    return "odometer_in_km" if read else "odometer_out_km"


def _terms_of_market(book: BillBook) -> dict[str, list[str]]:
    """The terms of the bill's country by component group."""
    place = book.bill.place
    by_group: defaultdict[str, list[str]] = defaultdict(list)
    if place is not None:
        country = place.partition("-")[0]
        for key, entry in book.content[_FILE]["entries"].items():
            if country in entry["places"] or place in entry["places"]:
                for group in entry["groups"]:
                    by_group[group].append(key)
    return dict(by_group)


def _longest(keys: list[str], book: BillBook, visit: _Visit) -> str | None:
    """The running term that ends last; None when all have ended or nothing can be computed."""
    if visit.in_service is None:
        return None
    entries: dict[str, Any] = book.content[_FILE]["entries"]
    running = [key for key in keys if _runs(entries[key], visit.in_service, visit)]
    return max(running, key=lambda key: int(entries[key]["months"]), default=None)


def _runs(entry: dict[str, Any], start: date, visit: _Visit) -> bool:
    in_time = start <= visit.day <= months_after(start, int(entry["months"]))
    return in_time and (entry["km"] is None or (visit.odometer or 0) <= entry["km"])


def _component_groups(book: BillBook) -> _Components:
    """The component group of each line, by its operation or part in the glossary.

    A part without an entry inherits the group of its job's operations when they all share one.
    """
    glossary = book.content["operations"]["entries"]
    groups: dict[int, str] = {}
    of_job: defaultdict[str, set[str]] = defaultdict(set)
    for index, line in enumerate(book.bill.lines):
        entry = glossary.get(line.operation_code) or glossary.get(line.part_number)
        if entry is not None and line.kind in _COVERABLE:
            groups[index] = entry["group"]
            if line.job is not None and line.kind is LineKind.LABOUR:
                of_job[line.job].add(entry["group"])
    inherited: dict[int, str] = {}
    for index, line in enumerate(book.bill.lines):
        if line.kind is LineKind.PART and index not in groups and line.job is not None:
            shared = of_job.get(line.job, set())
            if len(shared) == 1:
                inherited[index] = next(iter(shared))
    return _Components(groups | inherited, set(inherited))


def _payer_changes(book: BillBook, matching: Matching) -> dict[tuple[Payer, Payer], list[int]]:
    """The lines of each change of payer since the estimate."""
    changed: defaultdict[tuple[Payer, Payer], list[int]] = defaultdict(list)
    estimate = book.bill.estimate
    if estimate is not None:
        for index, partner in matching.pairs:
            before, after = estimate.lines[partner].payer, book.bill.lines[index].payer
            if before is not after:
                changed[before, after].append(index)
    return dict(changed)


def _describe_payer_change(book: BillBook, before: Payer, after: Payer, lines: list[int]) -> Finding:
    worse = after is Payer.CUSTOMER or before is Payer.WARRANTY
    severity = Severity.WARNING if worse else Severity.NOTE
    args: dict[str, Argument] = {"before": payer_term(before), "after": payer_term(after)}
    if before is not Payer.WARRANTY:
        return describe_finding(book, "payer_changed", severity, lines, **args)
    args["consequence"] = state_consequence(book)
    return describe_finding(book, "payer_changed_from_warranty", severity, lines, **args)
