"""The canonical form in which the engine reads a message, and the way back to the writer's own characters.

Two messages that a reader takes for the same must look the same here: width, letter case, traditional characters,
invisible characters, stretched letters, repeated sentences and quoted mail are settled before anything is scored.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

MAX_CHARACTERS = 8_000
_SHORT_QUOTE = {"cjk": 8, "other": 24}

_URL = re.compile(r"(?:https?://|www\.)[^\s，。！？、）)》>]+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w.])[@＠][A-Za-z0-9_][\w.\-]*")
_QUOTED_LINE = re.compile(r"^[ \t]*(?:>|＞|\|\s).*$", re.MULTILINE)
_REPLY_HEADER = re.compile(
    r"^[ \t]*(?:-{2,}\s*(?:original message|forwarded message|原始邮件|原始郵件|转发邮件|ursprüngliche nachricht"
    r"|mensaje original|mensagem original|исходное сообщение)\s*-{2,}"
    r"|on\b[^\n]{4,120}\bwrote:|am\b[^\n]{4,120}\bschrieb[^\n]{0,80}:|el\b[^\n]{4,120}\bescribió:"
    r"|em\b[^\n]{4,120}\bescreveu:|(?:在\s*)?\d{4}[年/\-][^\n]{4,80}(?:写道|寫道)[:：])[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_QUOTATION = re.compile(
    r"“([^“”\n]{1,600})”|「([^「」\n]{1,600})」|『([^『』\n]{1,600})』|«([^«»\n]{1,600})»|\"([^\"\n]{1,600})\"|„([^„“”\n]{1,600})[“”]"
)
_SENTENCE_END = re.compile(r"[。!?;…\n]+[\"')\]]*\s*|\.+(?=\s|$)[\"')\]]*\s*|(?<=[\u3400-\u9fff])\.+")
_STUTTER = re.compile(r"(.{1,24}?)\1{2,}", re.DOTALL)
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Canonical:
    """Canonical text with, for every character, the index of the original character that it stands for."""

    original: str
    text: str
    offsets: tuple[int, ...]

    def original_span(self, start: int, end: int) -> tuple[int, int]:
        """Half-open span in the original text that covers canonical `[start, end)`."""
        if start >= end or not self.offsets:
            return (0, 0)
        return self.offsets[start], self.offsets[end - 1] + 1


@cache
def simplified_characters() -> dict[int, str]:
    """Traditional → simplified, one character each (OpenCC TSCharacters, Apache-2.0)."""
    table: dict[int, str] = {}
    source = Path(__file__).with_name("simplified.txt").read_text(encoding="utf-8")
    for line in source.splitlines():
        if line and not line.startswith("#"):
            traditional, simplified = line.split("\t")
            table.update({ord(t): s for t, s in zip(traditional, simplified, strict=True)})
    return table


def canonicalise(message: str) -> Canonical:
    """Bring a message into canonical form; what is quoted from others, addresses and handles are left out."""
    original = message[:MAX_CHARACTERS]
    kept = _without_quotes(original)
    characters: list[str] = []
    offsets: list[int] = []
    run = 0
    for index, cluster in _clusters(kept):
        for character in _fold(cluster):
            previous = characters[-1] if characters else "\n"
            if character in " \n" and previous in " \n":
                if character == "\n" and characters:
                    characters[-1] = "\n"
                continue
            run = run + 1 if character == previous else 1
            if run > _longest_run(character):
                continue
            characters.append(character)
            offsets.append(index)
    return _without_stutter(original, "".join(characters), offsets)


def scored_text(canonical: Canonical) -> tuple[str, npt.NDArray[np.int64]]:
    """What is scored: each sentence once, however often it is said.

    Beside it the place of each character in the canonical text, −1 for a joining space.
    """
    said: list[str] = []
    places: list[npt.NDArray[np.int64]] = []
    seen: set[str] = set()
    for start, end in sentences(canonical.text):
        sentence = canonical.text[start:end].rstrip()
        words = _NOT_WORD.sub("", sentence)
        if not words or words in seen:
            continue
        seen.add(words)
        if said:
            said.append(" ")
            places.append(np.asarray([-1], dtype=np.int64))
        lead = len(sentence) - len(sentence.lstrip())
        said.append(sentence[lead:])
        places.append(np.arange(start + lead, start + len(sentence), dtype=np.int64))
    return "".join(said), np.concatenate(places) if places else np.empty(0, dtype=np.int64)


def _without_quotes(text: str) -> str:
    """Blank out quoted mail, other people's quoted words, links and handles, keeping every index."""
    blanked = text
    header = _REPLY_HEADER.search(blanked)
    if header and blanked[: header.start()].strip():
        blanked = blanked[: header.start()] + _blank(blanked[header.start() :])
    for pattern in (_QUOTED_LINE, _URL, _HANDLE):
        blanked = pattern.sub(lambda match: _blank(match.group()), blanked)
    unquoted = _QUOTATION.sub(_blank_long_quotation, blanked)
    return unquoted if sum(map(str.isalnum, unquoted)) >= 4 else (blanked if blanked.strip() else text)


def _blank_long_quotation(match: re.Match[str]) -> str:
    words = next(group for group in match.groups() if group is not None)
    limit = _SHORT_QUOTE["cjk" if any("\u3400" <= c <= "\u9fff" for c in words) else "other"]
    return match.group() if len(words) <= limit else _blank(match.group())


def _blank(text: str) -> str:
    return "".join("\n" if character == "\n" else " " for character in text)


def _clusters(text: str) -> list[tuple[int, str]]:
    """Base characters with the combining marks that follow them, so that NFKC can compose them."""
    clusters: list[tuple[int, str]] = []
    for index, character in enumerate(text):
        if clusters and character > "\u02ff" and unicodedata.combining(character):
            start, base = clusters[-1]
            clusters[-1] = (start, base + character)
        else:
            clusters.append((index, character))
    return clusters


@lru_cache(maxsize=20_000)
def _fold(cluster: str) -> str:
    if cluster < "\x80" and len(cluster) == 1:
        return cluster.lower() if cluster >= " " else ("\n" if cluster in "\n\r" else " ")
    folded = unicodedata.normalize("NFKC", cluster).lower().translate(simplified_characters())
    return "".join(_plain(character) for character in folded)


def _plain(character: str) -> str:
    """One character without what carries no words: invisible characters vanish, emoji and symbols become a space."""
    if character in "‘’‚‛`´":
        return "'"
    if character in "“”„«»「」『』":
        return '"'
    category = unicodedata.category(character)
    if category in ("Cf", "Mn", "Me", "Cs", "Co", "Cn"):
        return "" if category != "Co" else " "
    if category in ("Cc", "Zs", "Zl", "Zp"):
        return "\n" if character in "\n\r\x85\u2028\u2029" else " "
    if category in ("So", "Sk"):
        return " "
    return character


def _longest_run(character: str) -> int:
    if character.isdigit():
        return MAX_CHARACTERS
    return 2 if character.isalpha() or character == "?" else 1


def _without_stutter(original: str, text: str, offsets: list[int]) -> Canonical:
    """A text that is one phrase said again and again is read as that phrase said twice at most."""
    period = _period(text.strip())
    lead = len(text) - len(text.lstrip())
    if period:
        text, offsets = text[lead : lead + period], offsets[lead : lead + period]
    pieces: list[str] = []
    places: list[int] = []
    last = 0
    for match in _STUTTER.finditer(text):
        unit = match.group(1)
        if unit.isdigit() or not unit.strip():
            continue
        keep = match.start() + 2 * len(unit)
        pieces.append(text[last:keep])
        places.extend(offsets[last:keep])
        last = match.end()
    pieces.append(text[last:])
    places.extend(offsets[last:])
    return Canonical(original, "".join(pieces), tuple(places))


def _period(text: str) -> int:
    """Length of the shortest prefix (of at least four characters) whose repetition is the whole text, or 0."""
    if len(text) < 8:
        return 0
    failure = [0] * len(text)
    k = 0
    for i in range(1, len(text)):
        while k and text[i] != text[k]:
            k = failure[k - 1]
        if text[i] == text[k]:
            k += 1
        failure[i] = k
    period = len(text) - failure[-1]
    return period if 4 <= period <= len(text) // 2 else 0


def sentences(text: str) -> list[tuple[int, int]]:
    """Half-open bounds of the sentences of a canonical text, without gaps."""
    bounds: list[tuple[int, int]] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        bounds.append((start, match.end()))
        start = match.end()
    if start < len(text):
        bounds.append((start, len(text)))
    return bounds
