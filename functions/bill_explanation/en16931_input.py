"""What the rules of EN 16931 look at (`en16931.Invoice`), out of a bill or of a UBL document."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from functions.bill_explanation.en16931 import Amount, Invoice, Subtotal, TaxTotal, Totals
from functions.bill_explanation.models import Adjustment, Bill, Line
from functions.bill_explanation.xml_document import Element

_UBL_TOTALS = {
    "lines": "cbc:LineExtensionAmount",
    "allowances": "cbc:AllowanceTotalAmount",
    "charges": "cbc:ChargeTotalAmount",
    "net": "cbc:TaxExclusiveAmount",
    "gross": "cbc:TaxInclusiveAmount",
    "prepaid": "cbc:PrepaidAmount",
    "rounding": "cbc:PayableRoundingAmount",
    "payable": "cbc:PayableAmount",
}


def from_ubl(root: Element) -> Invoice:
    """What the rules look at in a UBL invoice or credit note, or in a part of one.

    Raises decimal.InvalidOperation where an amount is no number.
    """
    totals = root.first("cac:LegalMonetaryTotal")
    lines = [*root.all("cac:InvoiceLine"), *root.all("cac:CreditNoteLine")]
    return Invoice(
        lines=tuple(_ubl_amount(e, "cbc:LineExtensionAmount", "cac:Item/cac:ClassifiedTaxCategory") for e in lines),
        allowances=tuple(_ubl_adjustments(root, ("false", "0"))),
        charges=tuple(_ubl_adjustments(root, ("true", "1"))),
        tax_totals=tuple(_ubl_tax_total(e) for e in root.all("cac:TaxTotal")),
        totals=Totals(**{k: _decimal(totals, p) for k, p in _UBL_TOTALS.items()}) if totals else None,
        total_pointers={k: f"{totals.xpath()}/{p}" for k, p in _UBL_TOTALS.items()} if totals else {},
        currency=root.value("cbc:DocumentCurrencyCode"),
        seller_taxed=_seller_has_tax_id(root),
        tax_point_date=root.first("cbc:TaxPointDate") is not None,
        tax_point_code=root.first("cac:InvoicePeriod/cbc:DescriptionCode") is not None,
    )


def _decimal(at: Element, path: str) -> Decimal | None:
    text = at.value(path)
    return None if text is None else Decimal(text)


def _vat_category(category: Element | None) -> tuple[str | None, Decimal | None]:
    if category is None or (category.value("cac:TaxScheme/cbc:ID") or "").upper() != "VAT":
        return None, None
    return category.value("cbc:ID"), _decimal(category, "cbc:Percent")


def _ubl_amount(element: Element, amount: str, category: str) -> Amount:
    return Amount(element.xpath(), _decimal(element, amount), *_vat_category(element.first(category)))


def _ubl_adjustments(root: Element, indicators: tuple[str, str]) -> Iterator[Amount]:
    for element in root.all("cac:AllowanceCharge"):
        if element.value("cbc:ChargeIndicator") in indicators:
            yield _ubl_amount(element, "cbc:Amount", "cac:TaxCategory")


def _ubl_tax_total(element: Element) -> TaxTotal:
    amount = element.first("cbc:TaxAmount")
    currency = amount.attributes.get("currencyID") if amount is not None else None
    subtotals = tuple(_ubl_subtotal(subtotal) for subtotal in element.all("cac:TaxSubtotal"))
    return TaxTotal(element.xpath(), _decimal(element, "cbc:TaxAmount"), currency, subtotals)


def _ubl_subtotal(element: Element) -> Subtotal:
    category = element.first("cac:TaxCategory")
    code, _ = _vat_category(category)
    exempted = category is not None and any(
        category.first(f"cbc:TaxExemptionReason{suffix}") is not None for suffix in ("", "Code")
    )
    return Subtotal(
        pointer=element.xpath(),
        category=code,
        rate=_decimal(element, "cac:TaxCategory/cbc:Percent"),
        taxable=_decimal(element, "cbc:TaxableAmount"),
        tax=_decimal(element, "cbc:TaxAmount"),
        exempted=exempted,
    )


def _seller_has_tax_id(root: Element) -> bool:
    if root.all("cac:AccountingSupplierParty/cac:Party/cac:PartyTaxScheme/cbc:CompanyID"):
        return True
    return any(
        (scheme.value("cac:TaxScheme/cbc:ID") or "").upper() == "VAT" and scheme.first("cbc:CompanyID") is not None
        for scheme in root.all("cac:TaxRepresentativeParty/cac:PartyTaxScheme")
    )


def from_bill(bill: Bill, places: int) -> Invoice:
    """What the rules look at in a bill, whose currency has so many decimal places.

    A repair order may leave out the sums of its adjustments and its tax; they then count as what
    they must be. A line without a rate has that of its category, if the breakdown knows only one.
    """
    totals = bill.totals
    rates: dict[str, set[Decimal | None]] = {}
    for subtotal in bill.tax_breakdown:
        rates.setdefault(subtotal.category, set()).add(subtotal.rate)
    only_rate = {category: next(iter(found)) for category, found in rates.items() if len(found) == 1}

    def amount(pointer: str, value: Decimal, item: Line | Adjustment) -> Amount:
        category = item.tax_category
        rate = item.tax_rate
        if rate is None and category is not None:
            rate = only_rate.get(category)
        return Amount(pointer, value, category, rate)

    adjustments = [(a.kind, amount(f"/adjustments/{i}", a.amount, a)) for i, a in enumerate(bill.adjustments)]
    allowances = tuple(found for kind, found in adjustments if kind == "allowance")
    charges = tuple(found for kind, found in adjustments if kind == "charge")
    subtotals = tuple(
        Subtotal(f"/tax_breakdown/{i}", s.category, s.rate, s.taxable, s.tax, bool(s.exemption_reason))
        for i, s in enumerate(bill.tax_breakdown)
    )
    tax = totals.tax if totals.tax is not None else sum((s.tax for s in bill.tax_breakdown), Decimal(0))
    return Invoice(
        lines=tuple(amount(f"/lines/{i}", line.net, line) for i, line in enumerate(bill.lines)),
        allowances=allowances,
        charges=charges,
        tax_totals=(TaxTotal("/totals/tax", tax, bill.currency, subtotals),),
        totals=Totals(
            lines=totals.lines,
            allowances=_sum(allowances) if totals.allowances is None and allowances else totals.allowances,
            charges=_sum(charges) if totals.charges is None and charges else totals.charges,
            net=totals.net,
            gross=totals.gross,
            covered=totals.covered,
            prepaid=totals.prepaid,
            rounding=totals.rounding,
            payable=totals.payable,
        ),
        total_pointers={name: f"/totals/{name}" for name in Totals._fields},
        currency=bill.currency,
        seller_taxed=bill.seller is not None and bill.seller.tax_id is not None,
        places=places,
    )


def _sum(amounts: Iterable[Amount]) -> Decimal:
    return sum((amount.value for amount in amounts if amount.value is not None), Decimal(0))
