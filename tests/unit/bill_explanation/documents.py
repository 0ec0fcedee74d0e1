"""Documents for tests, written by hand: one that shows every part of an explanation, and builders to vary it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from functions.bill_explanation.document import (
    CauseDict,
    Document,
    FigureDict,
    FindingDict,
    LineDict,
    PayerDict,
    TextDict,
    VarianceDict,
)
from shared.content import wording
from shared.domain.figures import Figure, path

CAUSES = ("hours", "quantity", "price", "added", "removed", "tax", "payer", "other")


class Writer:
    """Writes figures and sentences as a document has them, in one locale."""

    def __init__(self, locale: str = "en", currency: str = "CNY") -> None:
        self.locale = locale
        self.currency = currency
        self._wording = wording(locale)

    def pick(self, english: str, chinese: str) -> str:
        return english if self.locale == "en" else chinese

    def figure(self, value: object, unit: str, source: str) -> FigureDict:
        plain = value.isoformat() if isinstance(value, date) else str(value)
        text = self._wording.write(Figure(value, unit, path("any")))
        return {"value": plain, "unit": unit, "source": source, "text": text}

    def money(self, value: str | Decimal, source: str) -> FigureDict:
        return self.figure(Decimal(value), self.currency, source)

    def words(self, value: str, source: str) -> FigureDict:
        return self.figure(value, "text", source)

    def say(self, *parts: str | FigureDict) -> TextDict:
        text: TextDict = {"text": "", "figures": []}
        for part in parts:
            if isinstance(part, str):
                text["text"] += part
                continue
            start = len(text["text"])
            text["text"] += part["text"]
            text["figures"].append({**part, "start": start, "end": len(text["text"])})
        return text

    def line(self, number: int, description: str, net: str, payer: str = "customer") -> LineDict:
        at = f"/lines/{number}"
        amount = self.money(net, f"{at}/net")
        return {
            "id": f"L{number}",
            "kind": "labour",
            "payer": payer,
            "title": self.say(self.words(description, f"{at}/description")),
            "amount": self.say(self.figure(1, "quantity", f"{at}/quantity"), " × ", amount, " = ", amount),
            "net": amount,
            "details": [
                self.say(self.pick("Part number ", "配件编号 "), self.words("BP-2210/4", f"{at}/part_number")),
                self.say(self.pick("Tax ", "税率 "), self.figure(13, "percent", f"{at}/tax_rate"), "%"),
            ],
            "findings": [],
        }

    def payer(self, name: str, amount: str, share: str | None) -> PayerDict:
        figure = self.money(amount, f"sum(/lines/[payer={name}]/net)")
        part = None if share is None else self.figure(Decimal(share), "percent", f"share({name})")
        title = self._wording.template(f"payer.{name}")
        return {
            "payer": name,
            "name": title[:1].upper() + title[1:],
            "amount": figure,
            "share": part,
            "statement": self.say(title, ": ", figure),
        }

    def finding(self, severity: str, lines: Sequence[str], *statement: str | FigureDict) -> FindingDict:
        ask = self.pick("Why is this on my bill", "账单上为什么有这一项")
        return {
            "rule": "made-up",
            "severity": severity,
            "lines": list(lines),
            "pointers": [],
            "statement": self.say(*statement),
            "ask": self.say(ask, "? ", self.figure(date(2026, 10, 28), "date", "/estimate/made_on")),
        }

    def cause(self, cause: str, amount: str) -> CauseDict:
        figure = self.money(amount, f"difference({cause})")
        name = self.pick(cause, {"hours": "工时", "price": "单价"}.get(cause, "其他原因"))
        return {
            "cause": cause,
            "name": name,
            "amount": figure,
            "statement": self.say(self.pick(f"Because of {cause}: ", f"{name}："), figure),
            "details": [
                self.say(self.pick("On the line ", "项目 "), self.words("Front pads 12V", "/lines/0/description"))
            ],
        }

    def variance(self, estimated: str, amounts: Sequence[str]) -> VarianceDict:
        final = Decimal(estimated) + sum(map(Decimal, amounts), Decimal(0))
        first, last = self.money(estimated, "/estimate/total"), self.money(final, "/totals/gross")
        difference = self.money(final - Decimal(estimated), "sub(/totals/gross, /estimate/total)")
        return {
            "estimated": first,
            "final": last,
            "difference": difference,
            "summary": self.say(
                self.pick("The estimate was ", "估价为 "), first, self.pick(", the bill is ", "，账单为 "), last
            ),
            "causes": [self.cause(cause, amount) for cause, amount in zip(CAUSES, amounts, strict=False)],
            "authorisations": [self.say(self.pick("You agreed by phone to ", "您电话同意了 "), first)],
            "overrun_rule": [self.say(self.pick("Here consent is needed first", "在此地须先征得同意"))],
        }

    def document(
        self,
        *,
        description: str = "Front pads 12V",
        payers: Sequence[PayerDict] | None = None,
        variance: VarianceDict | None = None,
        kind: str = "invoice",
    ) -> Document:
        """A document with every part; what the test is about can be given."""
        lines = [self.line(0, description, "720.00"), self.line(1, "Battery check", "399.00", "warranty")]
        lines.append(self.line(2, "Front pads 12V", "720.00"))
        lines[0]["findings"], lines[2]["findings"] = [1, 2], [1]
        shared = payers or [self.payer("customer", "1627.20", "78.3"), self.payer("warranty", "450.87", "21.7")]
        total = self.money(sum((Decimal(p["amount"]["value"]) for p in shared), Decimal(0)), "/totals/gross")
        payable = self.money("1627.20", "/totals/payable")
        concern = self.words("Front brakes squeal at 30 km/h", "/jobs/0/concern")
        return {
            "number": "RO-1",
            "revision": 1,
            "kind": kind,
            "currency": self.currency,
            "locale": self.locale,
            "explained_on": "2026-11-22",
            "engine": "1",
            "total": total,
            "payable": payable,
            "headline": self.say(
                self.pick("You pay ", "您需要支付 "), payable, self.pick(" for ", "，针对"), concern, "."
            ),
            "narrative": None,
            "payers": shared if isinstance(shared, list) else list(shared),
            "jobs": [
                {
                    "id": "1",
                    "reasons": [
                        self.say(self.pick("You reported: ", "您反映的问题："), concern),
                        self.say(
                            self.pick("What we found: ", "检查发现："), self.words("Worn to 2 mm", "/jobs/0/cause")
                        ),
                    ],
                    "lines": lines[:2],
                },
                {"id": None, "reasons": [], "lines": lines[2:]},
            ],
            "tax": [self.say(total, " × ", self.figure(13, "percent", "/tax_breakdown/0/rate"), "%")],
            "totals": [self.say(self.pick("makes ", "合计 "), total), self.say(self.pick("leaves ", "还需 "), payable)],
            "variance": variance,
            "findings": [
                self.finding("note", [], self.pick("Good to know about ", "供您了解："), payable),
                self.finding(
                    "error", ["L0", "L2"], self.pick("The same work twice for ", "同一工作收了两次："), lines[0]["net"]
                ),
                self.finding("warning", ["L0"], self.pick("More hours than usual", "工时偏多")),
            ],
            "repair_warranty": [
                self.say(self.pick("Until ", "有效期至 "), self.figure(date(2027, 2, 9), "date", "days_after(…)"))
            ],
            "if_you_disagree": [
                self.say(self.pick("You can call ", "您可以拨打 "), self.words("021-5555 0101", "/seller/phone"))
            ],
            "about": [self.say(self.pick("Bill ", "账单 "), self.words("RO-1", "/number"))],
        }
