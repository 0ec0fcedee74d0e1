"""Read a UBL 2.1 invoice or credit note that follows EN 16931.

Such a document does not say what kind of work a line is, so the kind is derived from the unit of
the quantity (UN/ECE Recommendation 20) and marked as derived. It has no payers but the buyer.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from functions.bill_explanation.draft_bill import BillDraft, Place, shortened
from functions.bill_explanation.models import Bill
from functions.bill_explanation.xml_document import Element

ROOTS: Final = {"ubl:Invoice": "Invoice", "cn:CreditNote": "CreditNote"}

_TIME_UNITS = {"HUR", "MIN", "DAY"}
_UNITS_OF_GOODS = {"C62", "H87", "EA", "NAR", "SET", "PR", "KT", "XPP", "XPK", "LTR", "MLT", "KGM", "GRM", "MTR", "CMT"}
_HOURS_DECIMALS = -4
_CREDIT_NOTE_CODES = {"381", "396", "81", "83", "532", "261"}

_PARTY = {
    "tax_id": "cac:PartyTaxScheme/cbc:CompanyID",
    "phone": "cac:Contact/cbc:Telephone",
}
_TOTALS = {
    "lines": "cbc:LineExtensionAmount",
    "allowances": "cbc:AllowanceTotalAmount",
    "charges": "cbc:ChargeTotalAmount",
    "net": "cbc:TaxExclusiveAmount",
    "gross": "cbc:TaxInclusiveAmount",
    "prepaid": "cbc:PrepaidAmount",
    "rounding": "cbc:PayableRoundingAmount",
    "payable": "cbc:PayableAmount",
}


def read_ubl(root: Element, *, owner_id: str | None) -> Bill:
    """The bill in a UBL document.

    Raises InvalidInput with the XPath of every mandatory amount that is missing, unknown tax
    category, amount in another currency, and repeated line.
    """
    draft = BillDraft()
    draft.place((), root, "")
    currency = root.value("cbc:DocumentCurrencyCode")
    _refuse_other_currencies(draft, root, currency)
    values = draft.texts((), root, {"number": "cbc:ID", "currency": "cbc:DocumentCurrencyCode"})
    values |= draft.days(
        (), root, {"issued_on": "cbc:IssueDate", "completed_on": "cac:Delivery/cbc:ActualDeliveryDate"}
    )
    values |= {
        "kind": _kind(root),
        "owner_id": owner_id,
        "place": _place(draft, root),
        "seller": _party(draft, "seller", root, "cac:AccountingSupplierParty/cac:Party"),
        "buyer": _party(draft, "buyer", root, "cac:AccountingCustomerParty/cac:Party"),
        "lines": _lines(draft, root),
        "adjustments": _adjustments(draft, ("adjustments",), root),
        "totals": _totals(draft, root),
        "note": _joined(note.text for note in root.all("cbc:Note")),
    }
    tax_total = _tax_total(draft, root, currency)
    if tax_total is not None:
        values["totals"] |= draft.amounts(("totals",), tax_total, {"tax": "cbc:TaxAmount"})
        values["tax_breakdown"] = _tax_breakdown(draft, tax_total)
    return draft.finish(values)


def _kind(root: Element) -> str:
    code = root.value("cbc:InvoiceTypeCode")
    return "credit_note" if root.name == "cn:CreditNote" or code in _CREDIT_NOTE_CODES else "invoice"


def _refuse_other_currencies(draft: BillDraft, root: Element, currency: str | None) -> None:
    """Every amount is in the currency of the document; only the tax may be given in one more."""
    accounting = root.value("cbc:TaxCurrencyCode")
    for element in root.descendants():
        given = element.attributes.get("currencyID")
        if given is None or given == currency:
            continue
        in_accounting_currency = given == accounting and _is_tax_total(element.parent)
        if not in_accounting_currency and element.name.startswith("cbc:"):
            draft.refuse(element, "", "is in another currency than the document")


def _is_tax_total(element: Element | None) -> bool:
    while element is not None and element.name != "cac:TaxTotal":
        element = element.parent
    return element is not None


def _place(draft: BillDraft, root: Element) -> str | None:
    """The seller's country, whose rules apply."""
    path = "cac:AccountingSupplierParty/cac:Party/cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    draft.place(("place",), root, path)
    return root.value(path)


def _party(draft: BillDraft, field: str, root: Element, path: str) -> dict[str, Any] | None:
    party = root.first(path)
    if party is None:
        return None
    registered, known_as = "cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name"
    values = draft.texts((field,), party, _PARTY)
    name = party.value(registered) or party.value(known_as)
    draft.place((field, "name"), party, registered)
    return values | {"name": shortened(name, 200)} if name else None


def _totals(draft: BillDraft, root: Element) -> dict[str, Any]:
    totals = root.first("cac:LegalMonetaryTotal")
    if totals is None:
        draft.refuse(root, "cac:LegalMonetaryTotal", "is missing")
        return dict.fromkeys(("lines", "net", "gross", "payable"), 0)
    return draft.amounts(("totals",), totals, _TOTALS)


def _tax_total(draft: BillDraft, root: Element, currency: str | None) -> Element | None:
    """The tax total in the currency of the document; a second one contradicts it (BR-CO-15)."""
    totals = [total for total in root.all("cac:TaxTotal") if _currency_of(total) in (None, currency)]
    for repeated in totals[1:]:
        draft.refuse(repeated, "", "is a second tax total in the currency of the document")
    return totals[0] if totals else None


def _currency_of(tax_total: Element) -> str | None:
    amount = tax_total.first("cbc:TaxAmount")
    return amount.attributes.get("currencyID") if amount is not None else None


def _tax_breakdown(draft: BillDraft, tax_total: Element) -> list[dict[str, Any]]:
    breakdown = []
    for index, subtotal in enumerate(tax_total.all("cac:TaxSubtotal")):
        place: Place = ("tax_breakdown", index)
        values = draft.amounts(place, subtotal, {"taxable": "cbc:TaxableAmount", "tax": "cbc:TaxAmount"})
        values |= draft.amounts(place, subtotal, {"rate": "cac:TaxCategory/cbc:Percent"})
        values |= draft.texts(place, subtotal, {"category": "cac:TaxCategory/cbc:ID"})
        reason = subtotal.value("cac:TaxCategory/cbc:TaxExemptionReason")
        code = subtotal.value("cac:TaxCategory/cbc:TaxExemptionReasonCode")
        if reason or code:
            values["exemption_reason"] = shortened(reason or code or "", 2_000)
        breakdown.append(values)
    return breakdown


def _adjustments(draft: BillDraft, place: Place, at: Element) -> list[dict[str, Any]]:
    found = []
    for index, element in enumerate(at.all("cac:AllowanceCharge")):
        here: Place = (*place, index)
        values = draft.amounts(here, element, {"amount": "cbc:Amount", "tax_rate": "cac:TaxCategory/cbc:Percent"})
        values |= draft.texts(here, element, {"tax_category": "cac:TaxCategory/cbc:ID"})
        values["kind"] = _adjustment_kind(draft, here, element)
        reason = element.value("cbc:AllowanceChargeReason") or element.value("cbc:AllowanceChargeReasonCode")
        values["reason"] = shortened(reason, 2_000) if reason else None
        found.append(values)
    return found


def _adjustment_kind(draft: BillDraft, place: Place, element: Element) -> str | None:
    draft.place((*place, "kind"), element, "cbc:ChargeIndicator")
    indicator = element.value("cbc:ChargeIndicator")
    return {"true": "charge", "1": "charge", "false": "allowance", "0": "allowance"}.get(indicator or "")


def _lines(draft: BillDraft, root: Element) -> list[dict[str, Any]]:
    base = ROOTS[root.name]
    quantity = "cbc:InvoicedQuantity" if base == "Invoice" else "cbc:CreditedQuantity"
    elements = root.all(f"cac:{base}Line")
    draft.place(("lines",), root, f"cac:{base}Line")
    seen: set[str] = set()
    lines = []
    for index, element in enumerate(elements):
        line = _line(draft, index, element, quantity)
        if line.get("id") in seen:
            draft.refuse(element, "cbc:ID", "is the same as that of an earlier line")
        seen.add(line.get("id", ""))
        lines.append(line)
    return lines


def _line(draft: BillDraft, index: int, element: Element, quantity_path: str) -> dict[str, Any]:
    place: Place = ("lines", index)
    category = "cac:Item/cac:ClassifiedTaxCategory/cbc:ID"
    values = draft.texts(place, element, {"id": "cbc:ID", "tax_category": category, "description": "cac:Item/cbc:Name"})
    if "tax_category" not in values:
        draft.refuse(element, category, "is missing (BR-CO-04)")
    if "description" in values:
        values["description"] = shortened(values["description"], 200)
    values["note"] = _joined(filter(None, (element.value("cac:Item/cbc:Description"), element.value("cbc:Note"))))
    values |= draft.amounts(
        place,
        element,
        {"net": "cbc:LineExtensionAmount", "tax_rate": "cac:Item/cac:ClassifiedTaxCategory/cbc:Percent"},
    )
    values["adjustments"] = _adjustments(draft, (*place, "adjustments"), element)
    return values | _measured(draft, place, element, quantity_path)


def _measured(draft: BillDraft, place: Place, element: Element, quantity_path: str) -> dict[str, Any]:
    """Quantity, unit and price, as hours and rate where the unit is the hour; and the kind."""
    measured = draft.amounts(
        place,
        element,
        {
            "quantity": quantity_path,
            "unit_price": "cac:Price/cbc:PriceAmount",
            "base_quantity": "cac:Price/cbc:BaseQuantity",
        },
    )
    quantity = element.first(quantity_path)
    unit = quantity.attributes.get("unitCode", "") if quantity is not None else ""
    code = element.value("cac:Item/cac:SellersItemIdentification/cbc:ID")
    code = code if code and len(code) <= 64 else None
    measured |= {"unit": unit or None, "kind_basis": "derived"}
    if Decimal(measured.get("base_quantity", 1)) == 0:
        draft.refuse(element, "cac:Price/cbc:BaseQuantity", "is zero, so the price has no meaning")
    if unit in _TIME_UNITS:
        return _labour(measured) | {"kind": "labour", "operation_code": code}
    if unit in _UNITS_OF_GOODS:
        return measured | {"kind": "part", "part_number": code}
    return measured | {"kind": "fee"}


def _labour(measured: dict[str, Any]) -> dict[str, Any]:
    hours = Decimal(measured.get("quantity", 0))
    exponent = hours.as_tuple().exponent
    as_hours = isinstance(exponent, int) and exponent >= _HOURS_DECIMALS
    if measured["unit"] != "HUR" or not as_hours or Decimal(measured.get("base_quantity", 1)) != 1:
        return measured
    return {
        "unit": "HUR",
        "kind_basis": "derived",
        "hours": measured.get("quantity"),
        "rate": measured.get("unit_price"),
    }


def _joined(texts: "Iterator[str] | filter[str]") -> str | None:
    joined = "\n".join(text.strip() for text in texts)
    return shortened(joined, 2_000) if joined else None
