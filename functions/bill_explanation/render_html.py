"""The explanation as one self-contained page: it needs no script, no network and no colour to be understood."""

from collections.abc import Iterable
from html import escape

from functions.bill_explanation.check_html import check_html
from functions.bill_explanation.document import (
    CauseDict,
    Document,
    FigureDict,
    FindingDict,
    JobDict,
    LineDict,
    PayerDict,
    TextDict,
    VarianceDict,
)
from functions.bill_explanation.draw_pictures import PATTERNS, draw_payers, draw_swatch, draw_variance
from functions.bill_explanation.page import (
    CONTENT_SECURITY_POLICY,
    LONGEST_QUESTION,
    SKELETON,
    STYLE,
    figure_tag,
    findings_by_severity,
    line_name,
    lines_by_id,
    lines_named,
    option_tag,
    question_to_send,
    reference,
)
from shared.domain.statements import Wording

__all__ = ["CONTENT_SECURITY_POLICY", "render_html"]

_LOOKS_OF_HEADLINES = ((120, "short"), (400, "long"))

_SIGNS = {
    "error": '<circle class="shape" cx="12" cy="12" r="10"></circle><path class="sign" d="M12 6.5v7M12 17v.1"></path>',
    "warning": '<path class="shape" d="M12 3 22 20.5H2Z"></path><path class="sign" d="M12 10v4.5M12 17.4v.1"></path>',
    "note": '<circle class="shape" cx="12" cy="12" r="10"></circle><path class="sign" d="M12 11v6M12 7v.1"></path>',
}


def render_html(document: Document, wording: Wording, *, question_url: str | None, was_asked: bool = False) -> str:
    """The whole page; with a `question_url`, questions can be sent to it as a plain form.

    The forms post `line_id` (empty: the whole bill), `kind` (question or dispute) and `words`; `was_asked` thanks
    for what was sent just now, at `#questions`. Send the page with CONTENT_SECURITY_POLICY. Raises UnboundNumber
    instead of showing a number that its source does not give.
    """
    page = SKELETON.format(
        lang=escape(document["locale"]),
        title=_word(wording, "page.title"),
        style=STYLE,
        skip=_word(wording, "page.skip"),
        reference=_text(reference(document)),
        headline=_text(document["headline"]),
        look=_look_of(document["headline"]["text"]),
        narrative=_narrative(document["narrative"], wording),
        sections=PATTERNS + "\n".join(_Page(document, wording, question_url, was_asked=was_asked).sections()),
        promise=_word(wording, "page.promise"),
    )
    check_html(page, document)
    return page


def _word(wording: Wording, key: str) -> str:
    return escape(wording.template(key))


def _narrative(narrative: TextDict | None, wording: Wording) -> str:
    """What a language model retold, named as such."""
    if narrative is None:
        return ""
    note = _word(wording, "page.narrative.note")
    return f'<div class="narrative"><p>{_text(narrative)}</p><p class="hint">{note}</p></div>\n'


def _look_of(headline: str) -> str:
    """The more a headline has to say, the smaller it is set."""
    return next((look for most, look in _LOOKS_OF_HEADLINES if len(headline) <= most), "longest")


def _figure(figure: FigureDict) -> str:
    opening, name = figure_tag(figure)
    return f"{opening}{escape(figure['text'])}</{name}>"


def _text(text: TextDict) -> str:
    """A text with each figure in the element that names its source."""
    whole, position = text["text"], 0
    pieces: list[str] = []
    for figure in text["figures"]:
        pieces += (escape(whole[position : figure["start"]]), _figure(figure))
        position = figure["end"]
    pieces.append(escape(whole[position:]))
    return "".join(pieces)


def _list(texts: Iterable[TextDict], look: str = "plain") -> str:
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    return f'<ul class="{look}">{items}</ul>' if items else ""


class _Page:
    """Writes the sections of one document, in the order in which `check_html` expects their figures."""

    def __init__(self, document: Document, wording: Wording, question_url: str | None, *, was_asked: bool) -> None:
        self._document = document
        self._was_asked = was_asked
        self._wording = wording
        self._action = None if question_url is None else escape(question_url)
        self._lines = lines_by_id(document)

    def sections(self) -> Iterable[str]:
        document = self._document
        payers = "page.payers.credit" if document["kind"] == "credit_note" else "section.payers"
        bodies = (
            ("findings", "section.findings", self._findings()),
            ("payers", payers, self._who_pays()),
            ("lines", "section.lines", self._jobs()),
            ("totals", "section.totals", _list(document["totals"], "ledger")),
            ("tax", "section.tax", _list(document["tax"])),
            ("estimate", "section.variance", self._estimate(document["variance"])),
            ("warranty", "section.repair_warranty", _list(document["repair_warranty"])),
            ("disagree", "section.if_you_disagree", self._disagree()),
            ("about", "section.about", _list(document["about"])),
        )
        for name, title, body in bodies:
            if body:
                yield (
                    f'<section id="{name}" aria-labelledby="{name}-title"><h2 id="{name}-title">'
                    f'{self._word(title)}</h2><div class="body">{body}</div></section>'
                )

    def _word(self, key: str) -> str:
        return _word(self._wording, key)

    def _title(self, key: str) -> str:
        word = self._wording.template(key)
        return escape(word[:1].upper() + word[1:])

    def _severity(self, severity: str) -> str:
        sign = f'<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false">{_SIGNS[severity]}</svg>'
        return f'<span class="severity {severity}">{sign}{self._title(f"severity.{severity}")}</span>'

    def _findings(self) -> str:
        found = [self._finding(place, finding) for place, finding in findings_by_severity(self._document)]
        return f"<ul>{''.join(found)}</ul>" if found else f"<p>{self._word('findings.none')}</p>"

    def _finding(self, place: int, finding: FindingDict) -> str:
        severity = finding["severity"]
        return (
            f'<li class="finding {severity}" id="finding-{place}">{self._severity(severity)}'
            f"<p>{_text(finding['statement'])}</p>{self._concerned(finding)}"
            f'<div class="ask"><p>{self._word("findings.ask")}</p><blockquote>{_text(finding["ask"])}</blockquote>'
            f"{self._ask_this(finding)}</div></li>"
        )

    def _concerned(self, finding: FindingDict) -> str:
        links = [
            f'<li><a href="#line-{place}">{_figure(line_name(line))}</a></li>'
            for place, line in lines_named(finding, self._lines)
        ]
        lead = f"<span>{self._word('page.findings.lines')}</span> "
        return f'<div class="concerned">{lead}<ul>{" ".join(links)}</ul></div>' if links else ""

    def _ask_this(self, finding: FindingDict) -> str:
        if self._action is None:
            return ""
        line = escape(finding["lines"][0]) if len(finding["lines"]) == 1 else ""
        return (
            f'<form method="post" action="{self._action}"><input type="hidden" name="line_id" value="{line}">'
            '<input type="hidden" name="kind" value="question">'
            f'<input type="hidden" name="words" value="{escape(question_to_send(finding))}">'
            f'<button class="quiet" type="submit">{self._word("page.findings.send")}</button></form>'
        )

    def _who_pays(self) -> str:
        document = self._document
        credit = "credit." if document["kind"] == "credit_note" else ""
        picture = draw_payers(document["payers"], self._wording)
        before = f"<figure>{picture}</figure>" if picture else f"<p>{self._word('page.payers.zero')}</p>"
        columns = "".join(f'<th scope="col">{self._word(f"page.payers.{c}")}</th>' for c in ("who", "amount", "share"))
        return (
            f"{before}<table><caption>{self._word(f'page.payers.{credit}caption')}</caption>"
            f"<thead><tr>{columns}</tr></thead>"
            f"<tbody>{''.join(self._payer(payer) for payer in document['payers'])}</tbody>"
            f'<tfoot><tr><th scope="row">{self._word("page.payers.total")}</th>'
            f"<td>{_figure(document['total'])}</td><td></td></tr></tfoot></table>"
        )

    def _payer(self, payer: PayerDict) -> str:
        share = payer["share"]
        before, _, after = self._wording.parts("page.payers.percent")
        percent = "" if share is None else f"{escape(before)}{_figure(share)}{escape(after)}"
        return (
            f'<tr><th scope="row">{draw_swatch(payer["payer"])}{escape(payer["name"])}</th>'
            f"<td>{_figure(payer['amount'])}</td><td>{percent}</td></tr>"
        )

    def _jobs(self) -> str:
        place = 0
        jobs = []
        for job in self._document["jobs"]:
            jobs.append(self._job(job, place))
            place += len(job["lines"])
        return "".join(jobs)

    def _job(self, job: JobDict, place: int) -> str:
        reasons = job["reasons"]
        title = ""
        if reasons:
            title = f"<h3>{_text(reasons[0])}</h3>{_list(reasons[1:], 'reasons')}"
        elif len(self._document["jobs"]) > 1:
            title = f"<h3>{self._word('page.job.other')}</h3>"
        lines = "".join([self._line(line, place + offset) for offset, line in enumerate(job["lines"])])
        return f'<div class="job">{title}<ul>{lines}</ul></div>' if lines else f'<div class="job">{title}</div>'

    def _line(self, line: LineDict, place: int) -> str:
        return (
            f'<li><details class="line" id="line-{place}"><summary><span class="what">{_text(line["title"])}</span> '
            f'<span class="net">{_figure(line["net"])}</span> <span class="how">{_text(line["amount"])}</span>'
            f'{self._tags(line)}</summary><div class="more-of-it">{_list(line["details"])}{self._see(line)}</div>'
            "</details></li>\n"
        )

    def _tags(self, line: LineDict) -> str:
        findings = self._document["findings"]
        tags = [self._severity(s) for s in dict.fromkeys(findings[place]["severity"] for place in line["findings"])]
        if line["payer"] != "customer":
            before, _, after = self._wording.parts("line.payer")
            tags.append(f"<span>{escape(before)}{self._word(f'payer.{line["payer"]}')}{escape(after)}</span>")
        return f' <span class="tags">{" ".join(tags)}</span>' if tags else ""

    def _see(self, line: LineDict) -> str:
        if not line["findings"]:
            return ""
        return f'<p class="see"><a href="#finding-{line["findings"][0]}">{self._word("page.line.ask")}</a></p>'

    def _estimate(self, variance: VarianceDict | None) -> str:
        if variance is None and self._document["kind"] == "credit_note":
            return ""
        if variance is None:
            return f"<p>{self._word('page.variance.none')}</p>"
        causes = "".join(_cause(cause) for cause in variance["causes"])
        return (
            f'<p class="summary">{_text(variance["summary"])}</p>'
            f"<figure>{draw_variance(variance, self._wording)}</figure>"
            + self._part("causes", f'<ul class="plain">{causes}</ul>' if causes else "")
            + self._part("authorisations", _list(variance["authorisations"]))
            + self._part("overrun_rule", _list(variance["overrun_rule"]))
        )

    def _part(self, name: str, body: str) -> str:
        return f"<h3>{self._word(f'page.variance.{name}')}</h3>{body}" if body else ""

    def _disagree(self) -> str:
        thanks = f'<p class="thanks" role="status">{self._word("page.form.thanks")}</p>' if self._was_asked else ""
        return f'<div id="questions">{thanks}{_list(self._document["if_you_disagree"])}{self._form()}</div>'

    def _form(self) -> str:
        if self._action is None:
            return ""
        lines = [line for job in self._document["jobs"] for line in job["lines"]]
        options = "".join([f"{option_tag(line)}{escape(line_name(line)['text'])}</option>" for line in lines])
        kinds = "".join(
            f'<label><input type="radio" name="kind" value="{kind}"{checked}> {self._word(f"page.form.{kind}")}</label>'
            for kind, checked in (("question", " checked"), ("dispute", ""))
        )
        return (
            f'<form class="form" method="post" action="{self._action}"><h3>{self._word("page.form.title")}</h3>'
            f'<div class="field"><label for="form-line">{self._word("page.form.line")}</label>'
            f'<select id="form-line" name="line_id"><option value="">{self._word("page.form.whole")}</option>'
            f"{options}</select></div><fieldset><legend>{self._word('page.form.kind')}</legend>{kinds}</fieldset>"
            f'<div class="field"><label for="form-text">{self._word("page.form.text")}</label>'
            f'<p class="hint" id="form-hint">{self._word("page.form.hint")}</p><textarea id="form-text" name="words" '
            f'required maxlength="{LONGEST_QUESTION}" rows="5" aria-describedby="form-hint"></textarea></div>'
            f'<button type="submit">{self._word("page.form.send")}</button></form>'
        )


def _cause(cause: CauseDict) -> str:
    return f"<li>{_text(cause['statement'])}{_list(cause['details'], 'details')}</li>"
