"""Trains the agitation engine and writes its weights: `make train DATA=../shared/data/agitation`.

Recipe: layers of the fine-tuned sentence encoder (`finetune.py`) and hashed character n-grams; for each of grade ≥ 1,
≥ 2, ≥ 3 a logistic reader on service messages and one on social posts (anger in BRIGHTER, reproach in GoEmotions), and
one, of the layers alone, that tells the two kinds apart. The balance of encoder and n-grams (for Chinese and for all
other languages, since the encoder's pieces suit Chinese less), calibration and grade thresholds come from writers and
posts that neither an encoder tuned for the purpose nor its readers saw (`--tuned-fold`); without one the last ones are
taken from calibration.json. The held-out writers are never read here.
"""

from __future__ import annotations

import argparse
import hashlib
import itertools
import json
import pickle
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from functions.sentiment_escalation.agitation.encoder import SentenceEncoder
from functions.sentiment_escalation.agitation.engine import BALANCES, WEIGHTS, Weights, balance_of
from functions.sentiment_escalation.agitation.ngrams import BITS, hashed_ngrams, vector
from functions.sentiment_escalation.agitation.text import canonicalise, scored_text
from training.agitation.augment import variants
from training.agitation.data import (
    FOLD_POSTS,
    FOLD_WRITERS,
    UNKNOWN,
    Example,
    is_held_out,
    service_messages,
    shuffled_posts,
)

Floats = npt.NDArray[np.float32]

CALIBRATION = Path(__file__).with_name("calibration.json")
GOEMOTIONS_SHARE = 5_000
LEVEL_STRENGTH = {"service": 0.001, "social": 0.00005, "domain": 0.002}
GRAM_STRENGTH = {"service": 10.0, "social": 5.0}
SOCIAL_GOEMOTIONS_WEIGHT = 0.25
KAPPA_NOISE = 0.01
"""About one standard error of kappa on the two thousand messages left out."""
DOMAIN_LEAN = 1.0
"""Log-odds by which a text is sooner taken for service; chosen on what was left out (docs/model_card.md)."""


@dataclass(frozen=True)
class Table:
    """Examples with what both readers see of them."""

    examples: list[Example]
    levels: Floats
    centres: Floats
    buckets: list[npt.NDArray[np.int64]]

    def rows(self, keep: Sequence[int] | npt.NDArray[np.int64]) -> Table:
        """The table of some of its rows."""
        return Table([self.examples[i] for i in keep], self.levels[keep], self.centres, [self.buckets[i] for i in keep])

    def step(self, index: int) -> Floats:
        """Truth of grade ≥ index + 1, −1 where unknown."""
        return np.asarray([example.steps[index] for example in self.examples], dtype=np.float32)


@dataclass(frozen=True)
class Reader:
    """Two linear readers of the same question, one for each view; `balance_of` says how they are added."""

    at_levels: Floats
    at_grams: Floats
    level_bias: float
    gram_bias: float

    def views(self, table: Table, grams: csr_matrix) -> tuple[Floats, Floats]:
        """Log-odds of each row, by its levels and by its n-grams."""
        return (
            np.asarray(table.levels @ self.at_levels + self.level_bias, dtype=np.float32),
            np.asarray(grams @ self.at_grams + self.gram_bias, dtype=np.float32),
        )


class Seer:
    """Turns texts into levels and n-grams, remembering levels between runs when given a cache file."""

    def __init__(self, cache: Path | None, tuned: dict[str, Floats]) -> None:
        self._encoder = SentenceEncoder(tuned)
        self._features = len(tuned["ln_g"])
        self._cache_file = cache
        self._cache: dict[str, Floats] = {}
        if cache and cache.exists():
            self._cache = pickle.loads(cache.read_bytes())  # noqa: S301 - the script's own file

    def see(self, examples: list[Example]) -> Table:
        """Levels and n-grams of examples."""
        texts = [scored_text(canonicalise(example.text))[0] for example in examples]
        for text in texts:
            if text not in self._cache:
                self._cache[text] = self._encoder.encode(text).levels.astype(np.float16)
        levels = np.stack([self._cache[text] for text in texts]).astype(np.float32)
        centre = levels[:, : self._features].mean(axis=0) / 2
        return Table(examples, levels, centre.astype(np.float32), [hashed_ngrams(text) for text in texts])

    def keep(self) -> None:
        """Write the cache."""
        if self._cache_file:
            self._cache_file.write_bytes(pickle.dumps(self._cache))


def gram_matrix(table: Table, rarity: Floats) -> csr_matrix:
    """Sparse n-gram vectors, one row for each example."""
    rows = [vector(buckets, rarity) for buckets in table.buckets]
    starts = np.concatenate([[0], np.cumsum([len(indices) for indices, _ in rows])])
    indices = np.concatenate([indices for indices, _ in rows])
    values = np.concatenate([values for _, values in rows])
    return csr_matrix((values, indices, starts), shape=(len(rows), 1 << BITS))


def rarity_of(table: Table) -> Floats:
    """Smoothed inverse document frequency of every bucket, in steps that fit one byte.

    Of service messages alone: with posts in six languages counted in, what is rare among service messages no longer
    shows, and the n-gram reader lost 0.015 AUC on Chinese writers who had been left out.
    """
    seen = np.zeros(1 << BITS, dtype=np.float32)
    for buckets in table.buckets:
        seen[np.unique(buckets)] += 1
    rarity = np.log((1 + len(table.buckets)) / (1 + seen)) + 1
    rounded: Floats = (np.round(rarity / rarity.max() * 255) / 255 * rarity.max()).astype(np.float32)
    return rounded


def logistic(features: Any, truth: Floats, strength: float, weights: Floats | None = None) -> tuple[Floats, float]:
    """Coefficients and intercept of an L2 logistic regression."""
    known = truth >= 0
    model = LogisticRegression(C=strength, max_iter=400, tol=1e-3)
    model.fit(features[known], truth[known] > 0.5, sample_weight=None if weights is None else weights[known])
    return model.coef_[0].astype(np.float32), float(model.intercept_[0])


@dataclass(frozen=True)
class Scale:
    """Mean and spread of levels, by which the encoder's reader is regularised evenly."""

    mean: Floats
    spread: Floats

    @classmethod
    def of(cls, levels: Floats) -> Scale:
        """Of a sample of levels."""
        spread = levels.std(axis=0)
        return cls(levels.mean(axis=0), spread + 0.1 * spread.mean())

    def __call__(self, levels: Floats) -> Floats:
        """Standardised levels."""
        return np.asarray((levels - self.mean) / self.spread, dtype=np.float32)


def fit_levels(
    table: Table, truth: Floats, kind: str, scale: Scale, weights: Floats | None = None
) -> tuple[Floats, float]:
    """A reader of levels, on their own scale."""
    at_levels, bias = logistic(scale(table.levels), truth, LEVEL_STRENGTH[kind], weights)
    raw = (at_levels / scale.spread).astype(np.float32)
    return raw, bias - float(raw @ scale.mean)


def fit(
    table: Table, grams: csr_matrix, truth: Floats, kind: str, scale: Scale, weights: Floats | None = None
) -> Reader:
    """A reader for each view."""
    at_levels, level_bias = fit_levels(table, truth, kind, scale, weights)
    at_grams, gram_bias = logistic(grams, truth, GRAM_STRENGTH[kind], weights)
    return Reader(at_levels, at_grams, level_bias, gram_bias)


def stacked(first: Floats, second: Floats, truth: Floats) -> tuple[float, float, float]:
    """Weights of two log-odds and a bias under which their sum is calibrated; the second counts for nothing if less."""
    known = truth >= 0
    model = LogisticRegression(C=1e4, max_iter=1000)
    model.fit(np.stack([first[known], second[known]], axis=1), truth[known] > 0.5)
    if model.coef_[0][1] < 0:
        model.fit(np.stack([first[known], np.zeros_like(first[known])], axis=1), truth[known] > 0.5)
    return float(model.coef_[0][0]), float(model.coef_[0][1]), float(model.intercept_[0])


def quantised(rows: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Rows in one byte a number, each with its own scale."""
    peak = np.abs(rows).max(axis=1)
    limit = np.quantile(np.abs(rows), 0.9995, axis=1)
    limit = np.maximum(limit, peak / 4)
    limit[limit == 0] = 1
    return np.clip(np.round(rows / limit[:, None] * 127), -127, 127).astype(np.int8), (limit / 127).astype(np.float32)


def with_variants(examples: list[Example]) -> list[Example]:
    """Service messages with the ways in which the same message may be typed."""
    return [variant for example in examples for variant in (example, *variants(example))]


def calibrate(seer: Seer, service: list[Example], social: list[Example], left_posts: list[Example]) -> dict[str, Any]:
    """Balance of both views and grade thresholds, from what the seer's encoder was not tuned on."""
    seen = seer.see(with_variants([e for e in service if e.writer not in FOLD_WRITERS]))
    left = seer.see([e for e in service if e.writer in FOLD_WRITERS])
    posts, spare = seer.see(social), seer.see(left_posts)
    seer.keep()
    rarity = rarity_of(seen)
    scale = Scale.of(np.concatenate([seen.levels, posts.levels[:4000]]))
    grams = {id(table): gram_matrix(table, rarity) for table in (seen, left, posts, spare)}
    found: dict[str, Any] = {kind: {balance: [] for balance in BALANCES} for kind in ("service", "social")}
    logits: dict[str, Floats] = {
        "service": np.zeros((3, len(left.examples)), dtype=np.float32),
        "social": np.zeros((3, len(left_posts)), dtype=np.float32),
    }
    for kind, table, other in (("service", seen, left), ("social", posts, spare)):
        groups = np.asarray([balance_of(example.language) for example in other.examples])
        for step in range(3):
            reader = fit(table, grams[id(table)], table.step(step), kind, scale, trust_of(table, kind))
            by_levels, by_grams = reader.views(other, grams[id(other)])
            truth = other.step(step)
            for number, balance in enumerate(BALANCES):
                own = groups == number
                weights = stacked(by_levels[own], by_grams[own], truth[own])
                found[kind][balance].append([round(weight, 4) for weight in weights])
                logits[kind][step, own] = weights[0] * by_levels[own] + weights[1] * by_grams[own] + weights[2]
            report(f"{kind}, step {step + 1}", other, step, logits[kind][step])
    found["thresholds"] = thresholds(left, logits["service"])
    return found


def trust_of(table: Table, kind: str) -> Floats | None:
    """Weights of social posts: comments count a quarter, since their labels are of another kind."""
    if kind != "social":
        return None
    comments = np.asarray([example.domain == "goemotions" for example in table.examples])
    return np.where(comments, np.float32(SOCIAL_GOEMOTIONS_WEIGHT), np.float32(1)).astype(np.float32)


def main() -> None:
    """Train, calibrate, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with brighter/ and goemotions/")
    parser.add_argument("--tuned", type=Path, help="layers from finetune.py; else those of the present weights")
    parser.add_argument("--tuned-fold", type=Path, help="layers from finetune.py --fold, to calibrate anew")
    parser.add_argument("--cache", type=Path, help="folder that keeps the encoder's answers between runs")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    began = time.monotonic()
    if arguments.cache:
        arguments.cache.mkdir(parents=True, exist_ok=True)

    own = [example for example in service_messages() if not is_held_out(example)]
    posts, comments = shuffled_posts(arguments.data)
    usable = [example for example in comments if example.steps[1] != UNKNOWN]
    if arguments.tuned_fold:
        cache = arguments.cache and arguments.cache / "fold.pkl"
        fold_seer = Seer(cache, layers(arguments.tuned_fold))
        share = (
            posts[: FOLD_POSTS // 2] + [e for e in comments[:5_000] if e.steps[1] != UNKNOWN][: GOEMOTIONS_SHARE // 2]
        )
        CALIBRATION.write_text(
            json.dumps(calibrate(fold_seer, own, share, posts[FOLD_POSTS:]), indent=2) + "\n", encoding="utf-8"
        )
    calibration = json.loads(CALIBRATION.read_text(encoding="utf-8"))

    tuned = layers(arguments.tuned) if arguments.tuned else Weights.load().tuned
    seer = Seer(arguments.cache and arguments.cache / "all.pkl", tuned)
    service = seer.see(with_variants(own))
    social = seer.see([*posts, *usable[:GOEMOTIONS_SHARE]])
    seer.keep()
    print(f"{len(own)} service messages ({len(service.examples)} with variants), {len(social.examples)} social posts")
    rarity = rarity_of(service)
    scale = Scale.of(np.concatenate([service.levels, social.levels[:4000]]))
    service_grams, social_grams = gram_matrix(service, rarity), gram_matrix(social, rarity)
    readers = [
        fit(table, grams, table.step(step), kind, scale, trust_of(table, kind))
        for kind, table, grams in (("service", service, service_grams), ("social", social, social_grams))
        for step in range(3)
    ]
    both = Table(
        service.examples + social.examples,
        np.concatenate([service.levels, social.levels]),
        service.centres,
        service.buckets + social.buckets,
    )
    is_service = np.concatenate([np.ones(len(service.examples)), np.zeros(len(social.examples))]).astype(np.float32)
    domain, domain_bias = fit_levels(both, is_service, "domain", scale)
    balance = [[*calibration["service"][b], *calibration["social"][b]] for b in BALANCES]
    write(
        arguments.out,
        readers,
        (domain, domain_bias + DOMAIN_LEAN),
        balance,
        rarity,
        service.centres,
        calibration["thresholds"],
        tuned,
    )
    print(f"{arguments.out.name}: {arguments.out.stat().st_size / 1e6:.2f} MB, {time.monotonic() - began:.0f} s")


def layers(path: Path) -> dict[str, Floats]:
    """Tuned layers as `finetune.py` wrote them."""
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


def report(what: str, table: Table, step: int, logits: Floats) -> None:
    """AUC by writer and language, of what was left out."""
    truth = table.step(step)
    groups = np.asarray([f"{example.writer} {example.language}".strip() for example in table.examples])
    told = [
        f"{group} {roc_auc_score(truth[groups == group], logits[groups == group]):.3f}"
        for group in np.unique(groups)
        if 0 < truth[groups == group].mean() < 1
    ]
    print(f"left out, {what}: AUC " + ", ".join(told), flush=True)


def thresholds(left: Table, logits: Floats) -> list[float]:
    """Probability from which each grade is reached, by agreement (quadratic kappa) out of fold.

    Of all that agree as well as the best but for `KAPPA_NOISE`, those nearest to one half are taken: the probabilities
    are calibrated already.
    """
    probabilities = 1 / (1 + np.exp(-logits))
    grades = np.asarray([example.grade for example in left.examples])
    found: list[tuple[float, tuple[float, ...]]] = []
    for limits in itertools.product(np.arange(0.35, 0.66, 0.05), repeat=3):
        reached = probabilities >= np.asarray(limits)[:, None]
        guessed = np.minimum.accumulate(reached, axis=0).sum(axis=0)
        found.append((float(cohen_kappa_score(grades, guessed, weights="quadratic")), limits))
    best = max(kappa for kappa, _ in found)
    near = [(kappa, limits) for kappa, limits in found if kappa >= best - KAPPA_NOISE]
    kappa, chosen = min(near, key=lambda each: sum((limit - 0.5) ** 2 for limit in each[1]))
    print(f"grades: quadratic kappa {kappa:.3f} (best {best:.3f}) at {np.round(chosen, 2).tolist()}")
    return [round(float(limit), 2) for limit in chosen]


def write(
    path: Path,
    readers: list[Reader],
    domain: tuple[Floats, float],
    balance: list[list[list[float]]],
    rarity: Floats,
    centre: Floats,
    limits: list[float],
    tuned: dict[str, Floats],
) -> None:
    """Write weights in one file; its version names its content."""
    grams, gram_scale = quantised(np.stack([reader.at_grams for reader in readers]))
    rarity_scale = float(rarity.max()) / 255
    arrays: dict[str, Any] = {
        "levels": np.stack([*(reader.at_levels for reader in readers), domain[0]]).astype(np.float16),
        "grams": grams,
        "gram_scale": gram_scale,
        "level_bias": np.asarray([*(reader.level_bias for reader in readers), domain[1]], dtype=np.float32),
        "gram_bias": np.asarray([reader.gram_bias for reader in readers], dtype=np.float32),
        "balance": np.asarray(balance, dtype=np.float32),
        "rarity": np.round(rarity / rarity_scale).astype(np.uint8),
        "rarity_scale": np.float32(rarity_scale),
        "centre": centre.astype(np.float16),
        "thresholds": np.asarray(limits),
        **{f"tuned_{name}": layer.astype(np.float16) for name, layer in tuned.items()},
    }
    digest = hashlib.sha256(b"".join(np.ascontiguousarray(array).tobytes() for array in arrays.values())).hexdigest()
    version = f"1.0.0+{digest[:8]}"
    np.savez_compressed(path, version=np.asarray(version), **arrays)
    print(json.dumps({"version": version}))


if __name__ == "__main__":
    main()
