"""The data of the case desk is whole: words in both languages for all that can be said, knowledge with sources."""

import ast
import json
import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from functions.case_desk.tell_of_entry import _SENTENCES
from shared.content import LOCALES, load, wording
from shared.domain.cases import ClockKind, Severity, State
from shared.domain.centres import Rung

PROJECT = Path(__file__).parents[3]
ROOM = PROJECT / "functions" / "case_desk"
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def recorded_kinds() -> set[str]:
    """The kinds of entries that the room's code records."""
    found = set()
    for file in ROOM.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "record":
                found |= {arg.value for arg in node.args[:1] if isinstance(arg, ast.Constant)}
    return {kind for kind in found if isinstance(kind, str)}


@pytest.mark.parametrize("locale", LOCALES)
def test_everything_that_can_be_said_has_its_words(locale: str) -> None:
    words = wording(locale)
    needed = {f"case.state.{state}" for state in State} | {f"case.clock.{kind}" for kind in ClockKind}
    needed |= {f"case.severity.{severity}" for severity in Severity} | {f"case.rung.{rung}" for rung in Rung}
    for told in ("reason", "concern"):
        needed |= {f"case.{told}.{reason}" for reason in load("case_policies")["entries"]["reasons"]}
    needed |= {f"case.entry.{kind}" for kind in recorded_kinds()}
    needed |= {f"case.entry.promise_{kind}" for kind in ("due", "missed", "reminded")}
    needed |= {f"case.subject.{kind}" for kind in _SENTENCES}
    needed |= {f"case.notice.{name}" for names in _SENTENCES.values() for name in names}
    assert {key for key in needed if key not in words} == set()
    assert len(recorded_kinds()) > 15


@pytest.mark.parametrize(("locale", "address"), [("zh-CN", "您"), ("en", "you ")])
def test_staff_are_told_what_their_customer_wants_and_not_what_they_want(locale: str, address: str) -> None:
    words = wording(locale)
    concerns = [words.template(f"case.concern.{reason}") for reason in load("case_policies")["entries"]["reasons"]]
    assert [concern for concern in concerns if address in concern] == []


def test_both_locales_have_the_same_keys_with_the_same_placeholders() -> None:
    one, other = (
        json.loads((PROJECT / "shared/content/wording" / locale / "case.json").read_text("utf-8")) for locale in LOCALES
    )
    assert one.keys() == other.keys()
    for key in one:
        assert set(PLACEHOLDER.findall(one[key])) == set(PLACEHOLDER.findall(other[key])), key


def test_every_piece_of_knowledge_has_a_source_and_fills_its_placeholders() -> None:
    for key, entry in load("care_knowledge")["entries"].items():
        assert entry["source"].strip(), key
        assert date.fromisoformat(entry["date"]) >= date(2026, 1, 1), key
        assert entry["step"] in ("teach", "value", "connect"), key
        for locale in LOCALES:
            assert set(PLACEHOLDER.findall(entry[locale])) == set(entry["figures"]), key


def test_every_step_has_something_for_any_reason() -> None:
    entries = load("care_knowledge")["entries"].values()
    assert {entry["step"] for entry in entries if "*" in entry["reasons"]} == {"teach", "value", "connect"}


def test_the_signals_of_the_policies_are_those_of_the_engine() -> None:
    engine = tomllib.loads((PROJECT / "shared/content/agitation_signals.toml").read_text("utf-8"))
    assert set(load("case_policies")["entries"]["signals"]) <= {rule["signal"] for rule in engine["rule"]}


def test_the_patterns_of_the_rules_compile() -> None:
    rules = load("promises")["entries"]
    patterns = [*rules["says"].values(), *rules["unless"].values()]
    for rule in load("claims")["entries"].values():
        patterns += [rule["pattern"], *rule["unless"]]
    for pattern in patterns:
        re.compile(pattern)
