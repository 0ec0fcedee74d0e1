"""Builders of incoming documents: a small repair order, a UBL invoice and an e-fapiao, all of them right."""

import json
from collections.abc import Mapping
from typing import Any

from functions.bill_explanation.models import Bill
from functions.bill_explanation.read_bill import read_bill
from shared.domain.errors import AftercareError, InvalidInput

REPAIR_ORDER: dict[str, Any] = {
    "number": "RO-1",
    "issued_on": "2026-11-02",
    "currency": "CNY",
    "jobs": [{"id": "J", "concern": "grinding noise"}],
    "lines": [
        {
            "id": "1",
            "kind": "labour",
            "description": "Brakes",
            "job": "J",
            "hours": "1.2",
            "rate": "600",
            "net": "720.00",
        },
        {"id": "2", "kind": "part", "description": "Pads", "quantity": 2, "unit_price": 40.10, "net": 80.20},
    ],
    "totals": {"lines": "800.20", "net": "800.20", "gross": "800.20", "payable": "800.20"},
}

_UBL = """<?xml version="1.0" encoding="UTF-8"?>
<{root} xmlns="urn:oasis:names:specification:ubl:schema:xsd:{root}-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:ID>A 17/3</cbc:ID><cbc:IssueDate>2026-11-02</cbc:IssueDate>
  <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:TaxTotal><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount><cac:TaxSubtotal>
    <cbc:TaxableAmount currencyID="EUR">100.00</cbc:TaxableAmount><cbc:TaxAmount currencyID="EUR">19.00</cbc:TaxAmount>
    <cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory>
  </cac:TaxSubtotal></cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    <cbc:LineExtensionAmount currencyID="EUR">100.00</cbc:LineExtensionAmount>
    <cbc:TaxExclusiveAmount currencyID="EUR">100.00</cbc:TaxExclusiveAmount>
    <cbc:TaxInclusiveAmount currencyID="EUR">119.00</cbc:TaxInclusiveAmount>
    <cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>{lines}
</{root}>"""

_UBL_LINE = """
  <cac:{root}Line><cbc:ID>{id}</cbc:ID><cbc:{quantity} unitCode="{unit}">{much}</cbc:{quantity}>
    <cbc:LineExtensionAmount currencyID="EUR">{net}</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>{name}</cbc:Name><cac:SellersItemIdentification><cbc:ID>X-1</cbc:ID></cac:SellersItemIdentification>
      <cac:ClassifiedTaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>19</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
      </cac:ClassifiedTaxCategory></cac:Item>
    <cac:Price><cbc:PriceAmount currencyID="EUR">{price}</cbc:PriceAmount></cac:Price></cac:{root}Line>"""


def ubl_line(**changes: str) -> str:
    """One UBL line: two pieces at 50.00, or as changed."""
    root = changes.pop("root", "Invoice")
    quantity = "InvoicedQuantity" if root == "Invoice" else "CreditedQuantity"
    line = {"id": "1", "unit": "C62", "much": "2", "net": "100.00", "name": "Pads", "price": "50.00"}
    return _UBL_LINE.format_map({**line, "root": root, "quantity": quantity, **changes})


def ubl(*lines: str, root: str = "Invoice") -> str:
    """A UBL document over these lines with the totals of one line of 100.00."""
    return _UBL.format(root=root, lines="".join(lines or (ubl_line(root=root),)))


def fapiao_item(**changes: str) -> str:
    """One e-fapiao item: a filter of 100.00 with 13 % tax, or as changed; an empty text leaves the element out."""
    item = {"ItemName": "*制冷空调设备*滤清器", "MeaUnits": "个", "Quantity": "1", "UnPrice": "100", "Amount": "100.00"}
    item |= {"TaxRate": "0.13", "ComTaxAm": "13.00"} | changes
    inner = "".join(f"<{name}>{text}</{name}>" for name, text in item.items() if text)
    return f"<IssuItemInformation>{inner}</IssuItemInformation>"


def fapiao(*items: str, net: str = "100.00", tax: str = "13.00", gross: str = "113.00") -> str:
    """An e-fapiao over these items."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><EInvoice>'
        "<Header><EIid>26310000000000000001</EIid></Header><EInvoiceData>"
        "<SellerInformation><SellerIdNum>91310000MA1TEST001</SellerIdNum><SellerName>测试汽修厂</SellerName></SellerInformation>"
        "<BuyerInformation><BuyerName>李先生</BuyerName></BuyerInformation><BasicInformation>"
        f"<TotalAmWithoutTax>{net}</TotalAmWithoutTax><TotalTaxAm>{tax}</TotalTaxAm>"
        f"<TotalTax-includedAmount>{gross}</TotalTax-includedAmount><RequestTime>2026-11-01 09:30:00</RequestTime>"
        f"</BasicInformation>{''.join(items or (fapiao_item(),))}</EInvoiceData><TaxSupervisionInfo>"
        "<InvoiceNumber>26310000000000000001</InvoiceNumber><IssueTime>2026-11-02</IssueTime></TaxSupervisionInfo></EInvoice>"
    )


def read_json(document: Any, owner_id: str | None = None) -> Bill:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_bill(body, "application/json", owner_id=owner_id)


def read_xml(document: str | bytes, media_type: str = "application/xml", owner_id: str | None = None) -> Bill:
    body = document if isinstance(document, bytes) else document.encode()
    return read_bill(body, media_type, owner_id=owner_id)


def repair_order(**changes: Any) -> dict[str, Any]:
    return {**REPAIR_ORDER, **changes}


def repair_order_line(**changes: Any) -> dict[str, Any]:
    """The repair order with one line changed."""
    return repair_order(lines=[{**REPAIR_ORDER["lines"][0], **changes}])


def refusals(error: AftercareError) -> Mapping[str, str]:
    """What is wrong, by place."""
    assert isinstance(error, InvalidInput)
    return {violation.pointer: violation.detail for violation in error.violations}


def refused_places(document: Any) -> list[str]:
    """Where a repair order is refused; nowhere when it is read."""
    try:
        read_json(document)
    except InvalidInput as error:
        return list(refusals(error))
    return []
