from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.bill_explanation.check_arithmetic import check_arithmetic
from functions.bill_explanation.en16931 import ARITHMETIC, check
from functions.bill_explanation.en16931_input import from_bill
from functions.bill_explanation.explanation import Finding, Severity
from functions.bill_explanation.models import Bill
from shared.content import LOCALES, load, wording
from shared.domain.figures import Figure
from tests.unit.bill_explanation.bills import a_bill, a_book, labour, part, read, read_all

cents = st.decimals(min_value=Decimal("0.01"), max_value=10**6, places=2)


def found(bill: Bill) -> list[Finding]:
    return list(check_arithmetic(a_book(bill)))


def rules(bill: Bill) -> list[str]:
    return [finding.rule for finding in found(bill)]


def changed(bill: Bill, part_of: str, **values: Any) -> Bill:
    return Bill.model_validate(bill.model_dump() | {part_of: bill.model_dump()[part_of] | values})


def with_breakdown(bill: Bill, **values: Any) -> Bill:
    (subtotal,) = bill.model_dump()["tax_breakdown"]
    return Bill.model_validate(bill.model_dump() | {"tax_breakdown": [subtotal | values]})


def amounts(finding: Finding) -> tuple[Decimal, Decimal]:
    """What the bill says and what its parts give."""
    statement = finding.statement
    inner = statement.args.get("what", statement)
    said, expected = inner.args["found"], inner.args["expected"]  # type: ignore[union-attr]
    assert isinstance(said, Figure)
    assert isinstance(expected, Figure)
    return said.value, expected.value


def test_a_right_bill_has_no_finding() -> None:
    assert rules(a_bill(labour(), part())) == []
    assert rules(a_bill(labour(payer="warranty"), part(payer="goodwill"))) == []


@pytest.mark.parametrize(
    ("name", "rule"),
    [("lines", "BR-CO-10"), ("net", "BR-CO-13"), ("tax", "BR-CO-14"), ("gross", "BR-CO-15"), ("payable", "BR-CO-16")],
)
def test_a_total_that_is_a_cent_off_is_found_with_both_amounts(name: str, rule: str) -> None:
    bill = a_bill(labour(), part(payer="warranty"))
    right = getattr(bill.totals, name)
    findings = {finding.rule: finding for finding in found(changed(bill, "totals", **{name: right + Decimal("0.01")}))}
    assert amounts(findings[rule]) == (right + Decimal("0.01"), right)
    assert findings[rule].pointers == (f"/totals/{name}",)
    assert findings[rule].severity is Severity.ERROR


@pytest.mark.parametrize(
    ("name", "kind", "rule"), [("allowances", "allowance", "BR-CO-11"), ("charges", "charge", "BR-CO-12")]
)
def test_a_wrong_sum_of_adjustments_is_found(name: str, kind: str, rule: str) -> None:
    adjustment = {"kind": kind, "amount": "10", "tax_category": "S", "tax_rate": "13"}
    bill = Bill.model_validate(a_bill(labour()).model_dump() | {"adjustments": [adjustment]})
    assert rule in rules(changed(bill, "totals", **{name: "11"}))
    assert rule not in rules(changed(bill, "totals", **{name: "10"}))


def test_a_tax_beyond_the_tolerance_is_told_once_by_the_rule_of_the_norm() -> None:
    bill = with_breakdown(changed(a_bill(labour()), "totals", tax="80", gross="680", payable="680"), tax="80")
    assert rules(bill) == ["BR-CO-17"]


@pytest.mark.parametrize(("tax", "gross"), [("78.40", "678.40"), ("78.01", "678.01"), ("77.99", "677.99")])
def test_cents_that_the_norm_tolerates_are_told_as_a_warning(tax: str, gross: str) -> None:
    bill = with_breakdown(changed(a_bill(labour()), "totals", tax=tax, gross=gross, payable=gross), tax=tax)
    assert not list(check(from_bill(bill, 2), ARITHMETIC))
    (finding,) = found(bill)
    assert (finding.rule, finding.severity) == ("AC-TAX", Severity.WARNING)
    assert amounts(finding) == (Decimal(tax), Decimal("78.00"))


@pytest.mark.parametrize("tax", ["0.06", "0.07"])
def test_half_a_cent_of_tax_may_be_rounded_either_way(tax: str) -> None:
    bill = a_bill(
        labour(hours="1", rate="0.50"), tax_breakdown=[{"category": "S", "rate": "13", "taxable": "0.5", "tax": tax}]
    )
    gross = str(Decimal("0.50") + Decimal(tax))
    assert rules(changed(bill, "totals", tax=tax, gross=gross, payable=gross)) == []


def test_a_taxable_amount_within_the_tolerance_is_told_to_the_cent() -> None:
    assert rules(with_breakdown(a_bill(labour()), taxable="600.03")) == ["AC-TAXABLE"]
    assert rules(with_breakdown(a_bill(labour()), taxable="602", tax="78")) == ["BR-S-08", "AC-TAX"]


def test_tax_on_what_is_exempt_is_found() -> None:
    exempt = {"tax_category": "E", "tax_rate": "0"}
    breakdown = [{"category": "E", "rate": "0", "taxable": "600", "tax": "0.30"}]
    bill = a_bill(labour(**exempt), tax_breakdown=breakdown)
    bill = changed(bill, "totals", tax="0.30", gross="600.30", payable="600.30")
    assert rules(bill) == ["BR-E-09"]


@pytest.mark.parametrize(
    "line",
    [
        labour(hours="1.2", rate="600", net="720.01"),
        labour(hours="1.2", rate="600", net="702"),
        part(quantity="3", unit_price="9.99", net="29.96"),
        part(quantity="4", unit_price="320", base_quantity="100", net="1280"),
        part(adjustments=[{"kind": "allowance", "amount": "5"}], net="200"),
    ],
)
def test_a_line_that_is_not_its_price_times_its_quantity_is_found(line: dict[str, Any]) -> None:
    (finding,) = found(a_bill(line))
    assert (finding.rule, finding.lines, finding.pointers) == ("AC-LINE", (line["id"],), ("/lines/0/net",))
    assert amounts(finding)[0] == Decimal(line["net"])


@pytest.mark.parametrize(
    "line",
    [
        part(quantity="3", unit_price="0.335", net="1.00"),  # 1.005, rounded down
        part(quantity="3", unit_price="0.335", net="1.01"),
        part(quantity="4", unit_price="320", base_quantity="100", net="12.80"),
        part(adjustments=[{"kind": "allowance", "amount": "5"}, {"kind": "charge", "amount": "1"}], net="196"),
        part(quantity="-2", unit_price="100", net="-200"),
        part(quantity=None, net="7"),
        labour(hours="2", payer="warranty", net="0"),
    ],
)
def test_lines_that_are_right_or_cannot_be_computed_are_left_alone(line: dict[str, Any]) -> None:
    assert rules(a_bill({k: v for k, v in line.items() if v is not None})) == []


def test_a_wrong_tax_of_a_line_is_found_and_a_cent_let_pass() -> None:
    assert rules(a_bill(labour(tax="78.01"))) == []
    assert rules(a_bill(labour(tax="79"))) == ["AC-LINE-TAX"]


def test_yen_are_checked_to_the_yen() -> None:
    lines = labour(hours="1.5", rate="8333", net="12500", tax_rate="10")  # 12499.5
    breakdown = [{"category": "S", "rate": "10", "taxable": "12500", "tax": "1250"}]
    totals = {"lines": "12500", "net": "12500", "tax": "1250", "gross": "13750", "payable": "13750"}
    bill = a_bill(lines, currency="JPY", place="JP", tax_breakdown=breakdown, totals=totals)
    assert rules(bill) == []
    assert rules(changed(bill, "totals", payable="13751")) == ["BR-CO-16"]


@given(st.lists(st.tuples(cents, st.sampled_from(["customer", "warranty", "insurer"])), min_size=1, max_size=6))
def test_bills_that_add_up_have_no_finding(lines: list[tuple[Decimal, str]]) -> None:
    nets = [part(id=str(i), quantity="1", unit_price=net, net=net, payer=payer) for i, (net, payer) in enumerate(lines)]
    assert rules(a_bill(*nets)) == []


@given(
    st.sampled_from(["lines", "net", "tax", "gross", "payable"]),
    st.decimals(min_value=-100, max_value=100, places=2).filter(bool),
)
def test_changing_any_total_is_noticed_and_told_in_every_language(name: str, change: Decimal) -> None:
    bill = a_bill(labour(), part(payer="warranty"))
    spoilt = changed(bill, "totals", **{name: getattr(bill.totals, name) + change})
    findings = found(spoilt)
    assert findings
    assert all(amounts(finding)[0] != amounts(finding)[1] for finding in findings)
    assert read_all(findings, a_book(spoilt))


def test_the_figures_of_a_finding_agree_with_the_rule_that_found_it() -> None:
    bill = with_breakdown(a_bill(labour(), part()), taxable="900", tax="150")
    by_rule = {breach.rule: breach for breach in check(from_bill(bill, 2), ARITHMETIC)}
    for finding in found(bill):
        breach = by_rule[finding.rule]
        assert amounts(finding) == (breach.found, breach.expected)


def test_a_finding_reads_as_a_sentence_with_the_name_of_the_rule() -> None:
    bill = changed(a_bill(labour()), "totals", payable="700")
    (finding,) = found(bill)
    assert read(finding.statement, a_book(bill)) == (
        "By its totals the bill leaves CNY 678.00 to pay, but it asks for CNY 700.00; they are CNY 22.00 apart. "
        "Rule: EN 16931 BR-CO-16."
    )


@pytest.mark.parametrize("locale", LOCALES)
def test_every_statement_has_its_question_in_every_language(locale: str) -> None:
    shapes = [
        *("line_of_hours", "line_of_quantity", "line", "line_tax"),
        *("lines", "allowances", "charges", "net", "tax", "gross", "payable"),
        *("tax_of_rate", "tax_where_none", "taxable_of_rate", "taxable_of_category"),
    ]
    words = wording(locale)
    assert all(f"arithmetic.{shape}{end}" in words for shape in shapes for end in ("", ".ask"))


def test_every_rule_of_the_norm_has_a_name_to_show() -> None:
    assert set(load("bill_rules")["entries"]) == set(ARITHMETIC)
