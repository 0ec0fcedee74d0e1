"""Texts that nobody graded, for the teachers to judge: two texts of one kind and language, cut at a break and joined.

Distilling into a small network wants more text than there is; a sentence that begins like one message and ends like
another is still in the language of both.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from training.agitation.data import UNKNOWN, Example

MIXED = "mixed"
"""Domain of a splice of a service message and a post, which belongs to neither."""
SPLICES = {
    ("service", "zh"): 24_000,
    ("service", "en"): 24_000,
    ("brighter", "zh"): 12_000,
    ("brighter", "en"): 9_000,
    ("brighter", "de"): 12_000,
    ("brighter", "es"): 4_000,
    ("brighter", "pt"): 4_000,
    ("brighter", "ru"): 4_000,
    ("goemotions", "en"): 10_000,
    (MIXED, "zh"): 5_000,
    (MIXED, "en"): 5_000,
}
WITHOUT_LEFT_OUT = 0.75
"""Share of splices made of nothing that is left out when tuning for calibration."""
_BREAK = re.compile(r"[。！？!?.,，、;；\s…~～]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A text to cut, and whether it is left out when tuning for calibration."""

    example: Example
    left_out: bool


def splices(sources: Sequence[Source], chance: random.Random) -> Iterator[Source]:
    """Splices of all kinds in `SPLICES`."""
    for (domain, language), count in SPLICES.items():
        parts = ("service", "brighter") if domain == MIXED else (domain, domain)
        pools = [[s for s in sources if s.example.domain == part and s.example.language == language] for part in parts]
        kept = [[source for source in pool if not source.left_out] for pool in pools]
        for number in range(count):
            safe = number < WITHOUT_LEFT_OUT * count
            first, second = (chance.choice(pool) for pool in (kept if safe else pools))
            if domain == MIXED and chance.random() < 0.5:
                first, second = second, first
            text = _splice(first.example.text, second.example.text, " " if language != "zh" else "", chance)
            unknown = (UNKNOWN, UNKNOWN, UNKNOWN)
            yield Source(Example(text, language, domain, "", unknown), left_out=not safe)


def _splice(first: str, second: str, space: str, chance: random.Random) -> str:
    """Head and tail of two texts, or a part of one, or one whole with a tail of the other."""
    way = chance.random()
    if way < 0.5:
        return _head(first, chance) + space + _tail(second, chance)
    if way < 0.65:
        return _head(first, chance)
    if way < 0.8:
        return _tail(first, chance)
    if way < 0.9:
        return first + space + _tail(second, chance)
    return _head(second, chance) + space + first


def _breaks(text: str) -> list[int]:
    return [match.end() for match in _BREAK.finditer(text) if 2 < match.end() < len(text) - 2]


def _head(text: str, chance: random.Random) -> str:
    breaks = _breaks(text)
    return text[: chance.choice(breaks)].strip() if breaks else text


def _tail(text: str, chance: random.Random) -> str:
    breaks = _breaks(text)
    return text[chance.choice(breaks) :].strip() if breaks else text
