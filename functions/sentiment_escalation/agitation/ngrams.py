"""Hashed character n-grams of a canonical text, weighted by rarity: the engine's eye for wording and spelling."""

from __future__ import annotations

from zlib import crc32

import numpy as np
import numpy.typing as npt

BITS = 18
LONGEST = 4
_MASK = (1 << BITS) - 1


def hashed_ngrams(text: str) -> npt.NDArray[np.int64]:
    """Bucket of every n-gram of one to four characters, by length, then by place."""
    encoded = [character.encode("utf-8", "replace") for character in text]
    rows: list[int] = []
    for size in range(1, LONGEST + 1):
        rows.extend(crc32(b"".join(encoded[i : i + size])) & _MASK for i in range(len(encoded) - size + 1))
    return np.asarray(rows, dtype=np.int64)


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
