"""Put an explanation into an owner's language: the JSON document that is stored and answered.

Every text carries the place, value, unit and source of each of its figures, after the number
guard has read it back; plain text and the page are made of this document.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.document import (
    Document,
    FigureDict,
    FindingDict,
    JobDict,
    LineDict,
    PayerDict,
    SpanDict,
    TextDict,
    VarianceDict,
)
from functions.bill_explanation.explanation import (
    Explanation,
    Finding,
    JobExplanation,
    LineExplanation,
    PayerShare,
    Variance,
)
from shared.domain.errors import UnboundNumber
from shared.domain.figures import Figure, Value, source_text
from shared.domain.number_guard import check_bound
from shared.domain.statements import Rendered, Statement, Term, Wording, render, say

ENGINE_VERSION = "1"
"""Raised when the same bill would be explained differently; stored with every document."""


class _DocumentWriter:
    """Renders and guards statement after statement in one locale."""

    def __init__(self, book: BillBook, wording: Wording) -> None:
        self._book = book
        self._wording = wording
        self._of_words_alone: dict[Any, TextDict] = {}

    def figure(self, figure: Figure) -> FigureDict:
        """The figure as it must read, once its source has given its value again."""
        source = source_text(figure.source)
        if not self._book.vouches_for(figure):
            raise UnboundNumber(f"{source} no longer gives its value")
        text = self._wording.write(figure)
        return {"value": _plain(figure.value), "unit": figure.unit, "source": source, "text": text}

    def text(self, statement: Statement) -> TextDict:
        """The statement; one without figures, such as who pays, is written once however often it is made."""
        words = statement.args.values()
        if not all(isinstance(word, Term) for word in words):
            return self._write(statement)
        key = (statement.key, *words)
        found = self._of_words_alone.get(key)
        if found is None:
            found = self._of_words_alone[key] = self._write(statement)
        return found

    def _write(self, statement: Statement) -> TextDict:
        rendered = render(statement, self._wording)
        if not (rendered.spans and rendered.spans[0].start == 0):  # what a bill says keeps its letters
            rendered = Rendered(_sentence_case(rendered.text), rendered.spans)
        return self.bound(rendered)

    def bound(self, rendered: Rendered) -> TextDict:
        figures: list[SpanDict] = [
            {**self.figure(figure), "start": start, "end": end} for start, end, figure in rendered.spans
        ]
        check_bound(rendered.text, [(figure["start"], figure["end"], figure["text"]) for figure in figures])
        return {"text": rendered.text, "figures": figures}

    def texts(self, statements: Iterable[Statement]) -> list[TextDict]:
        return [self.text(statement) for statement in statements]

    def payer(self, share: PayerShare) -> PayerDict:
        return {
            "payer": share.payer,
            "name": _sentence_case(self._wording.template(f"payer.{share.payer}")),
            "amount": self.figure(share.amount),
            "share": None if share.share is None else self.figure(share.share),
            "statement": self.text(share.statement),
        }

    def title(self, title: Statement) -> Statement:
        """Without the glossary's words where the bill says the very same."""
        description, plain = title.args["description"], title.args.get("plain")
        if not (isinstance(plain, Term) and isinstance(description, Figure)):
            return title
        is_same = self._wording.template(plain.key).casefold() == str(description.value).casefold()
        return say("line.title.plain", description=description) if is_same else title

    def line(self, line: LineExplanation, findings: Sequence[Finding]) -> LineDict:
        return {
            "id": line.id,
            "kind": line.kind,
            "payer": line.payer,
            "title": self.text(self.title(line.title)),
            "amount": self.text(line.amount),
            "net": self.figure(line.net),
            "details": self.texts(line.details),
            "findings": [i for i, finding in enumerate(findings) if line.id in finding.lines],
        }

    def job(self, job: JobExplanation, findings: Sequence[Finding]) -> JobDict:
        return {
            "id": job.id,
            "reasons": self.texts(job.reasons),
            "lines": [self.line(line, findings) for line in job.lines],
        }

    def variance(self, variance: Variance) -> VarianceDict:
        return {
            "estimated": self.figure(variance.estimated),
            "final": self.figure(variance.final),
            "difference": self.figure(variance.difference),
            "summary": self.text(variance.summary),
            "causes": [
                {
                    "cause": cause.cause.value,
                    "name": self._wording.template(f"cause.{cause.cause.value}"),
                    "amount": self.figure(cause.amount),
                    "statement": self.text(cause.statement),
                    "details": self.texts(cause.details),
                }
                for cause in variance.causes
            ],
            "authorisations": self.texts(variance.authorisations),
            "overrun_rule": self.texts(variance.overrun_rule),
        }

    def finding(self, finding: Finding) -> FindingDict:
        return {
            "rule": finding.rule,
            "severity": finding.severity.value,
            "lines": list(finding.lines),
            "pointers": list(finding.pointers),
            "statement": self.text(finding.statement),
            "ask": self.text(finding.ask),
        }


def write_document(
    explanation: Explanation,
    book: BillBook,
    wording: Wording,
    explained_on: date,
    narrative: Rendered | None = None,
) -> Document:
    """The explanation in the wording's locale, with a narrative of it if there is one.

    Raises UnboundNumber when a text holds a number without a source: nothing of it is shown then.
    """
    writer = _DocumentWriter(book, wording)
    bill = book.bill
    variance = explanation.variance
    return {
        "number": bill.number,
        "revision": bill.revision,
        "kind": bill.kind,
        "currency": bill.currency,
        "locale": wording.locale,
        "explained_on": explained_on.isoformat(),
        "engine": ENGINE_VERSION,
        "total": writer.figure(book.money("totals", "gross")),
        "payable": writer.figure(book.money("totals", "payable")),
        "headline": writer.text(explanation.headline),
        "narrative": None if narrative is None else writer.bound(narrative),
        "payers": [writer.payer(share) for share in explanation.payers],
        "jobs": [writer.job(job, explanation.findings) for job in explanation.jobs],
        "tax": writer.texts(explanation.tax),
        "totals": writer.texts(explanation.totals),
        "variance": None if variance is None else writer.variance(variance),
        "findings": [writer.finding(finding) for finding in explanation.findings],
        "repair_warranty": writer.texts(explanation.repair_warranty),
        "if_you_disagree": writer.texts(explanation.if_you_disagree),
        "about": writer.texts(explanation.about),
    }


def _plain(value: Value) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _sentence_case(text: str) -> str:
    """The text with its first letter as a capital; its length and so its spans stay the same."""
    first = text[:1].upper()
    return first + text[1:] if len(first) == 1 else text
