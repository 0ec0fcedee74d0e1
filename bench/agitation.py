"""Measures the agitation engine on messages of writers whom training never saw, beside what one would use instead.

`make bench-agitation` (or `make bench`); with DATA=dir also on posts in six languages (BRIGHTER dev).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, cohen_kappa_score, roc_auc_score

from functions.sentiment_escalation.agitation.engine import EmbeddedEngine
from functions.sentiment_escalation.agitation.signals import SIGNALS
from training.agitation.data import CORPUS, Example, brighter, by_language, is_held_out, service_messages

type Scores = npt.NDArray[np.float64]


def recall_at(precision: float, truth: Scores, scores: Scores) -> float:
    """Greatest recall at which at least that share of what is found is right."""
    order = np.argsort(-scores, kind="stable")
    found = np.cumsum(truth[order])
    enough = found / np.arange(1, len(truth) + 1) >= precision
    return float(found[enough].max() / truth.sum()) if enough.any() else 0.0


def calibration_error(truth: Scores, probabilities: Scores, bins: int = 10) -> float:
    """Expected calibration error over bins of equal width."""
    place = np.minimum((probabilities * bins).astype(int), bins - 1)
    gaps = [
        abs(float(truth[place == b].mean()) - float(probabilities[place == b].mean())) * float((place == b).mean())
        for b in range(bins)
        if (place == b).any()
    ]
    return float(sum(gaps))


def row(name: str, truth: Scores, scores: Scores, *, calibrated: bool) -> str:
    """One line of figures."""
    ece = f"{calibration_error(truth, scores):6.3f}" if calibrated else "     –"
    return (
        f"  {name:<34} {roc_auc_score(truth, scores):6.3f} {average_precision_score(truth, scores):6.3f} "
        f"{recall_at(0.9, truth, scores):10.3f} {ece}"
    )


def others(language: str, training: list[Example]) -> dict[str, Callable[[list[str]], Scores]]:
    """What one would use instead, for that language."""
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True)
    model = LogisticRegression(C=10, max_iter=2000)
    model.fit(vectorizer.fit_transform([e.text for e in training]), [e.steps[1] for e in training])
    methods: dict[str, Callable[[list[str]], Scores]] = {
        "character n-grams, same data": lambda texts: model.predict_proba(vectorizer.transform(texts))[:, 1]
    }
    if language == "zh":
        from snownlp import SnowNLP

        methods["SnowNLP"] = lambda texts: np.asarray([1 - SnowNLP(text).sentiments for text in texts])
    if language == "en":
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        vader = SentimentIntensityAnalyzer()
        methods["VADER"] = lambda texts: np.asarray([-vader.polarity_scores(text)["compound"] for text in texts])
    return methods


def measure_held_out(engine: EmbeddedEngine) -> None:
    """Service messages of each held-out writer: agitated (grade ≥ 2) against not."""
    everything = list(service_messages())
    training = [example for example in everything if not is_held_out(example)]
    held_out = sorted({(e.writer, e.language) for e in everything if is_held_out(e)})
    for writer, language in held_out:
        examples = [e for e in everything if (e.writer, e.language) == (writer, language)]
        truth = np.asarray([example.steps[1] for example in examples])
        print(f"\nHeld-out writer {writer}, {language}: {len(examples)} messages, {int(truth.sum())} agitated")
        print(f"  {'':<34} {'AUC':>6} {'AP':>6} {'R at P=.90':>10} {'ECE':>6}")
        readings = [engine.read(example.text) for example in examples]
        print(row("this engine", truth, np.asarray([r.probability for r in readings]), calibrated=True))
        for name, method in others(language, training).items():
            scores = method([example.text for example in examples])
            print(row(name, truth, scores, calibrated=name.startswith("character")))
        grades = np.asarray([int(reading.grade) for reading in readings])
        graded = np.asarray([example.grade for example in examples])
        agreement = cohen_kappa_score(graded, grades, weights="quadratic")
        print(
            f"  grades: exact {float((grades == graded).mean()):.3f}, "
            f"within one {float((abs(grades - graded) <= 1).mean()):.3f}, quadratic kappa {agreement:.3f}"
        )
        wanted = _signals_of(writer, language)
        for signal in SIGNALS:
            found = {e.identity for e, r in zip(examples, readings, strict=True) if r.has(signal)}
            right = {e.identity for e in examples if signal in wanted[e.identity]}
            print(
                f"  signal {signal:<17} precision {len(found & right) / max(1, len(found)):.2f}, "
                f"recall {len(found & right) / max(1, len(right)):.2f} of {len(right)}"
            )


def _signals_of(writer: str, language: str) -> dict[str, list[str]]:
    lines = (CORPUS / f"{language}_{writer}.jsonl").read_text(encoding="utf-8").splitlines()
    return {row["id"]: row["signals"] for row in map(json.loads, filter(None, lines))}


def measure_posts(engine: EmbeddedEngine, data: Path) -> None:
    """Posts in six languages (BRIGHTER dev): anger ≥ 1 against none."""
    print(f"\nBRIGHTER dev, anger ≥ 1\n  {'':<34} {'AUC':>6} {'AP':>6} {'R at P=.90':>10} {'ECE':>6}")
    for language, examples in by_language(brighter(data, "dev")).items():
        truth = np.asarray([example.steps[1] for example in examples])
        scores = np.asarray([engine.read(example.text).probability for example in examples])
        print(row(f"this engine, {language} ({len(examples)})", truth, scores, calibrated=True))


def measure_cost() -> None:
    """Load time, memory and time a message, in a process of its own on one core."""
    told = subprocess.run(
        [sys.executable, "-m", "bench.agitation_cost"],
        capture_output=True,
        text=True,
        check=True,
        env={"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": ".", "PATH": ""},
    )
    print(told.stdout, end="")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder with brighter/")
    arguments = parser.parse_args()
    engine = EmbeddedEngine()
    print(f"Agitation engine {engine.version}")
    measure_held_out(engine)
    if arguments.data:
        measure_posts(engine, arguments.data)
    measure_cost()


if __name__ == "__main__":
    main()
