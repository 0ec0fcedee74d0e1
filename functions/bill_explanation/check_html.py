"""The number guard of the page: reads the finished HTML back as a browser would show it.

Figures must come in the document's order, each within an element that names its source; anything else that
shows a digit, or that the page is not made of, is refused.
"""

import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from itertools import chain

from functions.bill_explanation.document import Document, FigureDict, LineDict, TextDict, VarianceDict
from functions.bill_explanation.page import (
    STYLE,
    causes_to_draw,
    figure_tag,
    findings_by_severity,
    line_name,
    lines_by_id,
    lines_named,
    option_tag,
    picture_tag,
    question_to_send,
    reference,
)
from shared.domain.errors import UnboundNumber
from shared.domain.number_guard import NUMERIC

_DOCTYPE = "<!doctype html>\n"
_TOKEN = re.compile(r'</([a-z]+[1-6]?)>|<([a-z]+[1-6]?)((?: [a-zA-Z][a-zA-Z0-9-]*(?:="[^"<>]*")?)*)>|([^<>]+)')
_CLOSING, _OPENING = 1, 3
_ATTRIBUTE = re.compile(r' ([a-zA-Z][a-zA-Z0-9-]*)(?:="([^"]*)")?')
_TAGS = frozenset(
    """
    html head meta title style body a header main footer section h1 h2 h3 p ul li div span figure blockquote
    details summary table caption thead tbody tfoot tr th td data time bdi form fieldset legend label select
    option textarea input button svg desc defs pattern rect path circle line text tspan
    """.split()  # noqa: SIM905
)
_SILENT_ATTRIBUTES = frozenset(
    """
    lang charset name content href id class for type action method role scope required checked maxlength rows
    aria-labelledby aria-describedby aria-hidden width height x y x1 x2 y1 y2 cx cy r d rx viewBox text-anchor
    focusable patternUnits patternTransform
    """.split()  # noqa: SIM905
)
"""Attributes that put no words before a reader."""
_READ_ATTRIBUTES = frozenset({"title", "alt", "aria-label", "placeholder", "label"})
_SILENT_INPUTS = (' type="hidden"', ' type="radio"')


def check_html(html: str, document: Document) -> None:
    """Refuse a finished page unless each of its numbers is the one that the document has in that place.

    Raises UnboundNumber, which names the place but never quotes the page.
    """
    before, style, after = html.removeprefix(_DOCTYPE).partition(f"<style>{STYLE}</style>")
    if not style:
        raise UnboundNumber("the page does not have the style that it is checked with")
    seen = before + after
    expected = _figures_of_page(document, asks="<form " in seen)
    questions = iter([question_to_send(finding) for _, finding in findings_by_severity(document)])
    vouched = False
    fine: set[str] = set()
    for token in _tokens(seen):
        kind = token.lastindex
        if kind == _CLOSING or token[0] in fine:
            continue
        if kind != _OPENING:
            if not vouched and NUMERIC.search(unescape(token[0])):
                raise UnboundNumber(f"the number at {token.start()} of the page has no source")
            vouched = False
        elif " data-source=" in token[3]:
            wanted = next(expected, None)
            if wanted is None or not seen.startswith(wanted, token.start()):
                raise UnboundNumber(f"the figure at {token.start()} of the page is not what its document says there")
            vouched = "></" not in wanted  # or else it is empty, and the next text is not its own
        elif ' name="words"' in token[3] and token[2] == "input":
            _check_tag(token)
            _check_question(token, next(questions, None))
        else:
            _check_tag(token)
            fine.add(token[0])
    if next(expected, None) is not None:
        raise UnboundNumber("the page leaves out a figure of its document")


def _tokens(html: str) -> Iterator[re.Match[str]]:
    """Each tag (its name and attributes in groups 2 and 3) and text; refuses what is neither."""
    position = 0
    for match in _TOKEN.finditer(html):
        if match.start() != position:
            break
        position = match.end()
        yield match
    if position != len(html):
        raise UnboundNumber(f"the page cannot be read at {position}")


def _check_tag(token: re.Match[str]) -> None:
    tag, attributes = token[2], token[3]
    if tag not in _TAGS:
        raise UnboundNumber(f"the page is not made of such elements as the one at {token.start()}")
    if tag == "input" and not attributes.startswith(_SILENT_INPUTS):
        raise UnboundNumber(f"the field at {token.start()} of the page could show a number")
    for name, value in _ATTRIBUTE.findall(attributes):
        if name in _SILENT_ATTRIBUTES or (name == "value" and tag in ("input", "option")):
            continue
        if name not in _READ_ATTRIBUTES or NUMERIC.search(unescape(value)):
            raise UnboundNumber(f"the element at {token.start()} of the page has an attribute without a source")


def _check_question(token: re.Match[str], question: str | None) -> None:
    """A question that is sent with one press must be the one that is shown."""
    if question is None or f' value="{escape(question)}"' not in token[3]:
        raise UnboundNumber(f"the question sent at {token.start()} of the page is not the one that it shows")


def _figures_of_page(document: Document, *, asks: bool) -> Iterator[str]:
    """How each figure is written, in the order in which the page shows them."""
    lines = [line for job in document["jobs"] for line in job["lines"]]
    yield from _in_texts([reference(document), document["headline"]])
    if document["narrative"] is not None:
        yield from _in_texts([document["narrative"]])
    yield from _in_findings(document)
    for payer in document["payers"]:
        yield _written(payer["amount"])
        if payer["share"] is not None:
            yield _written(payer["share"])
    yield _written(document["total"])
    for job in document["jobs"]:
        yield from _in_texts(job["reasons"])
        for line in job["lines"]:
            yield from _in_line(line)
    yield from _in_texts(chain(document["totals"], document["tax"]))
    if document["variance"] is not None:
        yield from _in_variance(document["variance"])
    yield from _in_texts(chain(document["repair_warranty"], document["if_you_disagree"]))
    if asks:
        yield from (_closed(option_tag(line), line_name(line), "option") for line in lines)
    yield from _in_texts(document["about"])


def _in_findings(document: Document) -> Iterator[str]:
    lines = lines_by_id(document)
    for _, finding in findings_by_severity(document):
        yield from _in_texts([finding["statement"]])
        yield from (_written(line_name(line)) for _, line in lines_named(finding, lines))
        yield from _in_texts([finding["ask"]])


def _in_line(line: LineDict) -> Iterator[str]:
    yield from _in_texts([line["title"]])
    yield _written(line["net"])
    yield from _in_texts(chain([line["amount"]], line["details"]))


def _in_variance(variance: VarianceDict) -> Iterator[str]:
    yield from _in_texts([variance["summary"]])
    drawn = (cause["amount"] for cause in causes_to_draw(variance))
    for figure in (variance["estimated"], *drawn, variance["final"]):
        yield _closed(picture_tag(figure), figure, "tspan")
    for cause in variance["causes"]:
        yield from _in_texts(chain([cause["statement"]], cause["details"]))
    yield from _in_texts(chain(variance["authorisations"], variance["overrun_rule"]))


def _in_texts(texts: Iterable[TextDict]) -> Iterator[str]:
    for text in texts:
        for figure in text["figures"]:
            yield _written(figure)


def _written(figure: FigureDict) -> str:
    opening, name = figure_tag(figure)
    return _closed(opening, figure, name)


def _closed(opening: str, figure: FigureDict, name: str) -> str:
    return f"{opening}{escape(figure['text'])}</{name}>"
