"""Hashed character n-grams of a canonical text, weighted by rarity: the engine's eye for wording and spelling."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BITS = 19
LONGEST = 4
_STEP = np.uint64(0x100000001B3)
_SCATTER = np.uint64(0x9E3779B97F4A7C15)


def hashed_ngrams(text: str) -> npt.NDArray[np.int64]:
    """Bucket of every n-gram of one to four characters, by length, then by place.

    A polynomial over the code points modulo 2⁶⁴, scattered by Fibonacci hashing (Knuth, TAOCP vol. 3, 6.4).
    """
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    grams = np.zeros(len(codes) + 1, dtype=np.uint64)
    rows: list[npt.NDArray[np.uint64]] = []
    for size in range(1, min(LONGEST, len(codes)) + 1):
        grams = grams[:-1] * _STEP + codes[size - 1 :] + np.uint64(1)
        rows.append((grams * _SCATTER) >> np.uint64(64 - BITS))
    return np.concatenate(rows).astype(np.int64) if rows else np.empty(0, dtype=np.int64)


def vector(
    buckets: npt.NDArray[np.int64], rarity: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Distinct buckets and their values: (1 + ln count) × rarity, of unit length."""
    distinct, counts = np.unique(buckets, return_counts=True)
    return distinct, values_of(distinct, counts, rarity)


def values_of(
    distinct: npt.NDArray[np.int64], counts: npt.NDArray[np.int64], rarity: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Values of counted buckets, of unit length."""
    values = (1 + np.log(counts.astype(np.float32))) * rarity[distinct]
    length = float(np.sqrt(values @ values))
    return (values / np.float32(length) if length else values).astype(np.float32)
