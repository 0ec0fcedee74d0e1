"""A second opinion on a message's mood, from a model that may fail: the interface between a room and its adapters."""

from typing import Protocol


class NoOpinion(Exception):
    """The other model failed, timed out, does not read the language, or answered something else than a number."""


class SecondOpinion(Protocol):
    """Another model's view of one message."""

    @property
    def name(self) -> str:
        """How a reading names it."""
        ...

    def probability(self, text: str, language: str) -> float:
        """Probability between 0 and 1 that the writer is agitated. Raises `NoOpinion`."""
        ...
