"""Builders of bills: a small bill that adds up, and statements read back in every locale."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Finding
from functions.bill_explanation.find_problems import find_problems
from functions.bill_explanation.models import Bill
from shared.content import LOCALES, load_all, wording
from shared.domain.number_guard import check_text
from shared.domain.statements import Statement, render

TODAY = date(2026, 11, 22)


def labour(**changes: Any) -> dict[str, Any]:
    """A labour line of the first job, priced by its hours."""
    line = {"id": "1", "kind": "labour", "description": "Brakes", "job": "J", "hours": "1", "rate": "600"}
    return _line(line | {"net": None} | changes, "hours", "rate")


def part(**changes: Any) -> dict[str, Any]:
    """A part line of the first job, priced by its quantity."""
    line = {"id": "2", "kind": "part", "description": "Pads", "job": "J", "quantity": "2", "unit_price": "100"}
    return _line(line | {"net": None} | changes, "quantity", "unit_price")


def _line(line: dict[str, Any], much: str, price: str) -> dict[str, Any]:
    line = {"tax_rate": "13"} | line
    if line["net"] is None:
        line["net"] = _cents(Decimal(line[much]) * Decimal(line[price]))
    return {name: value for name, value in line.items() if value is not None}


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _net(lines: Sequence[Mapping[str, Any]]) -> Decimal:
    return sum((Decimal(line["net"]) for line in lines), Decimal(0))


def _tax(lines: Sequence[Mapping[str, Any]], rate: str = "13") -> Decimal:
    return _cents(_net(lines) * Decimal(rate) / 100)


def an_estimate(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """An estimate whose total is that of its lines with 13 % tax."""
    net, tax = _net(lines), _tax(lines)
    return {"made_on": "2026-10-30", "lines": lines, "total": net + tax, "tax_total": tax} | changes


def a_consent(amount: Any, at: str = "2026-10-30T10:00:00+08:00", **changes: Any) -> dict[str, Any]:
    """A consent of the owner."""
    return {"at": at, "by": "Ms Li", "how": "signature", "amount": amount} | changes


def a_bill(*lines: dict[str, Any], **changes: Any) -> Bill:
    """A Chinese bill over these lines whose totals are right."""
    chosen = lines or (labour(), part())
    net, tax = _net(chosen), _tax(chosen)
    others = [line for line in chosen if line.get("payer", "customer") != "customer"]
    covered = _net(others) + _tax(others)
    totals = {"lines": net, "net": net, "tax": tax, "gross": net + tax, "payable": net + tax - covered}
    if covered:
        totals["covered"] = covered
    data = {
        "number": "RO-1",
        "issued_on": "2026-11-02",
        "completed_on": "2026-11-01",
        "currency": "CNY",
        "place": "CN",
        "jobs": [{"id": "J", "concern": "grinding noise", "repair_kind": "minor_repair"}],
        "lines": chosen,
        "tax_breakdown": [{"category": "S", "rate": "13", "taxable": net, "tax": tax}],
        "totals": totals,
    }
    return Bill.model_validate(data | changes)


def a_book(bill: Bill) -> BillBook:
    return BillBook(bill, load_all())


def a_us_bill(*lines: dict[str, Any], place: str = "US-CA", **changes: Any) -> Bill:
    return a_bill(*lines, place=place, currency="USD", **changes)


def with_entry(file: str, key: str, **changes: Any) -> dict[str, Any]:
    """The content with one entry changed."""
    content = load_all()
    entries = content[file]["entries"]
    changed = entries | {key: entries[key] | changes}
    return {**content, file: {**content[file], "entries": changed}}


def problems(bill: Bill, as_of: date = TODAY) -> list[Finding]:
    """The findings, each read back by the guard in every locale."""
    book = a_book(bill)
    found = list(find_problems(book, as_of))
    read_all(found, book)
    return found


def rules(bill: Bill, as_of: date = TODAY) -> list[str]:
    return [finding.rule for finding in problems(bill, as_of)]


def only(bill: Bill, rule: str, as_of: date = TODAY) -> Finding:
    """The one finding of this rule."""
    (finding,) = [finding for finding in problems(bill, as_of) if finding.rule == rule]
    return finding


def statements(value: object) -> Iterator[Statement]:
    """Every statement within explanations, findings and variances."""
    if isinstance(value, Statement):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from statements(item)


def read(statement: Statement, book: BillBook, locale: str = "en") -> str:
    """The statement in one locale, after the guard has read it back."""
    words = wording(locale)
    rendered = render(statement, words)
    check_text(rendered, book, words)
    return rendered.text


def read_all(values: Iterable[object], book: BillBook) -> list[str]:
    """Everything in every locale, read back by the guard."""
    return [read(statement, book, locale) for locale in LOCALES for value in values for statement in statements(value)]
