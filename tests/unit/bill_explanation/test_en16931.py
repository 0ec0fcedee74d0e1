from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.bill_explanation.en16931 import (
    ARITHMETIC,
    RULES,
    Amount,
    Breach,
    Invoice,
    Subtotal,
    TaxTotal,
    Totals,
    check,
    xpath_round,
)
from functions.bill_explanation.en16931_input import from_bill, from_ubl
from functions.bill_explanation.models import Bill
from functions.bill_explanation.xml_document import parse_xml
from tests.unit.bill_explanation.bills import a_bill, labour, part
from tests.unit.bill_explanation.documents_in import read_xml, ubl, ubl_line

D = Decimal
cents = st.decimals(min_value=-(10**7), max_value=10**7, places=2)


def breaches(rule: str, invoice: Invoice) -> list[Breach]:
    return list(check(invoice, [rule]))


def holds(rule: str, invoice: Invoice) -> bool:
    return not breaches(rule, invoice)


def totals(**values: str) -> Invoice:
    return Invoice(totals=Totals(**{name: D(value) for name, value in values.items()}))


def taxed(category: str, rate: str | None, taxable: str, tax: str, *lines: Amount) -> Invoice:
    subtotal = Subtotal("s", category, None if rate is None else D(rate), D(taxable), D(tax))
    return Invoice(lines=lines, tax_totals=(TaxTotal("t", D(tax), "EUR", (subtotal,)),))


def line(value: str, category: str = "S", rate: str | None = "20") -> Amount:
    return Amount("l", D(value), category, None if rate is None else D(rate))


@pytest.mark.parametrize(
    ("value", "rounded"),
    [("0.005", "0.01"), ("-0.005", "0.00"), ("2.675", "2.68"), ("-2.675", "-2.67"), ("-2.676", "-2.68")],
)
def test_xpath_rounds_half_towards_positive_infinity(value: str, rounded: str) -> None:
    assert xpath_round(D(value)) == D(rounded)


def test_an_empty_invoice_breaks_only_what_asks_for_something() -> None:
    assert {breach.rule for breach in check(Invoice(), RULES)} == {"BR-CO-18"}


def test_totals_that_are_missing_break_the_rules_that_need_them() -> None:
    broken = {breach.rule for breach in check(Invoice(totals=Totals()), RULES)}
    assert broken == {"BR-CO-10", "BR-CO-13", "BR-CO-16", "BR-CO-18"}


def test_the_sum_of_lines_must_be_exact() -> None:
    lines = (line("110.00"), line("-90.00"))
    assert holds("BR-CO-10", Invoice(lines=lines, totals=Totals(lines=D(20))))
    (breach,) = breaches("BR-CO-10", Invoice(lines=lines, totals=Totals(lines=D("20.01"))))
    assert (breach.expected, breach.found) == (D(20), D("20.01"))


def test_allowances_without_their_sum_break_a_rule_and_no_allowances_need_none() -> None:
    assert holds("BR-CO-11", Invoice(totals=Totals()))
    assert not holds("BR-CO-11", Invoice(allowances=(line("5"),), totals=Totals()))
    assert not holds("BR-CO-12", Invoice(charges=(line("5"),), totals=Totals(charges=D(6))))


@pytest.mark.parametrize("name", ["net", "gross", "payable"])
def test_a_cent_more_breaks_each_total(name: str) -> None:
    right = {
        "lines": "100",
        "allowances": "10",
        "charges": "5",
        "net": "95",
        "gross": "114",
        "prepaid": "4",
        "payable": "110",
    }
    invoice = totals(**right)._replace(currency="EUR", tax_totals=(TaxTotal("t", D(19), "EUR"),))
    rules = ("BR-CO-13", "BR-CO-15", "BR-CO-16")
    assert not list(check(invoice, rules))
    assert invoice.totals is not None
    wrong = invoice.totals._replace(**{name: getattr(invoice.totals, name) + D("0.01")})
    assert list(check(invoice._replace(totals=wrong), rules))


def test_two_taxes_in_the_currency_of_the_document_contradict_each_other() -> None:
    one, other = TaxTotal("t", D(19), "EUR"), TaxTotal("t", D(200), "SEK")
    invoice = totals(net="100", gross="119")._replace(currency="EUR", tax_totals=(one, other))
    assert holds("BR-CO-15", invoice)
    assert not holds("BR-CO-15", invoice._replace(tax_totals=(one, one)))


def test_what_others_cover_reduces_what_is_payable() -> None:
    assert holds("BR-CO-16", totals(gross="100", covered="30", prepaid="20", rounding="0.05", payable="50.05"))
    assert not holds("BR-CO-16", totals(gross="100", covered="30", payable="100"))


@pytest.mark.parametrize(
    ("rate", "taxable", "tax", "kept"),
    [
        ("25", "1000", "250", True),
        ("25", "1000", "250.99", True),
        ("25", "1000", "251", False),
        ("25", "1000", "249", False),
        ("25", "-1000", "-250.99", True),
        ("25", "-1000", "-251", False),
        ("0.4", "1000", "4", False),  # a rate that rounds to zero asks for a tax that does
        ("0", "1000", "0.49", True),
        (None, "1000", "0.49", True),
        (None, "1000", "0.5", False),
    ],
)
def test_tax_is_tolerated_less_than_one_unit_off(rate: str | None, taxable: str, tax: str, kept: bool) -> None:
    assert holds("BR-CO-17", taxed("S", rate, taxable, tax)) is kept


@pytest.mark.parametrize("category", ["Z", "E", "AE", "G"])
def test_untaxed_categories_tolerate_no_tax_and_no_difference(category: str) -> None:
    rule = f"BR-{category}"
    assert holds(f"{rule}-09", taxed(category, "0", "10", "0"))
    assert not holds(f"{rule}-09", taxed(category, "0", "10", "0.01"))
    assert holds(f"{rule}-08", taxed(category, "0", "10", "0", line("10", category, "0")))
    assert not holds(f"{rule}-08", taxed(category, "0", "10.01", "0", line("10", category, "0")))


def test_the_taxable_amount_of_a_rate_counts_only_that_rate() -> None:
    lines = (line("100"), line("50", rate="10"))
    assert holds("BR-S-08", taxed("S", "20", "100.99", "20", *lines))
    assert not holds("BR-S-08", taxed("S", "20", "101", "20", *lines))
    assert not holds("BR-S-08", taxed("S", "5", "0", "0", *lines))


@given(st.lists(cents, min_size=1, max_size=8))
def test_a_ubl_document_over_random_lines_breaks_only_the_totals(nets: list[Decimal]) -> None:
    document = ubl(*(ubl_line(id=str(i), net=str(net)) for i, net in enumerate(nets)))
    broken = {breach.rule for breach in check(from_ubl(parse_xml(document.encode())), ARITHMETIC)}
    assert ("BR-CO-10" in broken) is (sum(nets, D(0)) != 100)
    assert ("BR-S-08" in broken) is (abs(sum(nets, D(0)) - 100) >= 1)
    assert broken <= {"BR-CO-10", "BR-S-08"}


@given(st.lists(cents, min_size=1, max_size=8))
def test_document_and_bill_break_the_same_rules(nets: list[Decimal]) -> None:
    document = ubl(*(ubl_line(id=str(i), net=str(net)) for i, net in enumerate(nets)))
    by_document = [breach.rule for breach in check(from_ubl(parse_xml(document.encode())), ARITHMETIC)]
    by_bill = [breach.rule for breach in check(from_bill(read_xml(document), 2), ARITHMETIC)]
    assert by_bill == by_document


def test_a_line_without_rate_has_the_only_rate_of_its_category() -> None:
    assert not list(check(from_bill(a_bill(labour(tax_rate=None), part()), 2), ARITHMETIC))


def test_sums_that_a_repair_order_leaves_out_are_no_breach() -> None:
    adjustment = {"kind": "allowance", "amount": "100", "tax_category": "S", "tax_rate": "13"}
    bill = a_bill(
        labour(),
        adjustments=[adjustment],
        tax_breakdown=[{"category": "S", "rate": "13", "taxable": "500", "tax": "65"}],
        totals={"lines": "600", "net": "500", "gross": "565", "payable": "565"},
    )
    assert not list(check(from_bill(bill, 2), ARITHMETIC))


def test_a_right_bill_breaks_no_rule_of_arithmetic() -> None:
    bill: Bill = a_bill(labour(), part(payer="warranty"))
    assert not list(check(from_bill(bill, 2), ARITHMETIC))


def test_every_rule_of_the_norm_that_is_named_is_supported() -> None:
    named = {f"BR-CO-{n}" for n in range(10, 18)} | {f"BR-{c}-0{n}" for c in "SZE" for n in (8, 9)}
    assert named <= set(ARITHMETIC) <= set(RULES)


def test_an_unknown_rule_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError):
        list(check(Invoice(), ["BR-XX-01"]))
