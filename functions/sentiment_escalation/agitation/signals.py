"""Finds explicit signals (asks for a human, threatens, reports danger …) by rules that are kept as data."""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from functions.sentiment_escalation.agitation.reading import Signal, Span
from functions.sentiment_escalation.agitation.text import Canonical, sentences

RULES = files("shared.content") / "agitation_signals.toml"
SIGNALS = ("human_request", "public_threat", "safety_danger", "churn_threat", "repeated_contact")
_SCRIPT_OF = {"zh": re.compile(r"[\u3400-\u9fff]"), "ru": re.compile(r"[\u0400-\u04ff]")}
_LATIN = re.compile(r"[a-z]")
_FEW_WORDS = 5
_NAME = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_PLAIN = re.compile(r"[^\\.*+?()\[\]{}^$]+")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that fires a signal where its sentence, and those beside it, say what they must and not otherwise."""

    signal: str
    language: str
    heads: tuple[str, ...]
    pattern: re.Pattern[str]
    needs: re.Pattern[str] | None
    unless: re.Pattern[str] | None
    unless_near: re.Pattern[str] | None


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of the project; an unknown signal, an unknown word list or a broken pattern is an error at load."""
    document = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return tuple(_rule(entry, document.get("words", {})) for entry in document["rule"])


def find_signals(canonical: Canonical, language: str) -> tuple[Signal, ...]:
    """Signals of a message with the stretches that show them, in the order of `SIGNALS`."""
    text = canonical.text
    bounds = sentences(text)
    starts = [start for start, _ in bounds]
    found: dict[str, list[tuple[int, int]]] = {}
    for spoken, of_language in _by_language().items():
        if not _applies(spoken, language, text):
            continue
        for rule in of_language:
            if rule.heads and not _any_in(rule.heads, text):
                continue
            allowed: dict[int, bool] = {}
            for match in rule.pattern.finditer(text):
                start, end = match.span()
                if end == start:
                    continue
                index = bisect_right(starts, start) - 1
                if index not in allowed:
                    allowed[index] = _holds(rule, text, index, bounds)
                if allowed[index]:
                    found.setdefault(rule.signal, []).append((start, end))
    return tuple(
        Signal(name, tuple(_span(canonical, start, end) for start, end in _merged(found[name])))
        for name in SIGNALS
        if name in found
    )


@cache
def _by_language() -> dict[str, tuple[Rule, ...]]:
    languages = dict.fromkeys(rule.language for rule in rules())
    return {language: tuple(rule for rule in rules() if rule.language == language) for language in languages}


def _rule(entry: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> Rule:
    if entry["signal"] not in SIGNALS:
        raise ValueError(f"unknown signal {entry['signal']!r} in {RULES.name}")
    lists = words.get(entry["language"], {})
    heads = _filled(entry.get("any", ""), lists)

    def compiled(key: str) -> re.Pattern[str] | None:
        return re.compile(_filled(entry[key], {**lists, "any": heads})) if key in entry else None

    pattern = compiled("pattern")
    if pattern is None:
        raise ValueError(f"a rule for {entry['signal']!r} has no pattern in {RULES.name}")
    return Rule(
        entry["signal"],
        entry["language"],
        _plain_words(heads),
        pattern,
        compiled("needs"),
        compiled("unless"),
        compiled("unless_near"),
    )


def _filled(pattern: str, lists: Mapping[str, str]) -> str:
    """A pattern with its `{name}`s put in; word lists may name word lists."""

    def put_in(match: re.Match[str]) -> str:
        if match.group(1) not in lists:
            raise ValueError(f"no word list {match.group()} in {RULES.name}")
        return f"(?:{_filled(lists[match.group(1)], lists)})"

    return _NAME.sub(put_in, pattern)


def _plain_words(heads: str) -> tuple[str, ...]:
    words = tuple(filter(None, heads.replace("(?:", "").replace(")", "").split("|")))
    for word in words:
        if not _PLAIN.fullmatch(word):
            raise ValueError(f"{word!r} is not a plain word, as `any` must have them in {RULES.name}")
    # A word that contains another one is found whenever that one is.
    return tuple(word for word in dict.fromkeys(words) if not any(w in word for w in words if w != word))


def _any_in(words: tuple[str, ...], text: str) -> bool:
    for word in words:  # noqa: SIM110 - a generator takes twice as long, and this is asked for every rule
        if word in text:
            return True
    return False


def _applies(rule_language: str, language: str, text: str) -> bool:
    """Scripts decide for Chinese and Russian; English is mixed into every language; few words tell no language."""
    if rule_language in _SCRIPT_OF:
        return bool(_SCRIPT_OF[rule_language].search(text))
    if rule_language == "en":
        return bool(_LATIN.search(text))
    return rule_language == language or (bool(_LATIN.search(text)) and text.count(" ") < _FEW_WORDS)


def _holds(rule: Rule, text: str, index: int, bounds: list[tuple[int, int]]) -> bool:
    start, end = bounds[index]
    before, after = bounds[max(0, index - 1)][0], bounds[min(len(bounds) - 1, index + 1)][1]
    if rule.needs and not rule.needs.search(text, before, after):
        return False
    if rule.unless and rule.unless.search(text, start, end):
        return False
    return not (rule.unless_near and rule.unless_near.search(text, before, end))


def _merged(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(places):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _span(canonical: Canonical, start: int, end: int) -> Span:
    text = canonical.text
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    first, last = canonical.original_span(start, end)
    return Span(first, last, canonical.original[first:last])
