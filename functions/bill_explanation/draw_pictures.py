"""The two pictures of the page as inline SVG: who pays what, and the way from the estimate to the final bill.

Widths are per cent of the picture, heights are pixels: text keeps its size on a phone, and nothing is scaled.
Patterns and lengths carry the meaning, so that it survives greyscale print; the page repeats it in words.
"""

from collections.abc import Sequence
from decimal import Decimal
from html import escape
from itertools import accumulate, pairwise
from typing import NamedTuple

from functions.bill_explanation.document import CauseDict, FigureDict, PayerDict, VarianceDict
from functions.bill_explanation.page import causes_to_draw, picture_tag
from shared.domain.statements import Wording

_STACK, _ROW, _BAR, _LABEL = 32, 56, 14, 18

PATTERNS = (
    '<svg class="patterns" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
    '<pattern id="hatched" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
    '<rect class="tile" width="6" height="6"></rect><line class="mark" x1="1.5" y1="0" x2="1.5" y2="6"></line>'
    "</pattern>"
    '<pattern id="dotted" width="7" height="7" patternUnits="userSpaceOnUse">'
    '<rect class="tile" width="7" height="7"></rect><circle class="dot" cx="3.5" cy="3.5" r="1.4"></circle>'
    "</pattern>"
    '<pattern id="barred" width="6" height="6" patternUnits="userSpaceOnUse">'
    '<rect class="tile" width="6" height="6"></rect><line class="mark" x1="0" y1="3" x2="6" y2="3"></line></pattern>'
    "</defs></svg>"
)
"""The patterns that both pictures and the swatches refer to; once per page."""


class _Bar(NamedTuple):
    """A bar from one amount to another, and its look."""

    start: Decimal
    end: Decimal
    look: str


def draw_payers(payers: Sequence[PayerDict], wording: Wording) -> str:
    """One divided bar, or a bar per payer where some pay and others get back; empty where all is zero."""
    amounts = [Decimal(payer["amount"]["value"]) for payer in payers]
    if not any(amounts):
        return ""
    if min(amounts) < 0 < max(amounts):
        bars = [_Bar(Decimal(0), a, p["payer"]) for a, p in zip(amounts, payers, strict=True)]
        return _svg("payers", wording, "page.payers.picture.rows", _rows(bars, height=2 * _BAR, top=0))
    ends = list(accumulate(map(abs, amounts), initial=Decimal(0)))
    pieces = [
        f'<rect class="{escape(payer["payer"])}" x="{_per_cent(start, ends[-1])}" y="0" '
        f'width="{_per_cent(end - start, ends[-1])}" height="{_STACK}"></rect>'
        for (start, end), payer in zip(pairwise(ends), payers, strict=True)
        if end > start
    ]
    edges = [
        f'<line class="edge" x1="{x}" x2="{x}" y1="0" y2="{_STACK}"></line>'
        for x in dict.fromkeys(_per_cent(end, ends[-1]) for end in ends[1:-1] if 0 < end < ends[-1])
    ]
    drawn = "".join(pieces + edges)
    return _svg("payers", wording, "page.payers.picture.stack", (drawn, _STACK), look="stack")


def draw_swatch(payer: str) -> str:
    """The pattern of a payer, to stand before the name."""
    return (
        '<svg width="14" height="14" aria-hidden="true" focusable="false">'
        f'<rect class="{escape(payer)}" width="14" height="14"></rect></svg>'
    )


def draw_variance(variance: VarianceDict, wording: Wording) -> str:
    """A waterfall: the estimate, what each cause adds or takes away, and the final bill."""
    causes = causes_to_draw(variance)
    estimated, final = Decimal(variance["estimated"]["value"]), Decimal(variance["final"]["value"])
    levels = accumulate((Decimal(cause["amount"]["value"]) for cause in causes), initial=estimated)
    steps = [_Bar(start, end, "less" if end < start else "more") for start, end in pairwise(levels)]
    bars = [_Bar(Decimal(0), estimated, "whole"), *steps, _Bar(Decimal(0), final, "whole")]
    labels = [
        _label(wording.template("page.variance.estimated"), variance["estimated"], 0),
        *(_cause_label(cause, row, wording) for row, cause in enumerate(causes, 1)),
        _label(wording.template("page.variance.final"), variance["final"], len(causes) + 1),
    ]
    drawn, height = _rows(bars, height=_ROW, top=_LABEL + 8)
    return _svg("variance", wording, "page.variance.picture.desc", ("".join(labels) + drawn, height))


def _cause_label(cause: CauseDict, row: int, wording: Wording) -> str:
    sign = "+" if Decimal(cause["amount"]["value"]) > 0 else ""
    return _label(wording.template(f"page.cause.{cause['cause']}"), cause["amount"], row, sign)


def _label(name: str, figure: FigureDict, row: int, sign: str = "") -> str:
    y = row * _ROW + _LABEL
    return (
        f'<text x="0" y="{y}">{escape(name)}</text><text x="100%" y="{y}" text-anchor="end">'
        f"{sign}{picture_tag(figure)}{escape(figure['text'])}</tspan></text>"
    )


def _rows(bars: Sequence[_Bar], *, height: int, top: int) -> tuple[str, int]:
    """Bars one below the other on a common scale that holds zero, and the height of all."""
    ends = [Decimal(0), *(bar.start for bar in bars), *(bar.end for bar in bars)]
    low, span = min(ends), max(ends) - min(ends)
    drawn = []
    for row, bar in enumerate(bars):
        y = row * height + top
        left, length = min(bar.start, bar.end) - low, abs(bar.end - bar.start)
        drawn.append(f'<rect class="track" x="0" y="{y}" width="100%" height="{_BAR}" rx="2"></rect>')
        if length:
            drawn.append(
                f'<rect class="{escape(bar.look)}" x="{_per_cent(left, span)}" y="{y}" '
                f'width="{_per_cent(length, span)}" height="{_BAR}"></rect>'
            )
        if low < 0:
            zero = _per_cent(-low, span)
            drawn.append(f'<line class="axis" x1="{zero}" x2="{zero}" y1="{y - 4}" y2="{y + _BAR + 4}"></line>')
    return "".join(drawn), len(bars) * height


def _per_cent(part: Decimal, whole: Decimal) -> str:
    return f"{float(part / whole * 100):.3f}%"


def _svg(name: str, wording: Wording, description: str, drawn: tuple[str, int], look: str = "rows") -> str:
    title, desc = escape(wording.template(f"page.{name}.picture")), escape(wording.template(description))
    return (
        f'<svg class="{look}" width="100%" height="{drawn[1]}" role="img" focusable="false" '
        f'aria-labelledby="{name}-picture-title" aria-describedby="{name}-picture-desc">'
        f'<title id="{name}-picture-title">{title}</title><desc id="{name}-picture-desc">{desc}</desc>{drawn[0]}</svg>'
    )
