"""The form of the rules file: word lists, what a rule needs, what silences it, and that no text makes it slow."""

import dataclasses
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from functions.sentiment_escalation.agitation import signals
from functions.sentiment_escalation.agitation.text import canonicalise
from tests.unit.sentiment_escalation.test_agitation_sayings import SAID
from tests.unit.sentiment_escalation.test_agitation_signals import FIRES

Find = Callable[[str], list[str]]


def _forget() -> None:
    signals.rules.cache_clear()
    signals._by_language.cache_clear()


@pytest.fixture
def with_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Find]]:
    def load(rule: str) -> Find:
        path = tmp_path / "rules.toml"
        lists = "[words.en]\npart = 'brake|pedal'\nsoft = 'soft|{part} gone'\n"
        path.write_text(f"{lists}[[rule]]\nsignal = 'safety_danger'\nlanguage = 'en'\n{rule}\n", encoding="utf-8")
        monkeypatch.setattr(signals, "RULES", path)
        _forget()
        return lambda text: [signal.name for signal in signals.find_signals(canonicalise(text), "en")]

    yield load
    monkeypatch.undo()
    _forget()


def test_words_are_put_in_and_may_use_other_words(with_rules: Callable[[str], Find]) -> None:
    find = with_rules("any = '{part}'\npattern = '{any} (?:is|was) {soft}'")
    assert find("the pedal is soft")
    assert find("my brake was pedal gone")
    assert not find("the pedal is new")


def test_what_a_rule_needs_may_stand_in_the_sentence_before_or_after(with_rules: Callable[[str], Find]) -> None:
    find = with_rules("pattern = 'it stopped'\nneeds = 'motorway'")
    assert find("It stopped on the motorway.")
    assert find("I was on the motorway. It stopped.")
    assert find("It stopped. That was the motorway.")
    assert not find("It stopped. I laughed. That was the motorway.")
    assert not find("It stopped.")


def test_an_exception_counts_in_its_own_sentence_or_also_in_the_one_before(with_rules: Callable[[str], Find]) -> None:
    find = with_rules("pattern = 'it stopped'\nunless = 'beeping'")
    assert not find("It stopped beeping.")
    assert find("No beeping. It stopped.")
    find = with_rules("pattern = 'it stopped'\nunless_near = 'beeping'")
    assert not find("No beeping. It stopped.")
    assert find("It stopped. No beeping.")


@pytest.mark.parametrize(
    ("rule", "complaint"),
    [
        ("pattern = '{nobody} knows'", "no word list"),
        ("any = 'a+b'\npattern = '{any}'", "not a plain word"),
        ("any = 'brake'", "has no pattern"),
    ],
)
def test_a_broken_rule_is_an_error_at_load(with_rules: Callable[[str], Find], rule: str, complaint: str) -> None:
    find = with_rules(rule)
    with pytest.raises(ValueError, match=complaint):
        find("anything")


def test_the_words_that_a_rule_asks_for_first_hide_nothing_that_its_pattern_finds() -> None:
    texts = [text for table in (FIRES, SAID) for sayings in table.values() for text in sayings]
    canonical = [canonicalise(text).text for text in texts]
    hidden = [
        (rule.heads, text)
        for rule in signals.rules()
        for text in canonical
        if rule.heads and rule.pattern.search(text) and not any(word in text for word in rule.heads)
    ]
    assert not hidden


@pytest.mark.parametrize(
    "unit", ["a", "a ", "two three ", "3月,", "打了", "又", "让我", "what how ", "called on monday, "]
)
def test_no_text_is_slow(unit: str) -> None:
    text = (unit * 8_000)[:8_000]
    canonical = dataclasses.replace(canonicalise("x"), original=text, text=text, offsets=tuple(range(len(text))))
    signals.find_signals(canonical, "zh")
    began = time.perf_counter()
    signals.find_signals(canonical, "zh")
    assert time.perf_counter() - began < 1
