"""What the engine says of a message, and the interface behind which other engines may stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, Protocol

Confidence = Literal["high", "low"]


class Grade(IntEnum):
    """How agitated the writer is; not how bad the matter is."""

    CALM = 0
    DISSATISFIED = 1
    AGITATED = 2
    FURIOUS = 3


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the message as the writer typed it: half-open indices into the original text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """A stretch that moved the score, with its share in log-odds: positive towards agitated."""

    span: Span
    weight: float


@dataclass(frozen=True, slots=True)
class Signal:
    """A request or threat that was found by rule, whatever the score is; `spans` show where."""

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole answer. `probability` is the calibrated probability that the writer is agitated (grade 2 or 3)."""

    probability: float
    grade: Grade
    signals: tuple[Signal, ...]
    evidence: tuple[Evidence, ...]
    language: str
    confidence: Confidence
    engine_version: str
    opinions: tuple[str, ...] = field(default=())

    def has(self, signal: str) -> bool:
        """Whether a signal of that name was found."""
        return any(found.name == signal for found in self.signals)


class AgitationEngine(Protocol):
    """Reads one message. The same text always gets the same reading."""

    def read(self, text: str) -> Reading:
        """Read a message of any length; what lies beyond 8,000 characters is not read."""
        ...
