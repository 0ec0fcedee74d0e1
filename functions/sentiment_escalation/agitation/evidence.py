"""Which stretches of a message moved its score, told in the writer's own characters."""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from functions.sentiment_escalation.agitation.encoder import Array
from functions.sentiment_escalation.agitation.ngrams import LONGEST
from functions.sentiment_escalation.agitation.reading import Evidence, Span
from functions.sentiment_escalation.agitation.text import Canonical

MOST_SPANS = 3
_SMALLEST = 0.1
_CLAUSE = re.compile(r"[^,，、。.!?;:\n]+[,，、。.!?;:\n]*")
_WORD_EDGE = re.compile(r"[\s,，、。.!?;:\"'()]")


def spread_over_characters(
    said: str,
    pieces: tuple[str, ...],
    piece_weights: Array,
    gram_shares: Array,
) -> Array:
    """Log-odds that each character of the scored text carries, through the encoder's pieces and through n-grams."""
    weights = np.zeros(len(said), dtype=np.float32)
    position = 0
    for piece, weight in zip(pieces, piece_weights, strict=True):
        letters = piece.replace("▁", "")
        if not letters or piece in ("<s>", "</s>"):
            continue
        while position < len(said) and said[position].isspace():
            position += 1
        end = min(len(said), position + (len(letters) if piece != "<unk>" else 1))
        if end > position:
            weights[position:end] += weight / np.float32(end - position)
        position = end
    first = 0
    for size in range(1, LONGEST + 1):
        count = len(said) - size + 1
        if count > 0:
            share = np.ones(size, dtype=np.float32) / np.float32(size)
            weights += np.convolve(gram_shares[first : first + count], share)
            first += count
    return weights


def spans_that_counted(
    canonical: Canonical, said: str, places: npt.NDArray[np.int64], weights: Array
) -> tuple[Evidence, ...]:
    """The clauses with the greatest share, either way, narrowed to the words that carry it; strongest first."""
    found: list[Evidence] = []
    for match in _CLAUSE.finditer(said):
        start, end = _narrowed(said, weights, match.start(), match.end())
        weight = float(weights[start:end].sum())
        known = [int(place) for place in places[start:end] if place >= 0]
        if abs(weight) >= _SMALLEST and known:
            first, last = canonical.original_span(min(known), max(known) + 1)
            found.append(Evidence(Span(first, last, canonical.original[first:last]), round(weight, 4)))
    found.sort(key=lambda evidence: (-abs(evidence.weight), evidence.span.start))
    return tuple(found[:MOST_SPANS])


def _narrowed(said: str, weights: Array, start: int, end: int) -> tuple[int, int]:
    """The part of a clause whose characters add up to most in the clause's own direction, in whole words."""
    total = float(weights[start:end].sum())
    sign = 1.0 if total >= 0 else -1.0
    best, best_start, best_end = 0.0, start, end
    running, running_start = 0.0, start
    for index in range(start, end):
        value = sign * float(weights[index])
        if running <= 0:
            running, running_start = 0.0, index
        running += value
        if running > best:
            best, best_start, best_end = running, running_start, index + 1
    while best_start > start and _inside_word(said, best_start):
        best_start -= 1
    while best_end < end and _inside_word(said, best_end):
        best_end += 1
    while best_start < best_end and _WORD_EDGE.match(said[best_start]):
        best_start += 1
    while best_end > best_start and _WORD_EDGE.match(said[best_end - 1]):
        best_end -= 1
    return best_start, best_end


def _inside_word(said: str, index: int) -> bool:
    """Whether a cut before `index` would part an alphabetic word."""
    before, after = said[index - 1], said[index]
    return before.isalnum() and after.isalnum() and before < "\u2e80" and after < "\u2e80"
