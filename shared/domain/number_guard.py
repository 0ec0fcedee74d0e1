"""The number guard: reads a finished text back and refuses it unless every number is bound.

A number is bound when it lies within a span whose figure is written exactly so in this locale and
whose source still evaluates to the figure's value. It stands behind every rendering and behind
whatever a language model writes.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from shared.domain.errors import UnboundNumber
from shared.domain.figures import Book, source_text
from shared.domain.statements import Rendered, Wording

# Decimal digits of every script, and what else reads as a number: superscripts, fractions,
# circled and parenthesised digits, roman numeral signs.
NUMERIC = re.compile(
    "[\\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u218b\u2460-\u249b"
    "\u24ea-\u24ff\u2776-\u2793\u3007\u3021-\u3029\u3220-\u3229\u3251-\u325f\u3280-\u3289\u32b1-\u32bf"
    "\U0001f100-\U0001f10c]"
)


class BoundText(NamedTuple):
    """Where in a text a bound number stands, and how it must read."""

    start: int
    end: int
    text: str


def check_text(rendered: Rendered, book: Book, wording: Wording) -> None:
    """Refuse a text with an unbound, altered or misattributed number.

    Raises UnboundNumber, which names the place but never quotes the text.
    """
    for span in rendered.spans:
        if not book.vouches_for(span.figure):
            raise UnboundNumber(f"{source_text(span.figure.source)} no longer gives its value")
    bound = (BoundText(s.start, s.end, wording.write(s.figure)) for s in rendered.spans)
    check_bound(rendered.text, bound)


def check_bound(text: str, bound: Iterable[tuple[int, int, str]]) -> None:
    """Refuse a text unless each of its numbers lies in a span that reads as it must.

    `bound` has start, end and what stands there, in the order of the text. Raises UnboundNumber.
    """
    between: list[str] = []
    place = 0
    for start, end, expected in bound:
        if start < place or text[start:end] != expected:
            raise UnboundNumber(f"the text at {start} is not what its source says")
        between.append(text[place:start])
        place = end
    between.append(text[place:])
    if NUMERIC.search("".join(between)):
        raise UnboundNumber("a number of the text has no source")
