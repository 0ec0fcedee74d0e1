"""The embedded engine: no network, no accelerator, the same reading for the same text.

Two linear readers, one over the layers of a sentence encoder and one over hashed character n-grams, each trained once
on service messages and once on social posts; a last one says by the layers how much a text sounds like service. How
much each of the two counts depends on the language. Because all of it is linear but for the two top layers, the share
of every stretch of text in the score can be told.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from functions.sentiment_escalation.agitation.encoder import Array, Encoded, SentenceEncoder
from functions.sentiment_escalation.agitation.evidence import spans_that_counted, spread_over_characters
from functions.sentiment_escalation.agitation.language import MEASURED, detect_language
from functions.sentiment_escalation.agitation.ngrams import hashed_ngrams, values_of
from functions.sentiment_escalation.agitation.reading import Confidence, Grade, Reading
from functions.sentiment_escalation.agitation.signals import find_signals
from functions.sentiment_escalation.agitation.text import Canonical, canonicalise, scored_text

WEIGHTS = Path(__file__).with_name("weights.npz")
STEPS = ("dissatisfied", "agitated", "furious")
BALANCES = ("zh", "other")
_AGITATED, _DOMAIN = 1, 6
_UNDECIDED = (0.35, 0.65)


@dataclass(frozen=True, slots=True)
class Weights:
    """Trained numbers. Rows: service ≥ 1, ≥ 2, ≥ 3, then social ≥ 1, ≥ 2, ≥ 3; `levels` has one more, for the domain.

    `balance` says by `BALANCES` and row how much the levels and the n-grams count, and what is added.
    """

    version: str
    rarity: Array
    levels: Array
    grams: npt.NDArray[np.int8]
    gram_scale: Array
    level_bias: Array
    gram_bias: Array
    balance: Array
    centre: Array
    thresholds: tuple[float, float, float]
    tuned: dict[str, Array]

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Weights:
        """Read what the training script wrote."""
        with np.load(path, allow_pickle=False) as stored:
            low, high, furious = (float(value) for value in stored["thresholds"])
            return cls(
                version=str(stored["version"]),
                rarity=stored["rarity"].astype(np.float32) * np.float32(stored["rarity_scale"]),
                levels=stored["levels"].astype(np.float32),
                grams=np.ascontiguousarray(stored["grams"].T),
                gram_scale=stored["gram_scale"].astype(np.float32),
                level_bias=stored["level_bias"].astype(np.float32),
                gram_bias=stored["gram_bias"].astype(np.float32),
                balance=stored["balance"].astype(np.float32),
                centre=stored["centre"].astype(np.float32),
                thresholds=(low, high, furious),
                tuned={
                    name.removeprefix("tuned_"): stored[name].astype(np.float32)
                    for name in stored.files
                    if name.startswith("tuned_")
                },
            )


@dataclass(frozen=True, slots=True)
class Score:
    """Probabilities of grade ≥ 1, ≥ 2, ≥ 3, and what is needed to explain the second.

    `level_row` are the weights under which the levels entered it; `gram_shares` has the log-odds of each n-gram, in the
    order of `hashed_ngrams`.
    """

    steps: Array
    encoded: Encoded
    level_row: Array
    gram_shares: Array


class EmbeddedEngine:
    """Reads messages; holds about 140 MB once loaded and may be shared between threads."""

    def __init__(self, weights: Weights | None = None, encoder: SentenceEncoder | None = None) -> None:
        self._weights = weights or Weights.load()
        self._encoder = encoder or SentenceEncoder(self._weights.tuned)

    @property
    def version(self) -> str:
        """Name of the trained weights; it changes whenever a score may change."""
        return self._weights.version

    def read(self, text: str) -> Reading:
        """Read one message; an empty one is calm, with low confidence."""
        canonical = canonicalise(text)
        language = detect_language(canonical.text)
        signals = find_signals(canonical, language)
        said, places = scored_text(canonical)
        if not any(character.isalpha() for character in said):
            return Reading(self._blank(said), Grade.CALM, signals, (), language, "low", self.version)
        score = self._score(said, language)
        probability = float(score.steps[_AGITATED])
        evidence = spans_that_counted(canonical, said, places, self._character_weights(said, score))
        grade = self._grade(score.steps)
        confidence = self._confidence(probability, language, canonical)
        return Reading(round(probability, 6), grade, signals, evidence, language, confidence, self.version)

    def probabilities(self, text: str) -> Array:
        """Only the probabilities of grade ≥ 1, ≥ 2 and ≥ 3, without evidence; for measuring."""
        canonical = canonicalise(text)
        return self._score(scored_text(canonical)[0], detect_language(canonical.text)).steps

    def _score(self, said: str, language: str) -> Score:
        weights = self._weights
        encoded = self._encoder.encode(said)
        buckets = hashed_ngrams(said)
        distinct, inverse, counts = np.unique(buckets, return_inverse=True, return_counts=True)
        values = values_of(distinct, counts, weights.rarity)
        grams = weights.grams[distinct].astype(np.float32) * weights.gram_scale
        of_levels, of_grams, added = weights.balance[balance_of(language)].T
        by_levels = weights.levels @ encoded.levels + weights.level_bias
        by_grams = values @ grams + weights.gram_bias
        logits = of_levels * by_levels[:_DOMAIN] + of_grams * by_grams + added
        domain = _logistic(float(by_levels[_DOMAIN]))
        share = np.asarray([domain, 1 - domain], dtype=np.float32)
        mixed = share[0] * logits[:3] + share[1] * logits[3:]
        steps = np.asarray([_logistic(float(logit)) for logit in mixed], dtype=np.float32)
        steps = np.minimum.accumulate(np.asarray([max(steps[0], steps[1]), steps[1], steps[2]], dtype=np.float32))
        told = [_AGITATED, 3 + _AGITATED]
        level_row: Array = (share * of_levels[told]) @ weights.levels[told]
        gram_row = grams[:, told] @ (share * of_grams[told])
        return Score(steps, encoded, level_row, (values * gram_row / counts)[inverse].astype(np.float32))

    def _character_weights(self, said: str, score: Score) -> Array:
        pieces = self._encoder.piece_weights(score.encoded, score.level_row, self._weights.centre)
        return spread_over_characters(said, score.encoded.pieces, pieces, score.gram_shares)

    def _grade(self, steps: Array) -> Grade:
        reached = 0
        for step, threshold in zip(steps, self._weights.thresholds, strict=True):
            if step < threshold:
                break
            reached += 1
        return Grade(reached)

    @staticmethod
    def _confidence(probability: float, language: str, canonical: Canonical) -> Confidence:
        undecided = _UNDECIDED[0] < probability < _UNDECIDED[1]
        letters = sum(character.isalpha() for character in canonical.text)
        return "low" if undecided or language not in MEASURED or letters < 2 else "high"

    @staticmethod
    def _blank(said: str) -> float:
        return 0.05 if not said else 0.1


def balance_of(language: str) -> int:
    """Place in `BALANCES` of a language."""
    return 0 if language == BALANCES[0] else 1


def _logistic(value: float) -> float:
    return float(1 / (1 + np.exp(-np.clip(value, -30, 30))))


_lock = threading.Lock()


def embedded_engine() -> EmbeddedEngine:
    """The engine of this process, loaded on first use and kept."""
    with _lock:
        return _loaded()


@cache
def _loaded() -> EmbeddedEngine:
    return EmbeddedEngine()
