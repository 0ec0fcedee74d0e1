"""Finds explicit signals (asks for a human, threatens, reports danger …) by rules that are kept as data."""

from __future__ import annotations

import re
import tomllib
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


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern that fires a signal unless its sentence, or that and the one before, says otherwise."""

    signal: str
    language: str
    pattern: re.Pattern[str]
    unless: re.Pattern[str] | None
    unless_near: re.Pattern[str] | None


@cache
def rules() -> tuple[Rule, ...]:
    """The rules of the project; an unknown signal or a broken pattern is an error at load."""
    document = tomllib.loads(RULES.read_text(encoding="utf-8"))
    return tuple(_rule(entry, document.get("words", {})) for entry in document["rule"])


def find_signals(canonical: Canonical, language: str) -> tuple[Signal, ...]:
    """Signals of a message with the stretches that show them, in the order of `SIGNALS`."""
    bounds = sentences(canonical.text)
    found: dict[str, list[tuple[int, int]]] = {}
    for rule in rules():
        if _applies(rule.language, language, canonical.text):
            for match in rule.pattern.finditer(canonical.text):
                if match.end() > match.start() and not _excepted(rule, canonical.text, match.start(), bounds):
                    found.setdefault(rule.signal, []).append((match.start(), match.end()))
    return tuple(
        Signal(name, tuple(_span(canonical, start, end) for start, end in _merged(found[name])))
        for name in SIGNALS
        if name in found
    )


def _rule(entry: Mapping[str, Any], words: Mapping[str, Mapping[str, str]]) -> Rule:
    if entry["signal"] not in SIGNALS:
        raise ValueError(f"unknown signal {entry['signal']!r} in {RULES.name}")

    def compiled(key: str) -> re.Pattern[str] | None:
        pattern = entry.get(key)
        if pattern is None:
            return None
        for name, alternatives in words.get(entry["language"], {}).items():
            pattern = pattern.replace("{" + name + "}", alternatives)
        return re.compile(pattern)

    pattern = compiled("pattern")
    if pattern is None:
        raise ValueError(f"a rule for {entry['signal']!r} has no pattern in {RULES.name}")
    return Rule(entry["signal"], entry["language"], pattern, compiled("unless"), compiled("unless_near"))


def _applies(rule_language: str, language: str, text: str) -> bool:
    """Scripts decide for Chinese and Russian; English is mixed into every language; few words tell no language."""
    if rule_language in _SCRIPT_OF:
        return bool(_SCRIPT_OF[rule_language].search(text))
    if rule_language == "en":
        return bool(_LATIN.search(text))
    return rule_language == language or (bool(_LATIN.search(text)) and text.count(" ") < _FEW_WORDS)


def _excepted(rule: Rule, text: str, position: int, bounds: list[tuple[int, int]]) -> bool:
    index = next((i for i, (start, end) in enumerate(bounds) if start <= position < end), None)
    if index is None:
        return False
    start, end = bounds[index]
    if rule.unless and rule.unless.search(text, start, end):
        return True
    near = bounds[max(0, index - 1)][0]
    return bool(rule.unless_near and rule.unless_near.search(text, near, end))


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
