"""The explanation as plain text, and as a summary that fits into one SMS."""

import re
from decimal import Decimal

from functions.bill_explanation.document import Document, FigureDict, LineDict, TextDict
from shared.domain.number_guard import BoundText, check_bound
from shared.domain.statements import Wording

# 3GPP TS 23.038: one SMS carries 160 characters of the GSM 7-bit alphabet (those of the extension
# table count twice) or else 70 UCS-2 units.
_GSM_BASIC = re.compile(
    "^[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,./:;<=>?¡ÄÖÑÜ§¿äöñüà0-9A-Za-z\\-^{}\\\\[~\\]|€]*$"
)
_GSM_EXTENDED = re.compile(r"[\^{}\\\[~\]|€]")
_GSM_LIMIT, _UCS2_LIMIT = 160, 70


class _TextBuilder:
    """Collects literals and bound texts, so that the whole can be read back."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._bound: list[BoundText] = []
        self._length = 0

    def literal(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)

    def add(self, text: TextDict) -> None:
        for figure in text["figures"]:
            start, end = self._length + figure["start"], self._length + figure["end"]
            self._bound.append(BoundText(start, end, figure["text"]))
        self.literal(text["text"])

    def figure(self, figure: FigureDict) -> None:
        end = self._length + len(figure["text"])
        self._bound.append(BoundText(self._length, end, figure["text"]))
        self.literal(figure["text"])

    def item(self, text: TextDict, indent: int = 0) -> None:
        self.literal("  " * indent + "- ")
        self.add(text)
        self.literal("\n")

    def finished(self) -> str:
        whole = "".join(self._pieces)
        check_bound(whole, self._bound)
        return whole


def render_text(document: Document, wording: Wording) -> str:
    """The whole explanation as plain text. Raises UnboundNumber instead of showing a loose number."""
    builder = _TextBuilder()
    builder.add(document["headline"])
    builder.literal("\n")
    if document["narrative"] is not None:
        builder.literal("\n")
        builder.add(document["narrative"])
        builder.literal("\n")

    def section(key: str, texts: list[TextDict]) -> None:
        if texts:
            builder.literal(f"\n{wording.template(f'section.{key}')}\n")
            for text in texts:
                builder.item(text)

    section("payers", [payer["statement"] for payer in document["payers"]])
    _findings(builder, document, wording)
    _jobs(builder, document, wording)
    section("tax", document["tax"])
    section("totals", document["totals"])
    _variance(builder, document, wording)
    section("repair_warranty", document["repair_warranty"])
    section("if_you_disagree", document["if_you_disagree"])
    section("about", document["about"])
    return builder.finished()


def _findings(builder: _TextBuilder, document: Document, wording: Wording) -> None:
    builder.literal(f"\n{wording.template('section.findings')}\n")
    if not document["findings"]:
        builder.literal(f"- {wording.template('findings.none')}\n")
    for finding in document["findings"]:
        builder.literal(f"- [{wording.template('severity.' + finding['severity'])}] ")
        builder.add(finding["statement"])
        ask = wording.template("findings.ask")
        builder.literal(f"\n    {ask} " if ask.isascii() else f"\n    {ask}")  # a full-width colon brings its space
        builder.add(finding["ask"])
        builder.literal("\n")


def _jobs(builder: _TextBuilder, document: Document, wording: Wording) -> None:
    builder.literal(f"\n{wording.template('section.lines')}\n")
    for job in document["jobs"]:
        for reason in job["reasons"]:
            builder.add(reason)
            builder.literal("\n")
        for line in job["lines"]:
            _line(builder, line)


def _line(builder: _TextBuilder, line: LineDict) -> None:
    builder.item(line["title"])
    builder.item(line["amount"], indent=2)
    for detail in line["details"]:
        builder.item(detail, indent=2)


def _variance(builder: _TextBuilder, document: Document, wording: Wording) -> None:
    variance = document["variance"]
    if variance is None:
        return
    builder.literal(f"\n{wording.template('section.variance')}\n")
    builder.item(variance["summary"])
    for cause in variance["causes"]:
        builder.item(cause["statement"])
        for detail in cause["details"]:
            builder.item(detail, indent=2)
    for text in (*variance["authorisations"], *variance["overrun_rule"]):
        builder.item(text)


def render_sms(document: Document, wording: Wording) -> str:
    """The headline and the number of findings in at most one SMS, or less where it would not fit.

    What goes first is the reason, then the findings; the amount to pay always stays, uncut.
    Raises UnboundNumber instead of sending a loose number.
    """
    amount_alone = _sms(document, wording, ("amount",))
    fuller = (("headline", "findings"), ("headline",), ("amount", "findings"))
    texts = (_sms(document, wording, parts) for parts in fuller)
    return next(filter(fits_one_sms, texts), amount_alone)


def _sms(document: Document, wording: Wording, parts: tuple[str, ...]) -> str:
    builder = _TextBuilder()
    if "headline" in parts:
        builder.add(document["headline"])
    else:
        _amount_alone(builder, document, wording)
    open_findings = any(f["severity"] != "note" for f in document["findings"])
    if "findings" in parts and open_findings:
        builder.literal(wording.template("sms.separator"))
        builder.literal(wording.template("sms.findings"))
    return builder.finished()


def _amount_alone(builder: _TextBuilder, document: Document, wording: Wording) -> None:
    """What is to be paid or given back, without the reason that the headline gives."""
    payable = document["payable"]
    key = "sms.amount"
    if document["kind"] == "credit_note":
        key = "sms.credit"
    elif not Decimal(payable["value"]):
        key = "sms.nothing"
    elif Decimal(payable["value"]) < 0:
        key = "sms.refund"
        payable = next(f for f in document["headline"]["figures"] if f["source"] == f"neg({payable['source']})")
    for position, part in enumerate(wording.parts(key)):
        if position % 2:
            builder.figure(payable)
        else:
            builder.literal(part)


def fits_one_sms(text: str) -> bool:
    """Whether a text goes out as a single SMS (3GPP TS 23.038 and 23.040)."""
    if _GSM_BASIC.match(text):
        return len(text) + len(_GSM_EXTENDED.findall(text)) <= _GSM_LIMIT
    return len(text.encode("utf-16-be")) // 2 <= _UCS2_LIMIT
