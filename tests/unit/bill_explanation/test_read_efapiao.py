from decimal import Decimal

import pytest

from functions.bill_explanation.check_arithmetic import check_arithmetic
from shared.domain.errors import InvalidInput
from tests.unit.bill_explanation.bills import a_book
from tests.unit.bill_explanation.documents_in import fapiao, fapiao_item, read_xml, refusals

ITEM = "/EInvoice/EInvoiceData/IssuItemInformation"


def refused(document: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_xml(document)
    return dict(refusals(caught.value))


def test_an_efapiao_becomes_a_bill_in_yuan() -> None:
    bill = read_xml(fapiao(), owner_id="o-1")
    assert (bill.number, bill.currency, bill.place, bill.owner_id) == ("26310000000000000001", "CNY", "CN", "o-1")
    assert bill.issued_on.isoformat() == "2026-11-02"
    assert bill.totals.payable == Decimal("113.00")
    assert bill.seller is not None
    assert bill.seller.tax_id == "91310000MA1TEST001"


def test_number_and_day_come_from_the_head_where_the_supervision_is_missing() -> None:
    document = fapiao()
    start, end = document.index("<TaxSupervisionInfo>"), document.index("</EInvoice>")
    bill = read_xml(document[:start] + document[end:])
    assert (bill.number, bill.issued_on.isoformat()) == ("26310000000000000001", "2026-11-01")


@pytest.mark.parametrize(
    ("text", "category", "rate"),
    [
        ("0.06", "S", 6),
        ("6%", "S", 6),
        ("0.13", "S", 13),
        ("13%", "S", 13),
        ("0.005", "S", Decimal("0.5")),
        ("0", "Z", 0),
    ],
)
def test_a_rate_is_a_share_or_a_percentage(text: str, category: str, rate: Decimal) -> None:
    (line,) = read_xml(fapiao(fapiao_item(TaxRate=text))).lines
    assert (line.tax_category, line.tax_rate) == (category, rate)


@pytest.mark.parametrize(("text", "category"), [("免税", "E"), ("不征税", "O")])
@pytest.mark.parametrize("tax", ["***", "0", "0.00", ""])
def test_lines_without_tax_need_no_amount_of_it(text: str, category: str, tax: str) -> None:
    bill = read_xml(fapiao(fapiao_item(TaxRate=text, ComTaxAm=tax), tax="0.00", gross="100.00"))
    assert bill.lines[0].tax_category == category
    assert (bill.lines[0].tax_rate, bill.lines[0].tax) == (None, Decimal(0))
    assert not list(check_arithmetic(a_book(bill)))


@pytest.mark.parametrize("rate", ["", "13", "1", "abc", "-0.06", "NaN", "６%"])
def test_an_unknown_rate_is_refused_at_its_element(rate: str) -> None:
    assert list(refused(fapiao(fapiao_item(TaxRate=rate)))) == [f"{ITEM}/TaxRate"]


@pytest.mark.parametrize(
    ("name", "text"), [("Amount", ""), ("Amount", "一百"), ("ComTaxAm", ""), ("ComTaxAm", "***"), ("ItemName", "")]
)
def test_what_is_missing_or_wrong_in_an_item_is_named(name: str, text: str) -> None:
    assert list(refused(fapiao(fapiao_item(), fapiao_item(**{name: text})))) == [f"{ITEM}[2]/{name}"]


@pytest.mark.parametrize("name", ["TotalAmWithoutTax", "TotalTax-includedAmount"])
def test_missing_totals_are_named(name: str) -> None:
    document = fapiao().replace(f"<{name}>", "<X>").replace(f"</{name}>", "</X>")
    assert f"/EInvoice/EInvoiceData/BasicInformation/{name}" in refused(document)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "part"),
        ({"MeaUnits": "工时"}, "labour"),
        ({"ItemName": "*修理修配劳务*工时费", "MeaUnits": "次"}, "labour"),
        ({"Quantity": "", "UnPrice": "", "Amount": "-10.00"}, "discount"),
        ({"Quantity": "", "UnPrice": ""}, "fee"),
    ],
)
def test_the_kind_follows_from_unit_name_and_sign(changes: dict[str, str], kind: str) -> None:
    (line,) = read_xml(fapiao(fapiao_item(**changes))).lines
    assert (line.kind, line.kind_basis) == (kind, "derived")


def test_hours_are_read_as_hours_where_they_fit() -> None:
    (line,) = read_xml(fapiao(fapiao_item(MeaUnits="小时", Quantity="0.5", UnPrice="200"))).lines
    assert (line.hours, line.rate, line.quantity) == (Decimal("0.5"), Decimal(200), None)


def test_prices_keep_all_their_decimals() -> None:
    (line,) = read_xml(fapiao(fapiao_item(UnPrice="88.495575221239", Amount="88.50"))).lines
    assert line.unit_price == Decimal("88.495575221239")


def test_the_breakdown_is_the_sum_of_the_lines_taxes() -> None:
    bill = read_xml(fapiao(fapiao_item(), fapiao_item(), fapiao_item(TaxRate="6%", ComTaxAm="6.00")))
    found = [(subtotal.rate, subtotal.taxable, subtotal.tax) for subtotal in bill.tax_breakdown]
    assert found == [
        (Decimal(13), Decimal("200.00"), Decimal("26.00")),
        (Decimal(6), Decimal("100.00"), Decimal("6.00")),
    ]


def test_taxes_rounded_line_by_line_are_no_mistake() -> None:
    items = [fapiao_item(Amount="0.50", UnPrice="0.50", ComTaxAm="0.07")] * 10  # exactly 0.065 each
    bill = read_xml(fapiao(*items, net="5.00", tax="0.70", gross="5.70"))
    assert not list(check_arithmetic(a_book(bill)))


def test_a_red_efapiao_keeps_its_negative_amounts() -> None:
    item = fapiao_item(Quantity="-1", Amount="-100.00", ComTaxAm="-13.00")
    bill = read_xml(fapiao(item, net="-100.00", tax="-13.00", gross="-113.00"))
    assert bill.totals.payable == Decimal("-113.00")
    assert not list(check_arithmetic(a_book(bill)))
