"""Check the dates of a bill, the odometer and the vehicle identification number."""

from collections.abc import Iterator
from datetime import date

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.describe_finding import describe_finding
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.look_up_place import look_up_place

_LETTERS = {letter: value for value, row in enumerate((
    "", "AJ", "BKS", "CLT", "DMU", "ENV", "FW", "GPX", "HY", "RZ"
)) for letter in row}  # fmt: skip
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def check_dates_and_vehicle(book: BillBook, as_of: date) -> Iterator[Finding]:
    """Dates in the future or in the wrong order, an odometer that runs backwards, and a wrong VIN.

    A vehicle identification number is checked where the market uses a check digit.
    """
    yield from _find_future(book, as_of)
    yield from _find_order(book)
    yield from _check_vehicle(book)


def _find_future(book: BillBook, as_of: date) -> Iterator[Finding]:
    for field in ("issued_on", "completed_on"):
        day: date | None = getattr(book.bill, field)
        if day is not None and day > as_of:
            yield describe_finding(
                book, f"{field}_in_future", Severity.WARNING, (), (f"/{field}",), day=book.at("date", field)
            )


def _find_order(book: BillBook) -> Iterator[Finding]:
    bill = book.bill
    done = bill.completed_on
    if done is None:
        return
    completed = book.at("date", "completed_on")
    if bill.issued_on < done:
        yield describe_finding(
            book, "billed_before_completed", Severity.NOTE, (), ("/issued_on", "/completed_on"),
            issued=book.at("date", "issued_on"), completed=completed,
        )  # fmt: skip
    if bill.vehicle is not None and bill.vehicle.in_service_on is not None and bill.vehicle.in_service_on > done:
        yield describe_finding(
            book, "completed_before_in_service", Severity.WARNING, (),
            ("/completed_on", "/vehicle/in_service_on"),
            start=book.at("date", "vehicle", "in_service_on"), completed=completed,
        )  # fmt: skip
    yield from _find_work_before_consent(book, done)


def _find_work_before_consent(book: BillBook, done: date) -> Iterator[Finding]:
    estimate = book.bill.estimate
    if estimate is None:
        return
    completed = book.at("date", "completed_on")
    if estimate.made_on > done:
        yield describe_finding(
            book, "completed_before_estimate", Severity.WARNING, (),
            ("/completed_on", "/estimate/made_on"),
            made=book.at("date", "estimate", "made_on"), completed=completed,
        )  # fmt: skip
    elif estimate.authorisations and all(a.at.date() > done for a in estimate.authorisations):
        first = min(range(len(estimate.authorisations)), key=lambda i: estimate.authorisations[i].at.date())
        yield describe_finding(
            book, "completed_before_consent", Severity.WARNING, (),
            ("/completed_on", f"/estimate/authorisations/{first}/at"),
            consent=book.at("datetime", "estimate", "authorisations", first, "at"), completed=completed,
        )  # fmt: skip


def _check_vehicle(book: BillBook) -> Iterator[Finding]:
    vehicle = book.bill.vehicle
    if vehicle is None:
        return
    before, after = vehicle.odometer_in_km, vehicle.odometer_out_km
    if before is not None and after is not None and after < before:
        yield describe_finding(
            book, "odometer_runs_backwards", Severity.ERROR, (),
            ("/vehicle/odometer_in_km", "/vehicle/odometer_out_km"),
            before=book.at("km", "vehicle", "odometer_in_km"),
            after=book.at("km", "vehicle", "odometer_out_km"),
        )  # fmt: skip
    market = look_up_place(book.content["vin_rules"]["entries"], book.bill.place)
    if market is not None and vehicle.vin is not None and not _check_digit_fits(vehicle.vin):
        yield describe_finding(
            book, "vin_check_digit", Severity.NOTE, (), ("/vehicle/vin",),
            vin=book.text("vehicle", "vin"),
            citation=book.given("text", "vin_rules", "entries", market, "citation"),
        )  # fmt: skip


def _check_digit_fits(vin: str) -> bool:
    """Whether the ninth character is the weighted sum modulo 11, X for ten (49 CFR 565.15(c)).

    Numbers shorter than 17 characters are older than the rule and pass.
    """
    if len(vin) != len(_WEIGHTS):
        return True
    values = (_LETTERS.get(character) or int(character, 36) for character in vin)
    rest = sum(value * weight for value, weight in zip(values, _WEIGHTS, strict=True)) % 11
    return vin[8] == ("X" if rest == 10 else str(rest))
