"""Read a Chinese e-fapiao (数电票) as the tax authority's platform delivers it in XML.

It states the tax line by line and no breakdown, so the breakdown is the sum of the lines' taxes by
category and rate. What kind of work a line is follows from its unit and from the commodity class
between the asterisks of its name (`*修理修配劳务*…`), and is marked as derived.
"""

import re
from decimal import Decimal
from typing import Any, Final

from functions.bill_explanation.draft_bill import BillDraft, Place, shortened
from functions.bill_explanation.models import Bill
from functions.bill_explanation.xml_document import Element

ROOT: Final = "EInvoice"

_TAX_FREE = {"免税": "E", "不征税": "O"}
_RATE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)(%?)")
_SERVICE = re.compile(r"\*[^*]*(?:劳务|服务)[^*]*\*")
_HOUR_UNITS = {"小时", "工时", "时", "h", "H"}

_DATA = "EInvoiceData"
_BASIC = f"{_DATA}/BasicInformation"
_TOTALS = {
    "lines": f"{_BASIC}/TotalAmWithoutTax",
    "net": f"{_BASIC}/TotalAmWithoutTax",
    "tax": f"{_BASIC}/TotalTaxAm",
    "gross": f"{_BASIC}/TotalTax-includedAmount",
    "payable": f"{_BASIC}/TotalTax-includedAmount",
}


def read_efapiao(root: Element, *, owner_id: str | None) -> Bill:
    """The bill in an e-fapiao, in CNY; red ones keep their negative amounts.

    Raises InvalidInput with the XPath of every field that is missing or wrong.
    """
    draft = BillDraft()
    draft.place((), root, "")
    lines, breakdown = _lines(draft, root)
    values = _identity(draft, root)
    values |= {
        "currency": "CNY",
        "place": "CN",
        "owner_id": owner_id,
        "seller": _party(draft, root, "Seller"),
        "buyer": _party(draft, root, "Buyer"),
        "lines": lines,
        "tax_breakdown": breakdown,
        "totals": draft.amounts(("totals",), root, _TOTALS),
    }
    remark = root.value(f"{_DATA}/AdditionalInformation/Remark")
    values["note"] = shortened(remark, 2_000) if remark else None
    return draft.finish(values)


def _identity(draft: BillDraft, root: Element) -> dict[str, Any]:
    supervised = root.first("TaxSupervisionInfo") or root
    if root.value("TaxSupervisionInfo/InvoiceNumber"):
        values = draft.texts((), supervised, {"number": "InvoiceNumber"})
    else:
        values = draft.texts((), root, {"number": "Header/EIid"})
    if root.value("TaxSupervisionInfo/IssueTime"):
        return values | draft.days((), supervised, {"issued_on": "IssueTime"})
    return values | draft.days((), root, {"issued_on": f"{_BASIC}/RequestTime"})


def _party(draft: BillDraft, root: Element, role: str) -> dict[str, Any] | None:
    at = root.first(f"{_DATA}/{role}Information")
    name = at.value(f"{role}Name") if at is not None else None
    if at is None or name is None:
        return None
    values = draft.texts((role.lower(),), at, {"tax_id": f"{role}IdNum", "phone": f"{role}TelNum"})
    return values | {"name": shortened(name, 200)}


def _lines(draft: BillDraft, root: Element) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The lines, and the tax by category and rate in the order of its first line."""
    path = f"{_DATA}/IssuItemInformation"
    draft.place(("lines",), root, path)
    lines = []
    groups: dict[tuple[str | None, Decimal | None], list[dict[str, Any]]] = {}
    for index, element in enumerate(root.all(path)):
        line = _line(draft, index, element)
        groups.setdefault((line["tax_category"], line["tax_rate"]), []).append(line)
        lines.append(line)
    breakdown = []
    for (category, rate), members in groups.items():
        taxable = sum(Decimal(line.get("net", 0)) for line in members)
        tax = sum(Decimal(line.get("tax", 0)) for line in members)
        breakdown.append({"category": category, "rate": rate, "taxable": taxable, "tax": tax})
    return lines, breakdown


def _line(draft: BillDraft, index: int, element: Element) -> dict[str, Any]:
    place: Place = ("lines", index)
    values = draft.texts(place, element, {"description": "ItemName", "unit": "MeaUnits"})
    values |= draft.amounts(place, element, {"quantity": "Quantity", "unit_price": "UnPrice", "net": "Amount"})
    values |= {"id": str(index + 1), "kind_basis": "derived", "note": element.value("SpecMod")}
    category, rate = _tax_category(draft, element)
    values |= {"tax_category": category, "tax_rate": rate} | _tax(draft, place, element, category)
    name = values.get("description", "")
    if name:
        values["description"] = shortened(name, 200)
    return values | _kind(values, name)


def _tax_category(draft: BillDraft, element: Element) -> tuple[str | None, Decimal | None]:
    """Category and rate in per cent out of `0.06`, `6%`, `免税` or `不征税`."""
    text = element.value("TaxRate") or ""
    if text in _TAX_FREE:
        return _TAX_FREE[text], None
    match = _RATE.fullmatch(text)
    if match is None or (not match[2] and Decimal(match[1]) >= 1):
        draft.refuse(element, "TaxRate", "is neither a share such as 0.06, a percentage, 免税 nor 不征税")
        return "S", None
    rate = Decimal(match[1]) if match[2] else Decimal(match[1]) * 100
    return ("S", rate) if rate else ("Z", rate)


def _tax(draft: BillDraft, place: Place, element: Element, category: str | None) -> dict[str, Any]:
    """The line's tax; a line free of tax prints asterisks or nothing for it."""
    stated = element.value("ComTaxAm")
    if category in _TAX_FREE.values() and (stated is None or not stated.strip("*")):
        return {"tax": Decimal(0)}
    if stated is None:
        draft.refuse(element, "ComTaxAm", "is missing")
    return draft.amounts(place, element, {"tax": "ComTaxAm"})


def _kind(values: dict[str, Any], name: str) -> dict[str, Any]:
    if "quantity" not in values and values.get("net", "").startswith("-"):
        return {"kind": "discount"}
    if values.get("unit") in _HOUR_UNITS:
        return {"kind": "labour"} | _as_hours(values)
    if _SERVICE.match(name):
        return {"kind": "labour"}
    return {"kind": "part" if "quantity" in values else "fee"}


def _as_hours(values: dict[str, Any]) -> dict[str, Any]:
    """Hours and rate, where they have no more decimals than those fields can hold."""
    hours, rate = values.get("quantity"), values.get("unit_price")
    if hours is None or rate is None or _decimals(hours) > 4 or _decimals(rate) > 6:
        return {}
    return {"hours": hours, "rate": rate, "quantity": None, "unit_price": None}


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])
