"""The number guard: reads a finished text back and refuses it unless every number is bound.

A number is bound when it lies within a span whose figure is written exactly so in this locale and
whose source still evaluates to the figure's value. It stands behind every rendering and behind
whatever a language model writes.
"""

import re

from shared.domain.errors import UnboundNumber
from shared.domain.figures import Book, source_text
from shared.domain.statements import Rendered, Wording

# Decimal digits of every script, and what else reads as a number: superscripts, fractions,
# circled and parenthesised digits, roman numeral signs.
NUMERIC = re.compile(
    "[\\d\u00b2\u00b3\u00b9\u00bc-\u00be\u2070-\u2079\u2080-\u2089\u2150-\u218b\u2460-\u249b"
    "\u24ea-\u24ff\u2776-\u2793\u3007\u3021-\u3029\u3220-\u3229\u3280-\u3289]"
)


def check_text(rendered: Rendered, book: Book, wording: Wording) -> None:
    """Refuse a text with an unbound, altered or misattributed number.

    Raises UnboundNumber, which names the place but never quotes the text.
    """
    text = rendered.text
    for start, end, figure in rendered.spans:
        if text[start:end] != wording.write(figure):
            raise UnboundNumber(f"text at {start} is not what {source_text(figure.source)} says")
        if not book.vouches_for(figure):
            raise UnboundNumber(f"{source_text(figure.source)} no longer gives the value at {start}")
    spans = iter(rendered.spans)
    span = next(spans, None)
    for match in NUMERIC.finditer(text):
        place = match.start()
        while span is not None and span.end <= place:
            span = next(spans, None)
        if span is None or place < span.start:
            raise UnboundNumber(f"the number at {place} has no source")
