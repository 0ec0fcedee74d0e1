"""Find what a bill leaves open: reasons, the state of parts, who pays the rest, the place's rules."""

from collections.abc import Container, Iterator

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.describe_finding import describe_finding
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.judge_overrun import Verdict, judge_overrun
from functions.bill_explanation.look_up_place import look_up_place
from functions.bill_explanation.match_lines import Matching
from functions.bill_explanation.models import LineKind, PartCondition
from functions.bill_explanation.sum_by_payer import customer_gross, other_payers
from shared.domain.figures import Figure
from shared.domain.statements import Term

_WORK = frozenset({LineKind.LABOUR, LineKind.PART, LineKind.SUBLET})


def find_gaps(book: BillBook, matching: Matching, told: Container[str] = ()) -> Iterator[Finding]:
    """Everything that is not wrong in itself but leaves a question open.

    `told`: pointers of which the arithmetic checks have already said that they are wrong.
    """
    if book.bill.kind != "credit_note":
        yield from _find_missing_reasons(book)
    yield from _find_negative_quantities(book)
    yield from _find_part_conditions(book, matching)
    if "/totals/covered" not in told and "/totals/payable" not in told:
        yield from _check_customer_due(book)
    yield from _check_overrun(book)
    yield from _check_place(book)


def _find_missing_reasons(book: BillBook) -> Iterator[Finding]:
    jobs = {job.id for job in book.bill.jobs}
    lines = [i for i, line in enumerate(book.bill.lines) if line.kind in _WORK and line.job not in jobs]
    if not lines:
        return
    if jobs:
        yield describe_finding(book, "line_without_reason", Severity.NOTE, lines)
    else:
        yield describe_finding(book, "bill_without_reasons", Severity.NOTE, (), ("/jobs",))


def _find_negative_quantities(book: BillBook) -> Iterator[Finding]:
    lines = [
        index
        for index, line in enumerate(book.bill.lines)
        if line.kind is not LineKind.DISCOUNT and ((line.quantity or 0) < 0 or (line.hours or 0) < 0)
    ]
    if lines:
        yield describe_finding(book, "negative_quantity", Severity.NOTE, lines)


def _find_part_conditions(book: BillBook, matching: Matching) -> Iterator[Finding]:
    estimate = book.bill.estimate
    estimated = dict(matching.pairs)
    for condition in (PartCondition.USED, PartCondition.REBUILT):
        lines = [i for i, line in enumerate(book.bill.lines) if line.condition is condition]
        promised_new = []
        if estimate is not None:
            promised_new = [
                index
                for index in lines
                if index in estimated and estimate.lines[estimated[index]].condition is PartCondition.NEW
            ]
        term = Term(f"condition.{condition.value}")
        if promised_new:
            yield describe_finding(book, "part_promised_new", Severity.WARNING, promised_new, condition=term)
        others = [index for index in lines if index not in set(promised_new)]
        if others:
            yield describe_finding(book, "part_not_new", Severity.NOTE, others, condition=term)


def _check_customer_due(book: BillBook) -> Iterator[Finding]:
    """What the customer has to pay must be the total less what the lines give to others.

    Where nobody else pays, this is BR-CO-16 and belongs to the arithmetic checks. Rounding by
    category may move one smallest unit for each payer and rate, so that much is let pass.
    """
    bill = book.bill
    others = other_payers(bill.lines)
    if not others and not bill.totals.covered:
        return
    expected, stated = customer_gross(book), _stated_due(book)
    rates = {(line.payer, line.tax_category, line.tax_rate) for line in bill.lines}
    difference = book.make_money("sub", stated, expected)
    if abs(difference.value).scaleb(book.minor_units) > len(rates):
        yield describe_finding(
            book, "customer_due_differs", Severity.ERROR, (), ("/totals/payable",),
            stated=stated, expected=expected, difference=book.make_money("abs", difference),
        )  # fmt: skip


def _stated_due(book: BillBook) -> Figure:
    totals = book.bill.totals
    stated = book.money("totals", "payable")
    if totals.prepaid:
        stated = book.make_money("add", stated, book.money("totals", "prepaid"))
    if totals.rounding:
        stated = book.make_money("sub", stated, book.money("totals", "rounding"))
    return stated


def _check_overrun(book: BillBook) -> Iterator[Finding]:
    estimate = book.bill.estimate
    if estimate is None or book.bill.kind == "credit_note":
        return
    overrun = judge_overrun(book, estimate)
    if overrun.verdict is Verdict.EXCEEDED:
        yield describe_finding(
            book, "overrun_without_consent", Severity.ERROR, (), ("/totals/gross", "/estimate/total"),
            reason=overrun.reason,
        )  # fmt: skip


def _check_place(book: BillBook) -> Iterator[Finding]:
    place = book.bill.place
    if place is None:
        yield describe_finding(book, "place_missing", Severity.NOTE, (), ("/place",))
        return
    files = ("overrun_rules", "repair_warranty", "tax_rates", "warranty_terms")
    if not any(_knows(book, file, place) for file in files):
        yield describe_finding(book, "place_without_rules", Severity.NOTE, (), ("/place",), place=book.text("place"))


def _knows(book: BillBook, file: str, place: str) -> bool:
    entries = book.content[file]["entries"]
    if file == "warranty_terms":
        places = {covered for entry in entries.values() for covered in entry["places"]}
        return look_up_place(places, place) is not None
    return look_up_place(entries, place) is not None
