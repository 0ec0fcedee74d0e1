"""Score a message with the agitation engine, in the form in which conversations keep it."""

from functions.sentiment_escalation.agitation.reading import AgitationEngine, Reading
from shared.domain.conversations import Evidence, Score

MOST_EVIDENCE = 6
"""Stretches that are kept of a message: those that moved the score most."""


def score_message(words: str, engine: AgitationEngine) -> Score:
    """How agitated the writer is, with the words that say so."""
    return as_score(engine.read(words))


def as_score(reading: Reading) -> Score:
    """An answer of the engine as it is kept; times and weights rounded, so that the same text is the same item."""
    strongest = sorted(reading.evidence, key=lambda found: -abs(found.weight))[:MOST_EVIDENCE]
    return Score(
        probability=round(float(reading.probability), 4),
        grade=int(reading.grade),
        evidence=tuple(
            Evidence(start=e.span.start, end=e.span.end, words=e.span.text, weight=round(float(e.weight), 3))
            for e in sorted(strongest, key=lambda found: found.span.start)
        ),
        signals=tuple(
            Evidence(start=span.start, end=span.end, words=span.text, signal=signal.name)
            for signal in reading.signals
            for span in signal.spans[:3]
        ),
        language=reading.language,
        confidence=str(reading.confidence),
        version=reading.engine_version,
    )
