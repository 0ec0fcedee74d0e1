from decimal import Decimal

import pytest

from functions.bill_explanation.models import LineKind, Payer, TaxCategory
from shared.domain.errors import InvalidInput
from tests.unit.bill_explanation.documents_in import read_xml, refusals, ubl, ubl_line

ADJUSTMENT = (
    "<cac:AllowanceCharge><cbc:ChargeIndicator>{kind}</cbc:ChargeIndicator>"
    "<cbc:AllowanceChargeReason>Loyalty</cbc:AllowanceChargeReason>"
    '<cbc:Amount currencyID="EUR">5.00</cbc:Amount></cac:AllowanceCharge>'
)


def refused(document: str) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_xml(document)
    return dict(refusals(caught.value))


def without(name: str, document: str | None = None) -> str:
    """A UBL document without the first element of this name."""
    document = document or ubl()
    start = document.index(f"<{name}")
    end = document.index(f"</{name}>") + len(name) + 3
    return document[:start] + document[end:]


def test_an_invoice_becomes_a_bill() -> None:
    bill = read_xml(ubl(), owner_id="o-1")
    assert (bill.number, bill.kind, bill.currency, bill.owner_id) == ("A 17/3", "invoice", "EUR", "o-1")
    assert bill.totals.payable == Decimal("119.00")
    assert bill.tax_breakdown[0].category is TaxCategory.STANDARD
    assert bill.lines[0].payer is Payer.CUSTOMER


def test_a_credit_note_becomes_a_credit_note() -> None:
    bill = read_xml(ubl(root="CreditNote"))
    assert bill.kind == "credit_note"
    assert bill.lines[0].quantity == 2


@pytest.mark.parametrize(
    ("unit", "kind"),
    [("C62", "part"), ("H87", "part"), ("EA", "part"), ("HUR", "labour"), ("DAY", "labour"), ("KWH", "fee")],
)
def test_the_kind_follows_from_the_unit_and_says_so(unit: str, kind: str) -> None:
    (line,) = read_xml(ubl(ubl_line(unit=unit))).lines
    assert (line.kind, line.kind_basis, line.unit) == (kind, "derived", unit)


def test_hours_and_rate_are_read_where_the_unit_is_the_hour() -> None:
    (line,) = read_xml(ubl(ubl_line(unit="HUR", much="1.25", price="80.00"))).lines
    assert (line.hours, line.rate, line.quantity) == (Decimal("1.25"), Decimal("80.00"), None)
    assert line.operation_code == "X-1"


def test_hours_with_many_decimals_stay_a_quantity() -> None:
    (line,) = read_xml(ubl(ubl_line(unit="HUR", much="1.2345678"))).lines
    assert (line.kind, line.hours, line.quantity) == (LineKind.LABOUR, None, Decimal("1.2345678"))


def test_a_price_for_several_pieces_keeps_its_base() -> None:
    base = '<cbc:BaseQuantity unitCode="C62">100</cbc:BaseQuantity></cac:Price>'
    (line,) = read_xml(ubl().replace("</cac:Price>", base)).lines
    assert line.base_quantity == 100
    (place,) = refused(ubl().replace("</cac:Price>", base.replace("100", "0")))
    assert place.endswith("/cbc:BaseQuantity")


@pytest.mark.parametrize(
    ("indicator", "kind"), [("true", "charge"), ("1", "charge"), ("false", "allowance"), ("0", "allowance")]
)
def test_adjustments_are_read_on_lines_and_on_the_whole(indicator: str, kind: str) -> None:
    adjustment = ADJUSTMENT.format(kind=indicator)
    on_line = read_xml(ubl().replace("<cac:Item>", adjustment + "<cac:Item>")).lines[0].adjustments
    on_whole = read_xml(ubl().replace("<cac:TaxTotal>", adjustment + "<cac:TaxTotal>")).adjustments
    for (found,) in (on_line, on_whole):
        assert (found.kind, found.amount, found.reason) == (kind, Decimal("5.00"), "Loyalty")


def test_an_adjustment_that_is_neither_is_refused() -> None:
    document = ubl().replace("<cac:TaxTotal>", ADJUSTMENT.format(kind="maybe") + "<cac:TaxTotal>")
    assert list(refused(document)) == ["/ubl:Invoice/cac:AllowanceCharge/cbc:ChargeIndicator"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("cbc:ID", "/ubl:Invoice/cbc:ID"),
        ("cbc:IssueDate", "/ubl:Invoice/cbc:IssueDate"),
        ("cbc:PayableAmount", "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount"),
        ("cbc:TaxExclusiveAmount", "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount"),
        ("cbc:TaxInclusiveAmount", "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount"),
        ("cbc:LineExtensionAmount", "/ubl:Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount"),
        ("cac:LegalMonetaryTotal", "/ubl:Invoice/cac:LegalMonetaryTotal"),
        ("cac:InvoiceLine", "/ubl:Invoice/cac:InvoiceLine"),
        ("cbc:TaxableAmount", "/ubl:Invoice/cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount"),
        ("cac:ClassifiedTaxCategory", "/ubl:Invoice/cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory/cbc:ID"),
        ("cbc:Name", "/ubl:Invoice/cac:InvoiceLine/cac:Item/cbc:Name"),
    ],
)
def test_what_is_missing_is_named_by_its_path(name: str, place: str) -> None:
    assert place in refused(without(name))


def test_a_line_without_amount_is_named_by_its_position() -> None:
    second = without("cbc:LineExtensionAmount", ubl_line(id="2"))
    assert list(refused(ubl(ubl_line(), second))) == ["/ubl:Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount"]


@pytest.mark.parametrize("amount", ["NaN", "1e400", "1E2", "1,00", "１", "1_0", "0x1", "--1", ".", "9" * 30])
def test_an_amount_that_is_no_decimal_is_refused_at_its_element(amount: str) -> None:
    found = refused(ubl(ubl_line(net=amount)))
    assert list(found) == ["/ubl:Invoice/cac:InvoiceLine/cbc:LineExtensionAmount"]
    assert amount not in str(found.values()) or amount == "."


def test_an_unknown_tax_category_is_refused_at_its_element() -> None:
    found = refused(ubl().replace("<cbc:ID>S</cbc:ID>", "<cbc:ID>QQ</cbc:ID>"))
    assert found.keys() == {
        "/ubl:Invoice/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID",
        "/ubl:Invoice/cac:InvoiceLine/cac:Item/cac:ClassifiedTaxCategory/cbc:ID",
    }


def test_an_amount_in_another_currency_is_refused_at_its_element() -> None:
    document = ubl(ubl_line(), ubl_line(id="2").replace('"EUR">100', '"USD">100'))
    assert list(refused(document)) == ["/ubl:Invoice/cac:InvoiceLine[2]/cbc:LineExtensionAmount"]


def accounting_tax(currency: str, declared: str) -> str:
    total = f'<cac:TaxTotal><cbc:TaxAmount currencyID="{currency}">200</cbc:TaxAmount></cac:TaxTotal>'
    code = f"<cbc:TaxCurrencyCode>{declared}</cbc:TaxCurrencyCode>"
    return ubl().replace("<cac:TaxTotal>", f"{code}{total}<cac:TaxTotal>", 1)


def test_the_tax_may_also_be_given_in_the_accounting_currency() -> None:
    assert read_xml(accounting_tax("SEK", "SEK")).totals.tax == Decimal("19.00")


def test_a_tax_in_a_third_currency_or_twice_in_the_same_is_refused() -> None:
    assert list(refused(accounting_tax("SEK", "NOK"))) == ["/ubl:Invoice/cac:TaxTotal[1]/cbc:TaxAmount"]
    assert list(refused(accounting_tax("EUR", "EUR"))) == ["/ubl:Invoice/cac:TaxTotal[2]"]


def test_repeated_line_ids_are_refused_at_the_second() -> None:
    assert list(refused(ubl(ubl_line(), ubl_line()))) == ["/ubl:Invoice/cac:InvoiceLine[2]/cbc:ID"]


def test_long_words_are_cut_rather_than_the_bill_refused() -> None:
    description = read_xml(ubl(ubl_line(name="x" * 500))).lines[0].description
    assert len(description) == 200
    assert description.endswith("…")


def test_a_date_with_a_zone_is_that_day() -> None:
    assert read_xml(ubl().replace("2026-11-02", "2026-11-02+01:00")).issued_on.day == 2
    assert list(refused(ubl().replace("2026-11-02", "2026-13-02"))) == ["/ubl:Invoice/cbc:IssueDate"]
