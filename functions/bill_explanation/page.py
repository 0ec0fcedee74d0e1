"""What the page of an explanation is made of: skeleton and style, its order, and how it writes a figure."""

import base64
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from html import escape
from importlib.resources import files

from functions.bill_explanation.document import (
    CauseDict,
    Document,
    FigureDict,
    FindingDict,
    LineDict,
    TextDict,
    VarianceDict,
)

_SEVERITIES = ("error", "warning", "note")
_LINES_NAMED = 6
_LONG = 20
LONGEST_QUESTION = 4_000


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


STYLE = _file("page.css")
SKELETON = _file("page.html")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
"""The header to send with the page: no script, nothing from elsewhere, and no style but its own."""


def figure_tag(figure: FigureDict) -> tuple[str, str]:
    """The opening tag that vouches for a figure, and the name to close it with.

    Words out of the bill stand in <bdi>, so that writing from right to left stays within them.
    """
    unit, source = figure["unit"], escape(figure["source"])
    if unit == "text":
        return f'<bdi data-source="{source}">', "bdi"
    value = escape(figure["value"])
    if unit == "date":
        return f'<time datetime="{value}" data-source="{source}">', "time"
    long = ' class="long"' if len(figure["text"]) > _LONG else ""
    return f'<data value="{value}" data-source="{source}"{long}>', "data"


def picture_tag(figure: FigureDict) -> str:
    """The opening tag that vouches for a figure within a picture."""
    return f'<tspan data-value="{escape(figure["value"])}" data-source="{escape(figure["source"])}">'


def option_tag(line: LineDict) -> str:
    """The opening tag of a line among the choices of the question form."""
    return f'<option value="{escape(line["id"])}" data-source="{escape(line_name(line)["source"])}">'


def line_name(line: LineDict) -> FigureDict:
    """A line's description as the bill has it: the first figure of its title."""
    return line["title"]["figures"][0]


def reference(document: Document) -> TextDict:
    """The bill's number and date, as the letterhead shows them."""
    return document["about"][0]


def findings_by_severity(document: Document) -> list[tuple[int, FindingDict]]:
    """Findings with their place in the document, the most serious first."""
    return sorted(enumerate(document["findings"]), key=lambda item: _SEVERITIES.index(item[1]["severity"]))


def lines_by_id(document: Document) -> Mapping[str, tuple[int, LineDict]]:
    """Each line with its place on the page; of lines with the same id, the first."""
    found: dict[str, tuple[int, LineDict]] = {}
    lines = (line for job in document["jobs"] for line in job["lines"])
    for place, line in enumerate(lines):
        found.setdefault(line["id"], (place, line))
    return found


def lines_named(finding: FindingDict, lines: Mapping[str, tuple[int, LineDict]]) -> list[tuple[int, LineDict]]:
    """The lines to name beside a finding; none where they are so many that its sentence says it better."""
    ids = dict.fromkeys(finding["lines"])
    return [lines[id_] for id_ in ids if id_ in lines] if len(ids) <= _LINES_NAMED else []


def causes_to_draw(variance: VarianceDict) -> list[CauseDict]:
    """The causes that changed the total; one that did not, such as another payer, is told in words alone."""
    return [cause for cause in variance["causes"] if Decimal(cause["amount"]["value"])]


def question_to_send(finding: FindingDict) -> str:
    """What one press sends: the question with what it is about, since the reader does not see the page."""
    return f"{finding['statement']['text']} {finding['ask']['text']}"[:LONGEST_QUESTION]
