"""Other ways in which the same service message may be typed; each keeps its grade."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace

from training.agitation.data import Example

_MARKS = re.compile(r"[!?！？。.,，、;；~～…\"“”']+")


def variants(example: Example) -> Iterator[Example]:
    """Without punctuation, and with slips of the finger; the identity ends in `'` so that they can be told apart."""
    chance = random.Random(example.identity)
    bare = _MARKS.sub(" ", example.text)
    if bare.strip() and bare != example.text:
        yield replace(example, text=bare, identity=example.identity + "'")
    slipped = _with_slips(example.text, chance)
    if slipped != example.text:
        yield replace(example, text=slipped, identity=example.identity + "''")


def _with_slips(text: str, chance: random.Random) -> str:
    characters = list(text)
    for index in range(1, len(characters) - 1):
        if characters[index].isalpha() and chance.random() < 0.03:
            if chance.random() < 0.5:
                characters[index] = ""
            else:
                characters[index], characters[index - 1] = characters[index - 1], characters[index]
    return "".join(characters)
