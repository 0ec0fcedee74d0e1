"""The call sheet as one self-contained page to read or print: no script, no network, one sheet of paper."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator
from html import escape, unescape
from importlib.resources import files

from functions.recall_outreach.write_document import CallSheet, SheetFigure, SheetText
from shared.domain.errors import UnboundNumber
from shared.domain.number_guard import NUMERIC
from shared.domain.statements import Wording


def _file(name: str) -> str:
    return files(__package__).joinpath(name).read_text("utf-8")


STYLE, SKELETON = _file("page.css"), _file("page.html")
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'; "
    f"style-src 'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
)
"""The header to send with the page: no script, nothing from elsewhere, no form, and no style but its own."""
_BOUND = re.compile(r'<(data|time|bdi)\b[^<>]* data-source="[^"<>]+">[^<>]*</\1>')
_TAG = re.compile(r"<[^<>]*>")


def render_html(document: CallSheet, wording: Wording) -> str:
    """The whole page. Raises UnboundNumber instead of showing a number outside an element that names its source."""
    name = document["who"][0]
    page = SKELETON.format(
        lang=escape(document["locale"]),
        title=_word(wording, "title"),
        skip=_word(wording, "skip"),
        style=STYLE,
        name=_text(name),
        sections="\n".join(_sections(document, wording)),
        promise=_word(wording, "promise"),
    )
    _check(page)
    return page


def _sections(document: CallSheet, wording: Wording) -> Iterator[str]:
    look = "" if document["number"] else "stop"
    yield _section("call", document["call"], wording, look)
    yield '<div class="columns">'
    yield _section("who", document["who"][1:], wording)
    yield _section("why", document["why"], wording)
    yield "</div>"
    yield _section("opening", document["opening"], wording, "spoken", document["listen"])
    yield _section("thanks", document["thanks"], wording, "spoken")
    yield '<div class="branches">'
    for branch in document["branches"]:
        yield (
            f"<section><h2>{escape(branch['title'])}</h2>"
            f"<h3>{_word(wording, 'say')}</h3>{_list(branch['say'], 'spoken')}"
            f"<h3>{_word(wording, 'offer')}</h3>{_list(branch['offer'])}</section>"
        )
    yield "</div>"
    yield _section("closing", document["closing"], wording, "spoken", document["checklist"])
    yield _section("history", document["history"], wording)
    yield '<div class="columns small">'
    yield _section("ranking", document["ranking"], wording)
    yield _section("basis", document["basis"], wording)
    yield "</div>"


def _section(
    name: str, texts: Iterable[SheetText], wording: Wording, look: str = "", notes: Iterable[SheetText] = ()
) -> str:
    listed = _list(texts, look) + _list(notes)
    if not listed:
        return ""
    return (
        f'<section aria-labelledby="{name}"><h2 id="{name}">{_word(wording, f"section.{name}")}</h2>{listed}</section>'
    )


def _list(texts: Iterable[SheetText], look: str = "") -> str:
    items = "".join(f"<li>{_text(text)}</li>" for text in texts)
    kind = f' class="{look}"' if look else ""
    return f"<ul{kind}>{items}</ul>" if items else ""


def _text(text: SheetText) -> str:
    whole, position = text["text"], 0
    pieces: list[str] = []
    for figure in text["figures"]:
        pieces += (escape(whole[position : figure["start"]]), _figure(figure, whole))
        position = figure["end"]
    pieces.append(escape(whole[position:]))
    return "".join(pieces)


def _figure(figure: SheetFigure, whole: str) -> str:
    shown, source, value = whole[figure["start"] : figure["end"]], escape(figure["source"]), escape(figure["value"])
    if figure["unit"] == "text":
        return f'<bdi data-source="{source}">{escape(shown)}</bdi>'
    if figure["unit"] in ("date", "datetime"):
        return f'<time datetime="{value}" data-source="{source}">{escape(shown)}</time>'
    return f'<data value="{value}" data-source="{source}">{escape(shown)}</data>'


def _word(wording: Wording, key: str) -> str:
    return escape(wording.template(f"outreach.{key}"))


def _check(page: str) -> None:
    """Read the page back as a browser would show it: what no source vouches for shows no digit."""
    body = page[page.index("<body>") :]
    if NUMERIC.search(unescape(_TAG.sub(" ", _BOUND.sub("", body)))):
        raise UnboundNumber("the page shows a number without a source")
