"""Reads what the agitation engine learns from: the project's service messages and two public sets of social posts."""

from __future__ import annotations

import csv
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).with_name("corpus")
HELD_OUT_WRITERS = ("c", "h")
FOLD_WRITERS = ("b", "e")
"""Left out, with the posts from `FOLD_POSTS` on, when the encoder is tuned once more to calibrate on them."""
FOLD_POSTS = 12_000
BRIGHTER_LANGUAGES = {"chn": "zh", "eng": "en", "deu": "de", "esp": "es", "ptbr": "pt", "rus": "ru"}
EMOTIONS = ("anger", "disgust", "fear", "joy", "sadness", "surprise")
_REPROACH = {"anger", "annoyance"}
_UNCERTAIN = {"disapproval", "disgust", "disappointment"}
UNKNOWN = -1.0


@dataclass(frozen=True, slots=True)
class Example:
    """One text with what is known of it. `steps` says for each of grade ≥ 1, ≥ 2, ≥ 3 how true it is, −1 unknown."""

    text: str
    language: str
    domain: str
    writer: str
    steps: tuple[float, float, float]
    emotions: tuple[float, ...] = ()
    labels: tuple[int, ...] = ()
    grade: int = -1
    identity: str = ""


def service_messages(folder: Path = CORPUS) -> Iterator[Example]:
    """The project's own graded messages, all writers, held-out ones included (see `is_held_out`)."""
    for path in sorted(folder.glob("*.jsonl")):
        writer = path.stem.rpartition("_")[2]
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip():
                row = json.loads(line)
                grade = int(row["grade"])
                steps = (float(grade >= 1), float(grade >= 2), float(grade >= 3))
                yield Example(row["text"], row["lang"], "service", writer, steps, grade=grade, identity=str(row["id"]))


def is_held_out(example: Example) -> bool:
    """Whether the message comes from a writer whom training, calibration and thresholds must never see."""
    return example.writer in HELD_OUT_WRITERS


def brighter(folder: Path, split: str) -> Iterator[Example]:
    """SemEval-2025 task 11 (BRIGHTER, CC BY 4.0): posts in six languages, anger graded 0–3."""
    for code, language in BRIGHTER_LANGUAGES.items():
        path = folder / "brighter" / f"{code}_{split}.csv"
        if not path.exists():
            continue
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                anger = int(row["anger"])
                emotions = tuple(float(int(row[name]) > 0) if row.get(name) else UNKNOWN for name in EMOTIONS)
                steps = (float(anger >= 1), float(anger >= 1), float(anger >= 2))
                yield Example(
                    row["text"], language, "brighter", "", steps, emotions=emotions, grade=anger, identity=row["id"]
                )


def goemotions(folder: Path, split: str) -> Iterator[Example]:
    """GoEmotions (Apache-2.0): English comments with 28 emotions; anger and annoyance count as reproach."""
    names = (folder / "goemotions" / "labels.txt").read_text(encoding="utf-8").split()
    names = list(dict.fromkeys([*names, "neutral"]))
    for line in (folder / "goemotions" / f"{split}.tsv").read_text(encoding="utf-8").splitlines():
        text, indices, identity = line.split("\t")
        labels = tuple(int(index) for index in indices.split(","))
        named = {names[index] for index in labels}
        reproach = 1.0 if named & _REPROACH else UNKNOWN if named & _UNCERTAIN else 0.0
        steps = (reproach, reproach, UNKNOWN)
        yield Example(text, "en", "goemotions", "", steps, labels=labels, identity=identity)


def shuffled_posts(folder: Path) -> tuple[list[Example], list[Example]]:
    """Posts of BRIGHTER and comments of GoEmotions (train), each in the order in which all scripts take and leave."""
    posts, comments = list(brighter(folder, "train")), list(goemotions(folder, "train"))
    chance = random.Random(1)
    chance.shuffle(posts)
    chance.shuffle(comments)
    return posts, comments


def by_language(examples: Iterable[Example]) -> dict[str, list[Example]]:
    """Examples grouped by language, in order of first sight."""
    groups: dict[str, list[Example]] = {}
    for example in examples:
        groups.setdefault(example.language, []).append(example)
    return groups
