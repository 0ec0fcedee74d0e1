"""A second opinion from another model, off by default: it may move the embedded score, never replace or delay it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from functions.sentiment_escalation.agitation.reading import AgitationEngine, Grade, Reading
from shared.domain.opinions import NoOpinion, SecondOpinion

FURTHEST = 0.25
"""How far all opinions together may move the probability: they were not measured on service messages."""


@dataclass(frozen=True, slots=True)
class EngineWithOpinions:
    """The embedded engine, with other models asked where it is undecided; any that fails is left out."""

    engine: AgitationEngine
    opinions: Sequence[SecondOpinion]
    undecided: tuple[float, float] = (0.2, 0.8)

    def read(self, text: str) -> Reading:
        """The embedded reading, moved by at most `FURTHEST` towards the mean of the opinions that were given."""
        reading = self.engine.read(text)
        if not self.undecided[0] <= reading.probability <= self.undecided[1]:
            return reading
        given: dict[str, float] = {}
        for opinion in self.opinions:
            try:
                given[opinion.name] = min(1.0, max(0.0, opinion.probability(text, reading.language)))
            except NoOpinion:
                continue
        if not given:
            return reading
        mean = sum(given.values()) / len(given)
        moved = reading.probability + FURTHEST * (mean - reading.probability)
        return replace(reading, probability=round(moved, 6), grade=_grade(reading, moved), opinions=tuple(given))


def _grade(reading: Reading, probability: float) -> Grade:
    """The grade follows only across the middle, since other models tell no grades."""
    if probability >= 0.5 > reading.probability and reading.grade < Grade.AGITATED:
        return Grade.AGITATED
    if probability < 0.5 <= reading.probability and reading.grade >= Grade.AGITATED:
        return Grade.DISSATISFIED
    return reading.grade
