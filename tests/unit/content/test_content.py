"""What a service manager may edit stays whole: sources, both languages, and no number in wording."""

import ast
import json
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from functions.bill_explanation import models
from functions.bill_explanation.explanation import VarianceCause
from shared.content import LOCALES, load_all, wording
from shared.domain.number_guard import NUMERIC

PROJECT = Path(__file__).parents[3]
CONTENT = PROJECT / "shared" / "content"
FILES = sorted(load_all())
NAMED = ("operations", "overrun_rules", "repair_warranty", "warranty_terms", "payer_changes")
SOURCED = ("overrun_rules", "repair_warranty", "warranty_terms", "tax_rates", "payer_changes", "vin_rules")
PLACEHOLDER = re.compile(r"\{(\w+)\}")


def entries(name: str) -> dict[str, Any]:
    found: dict[str, Any] = load_all()[name]["entries"]
    return found


def templates(locale: str) -> dict[str, str]:
    merged: dict[str, str] = {}
    for file in sorted((CONTENT / "wording" / locale).glob("*.json")):
        merged |= json.loads(file.read_text("utf-8"))
    return merged


@pytest.mark.parametrize("name", FILES)
def test_every_file_has_its_source_its_date_and_entries(name: str) -> None:
    loaded = load_all()[name]
    assert loaded["source"].strip()
    assert date.fromisoformat(loaded["date"]) >= date(2026, 1, 1)
    assert loaded["entries"]


@pytest.mark.parametrize("name", SOURCED)
def test_every_rule_has_its_own_source_and_date(name: str) -> None:
    for key, entry in entries(name).items():
        assert entry["source"].strip(), key
        assert date.fromisoformat(entry["date"]) >= date(2026, 1, 1), key
        assert name == "tax_rates" or entry["citation"].strip(), key


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("locale", LOCALES)
def test_every_named_entry_has_a_name_without_numbers_in_every_locale(name: str, locale: str) -> None:
    for key, entry in entries(name).items():
        assert entry[locale].strip(), key
        assert not NUMERIC.search(entry[locale]), key
        assert not set("{}") & set(entry[locale]), key


@pytest.mark.parametrize("locale", LOCALES)
def test_no_wording_holds_a_number(locale: str) -> None:
    for key, template in templates(locale).items():
        if not key.startswith("format."):
            assert not NUMERIC.search(PLACEHOLDER.sub("", template)), key


def test_no_key_of_the_wording_is_defined_twice() -> None:
    for locale in LOCALES:
        keys = [
            key for file in (CONTENT / "wording" / locale).glob("*.json") for key in json.loads(file.read_text("utf-8"))
        ]
        assert len(keys) == len(set(keys))


@pytest.mark.parametrize("file", ["findings", "variance", "warranty"])
def test_both_locales_have_the_same_keys_with_the_same_placeholders(file: str) -> None:
    one, other = (json.loads((CONTENT / "wording" / locale / f"{file}.json").read_text("utf-8")) for locale in LOCALES)
    assert one.keys() == other.keys()
    for key, template in one.items():
        assert set(PLACEHOLDER.findall(template)) == set(PLACEHOLDER.findall(other[key])), key


def test_every_finding_has_a_statement_and_a_question() -> None:
    for locale in LOCALES:
        keys = [key for key in templates(locale) if key.startswith("finding.")]
        named = {key.rsplit(".", 1)[0] for key in keys if key.endswith((".statement", ".ask"))}
        assert len(named) > 30
        assert all(f"{name}.{part}" in keys for name in named for part in ("statement", "ask"))


# --------------------------------------------------------------------------- keys used in the code


def _texts(node: ast.expr) -> Iterator[str]:
    """What a key can be, with `*` for what is filled in while running."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(p.value) if isinstance(p, ast.Constant) else "*" for p in node.values)


def _used_keys() -> set[str]:
    used: set[str] = set()
    for file in (PROJECT / "functions" / "bill_explanation").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
                continue
            if node.func.id in {"say", "Term"} and node.args:
                used.update(_texts(node.args[0]))
            elif node.func.id == "describe_finding":
                used.update(f"finding.{rule}.statement" for rule in _texts(node.args[1]))
    return used


@pytest.mark.parametrize("locale", LOCALES)
def test_every_key_that_the_code_uses_exists(locale: str) -> None:
    words = wording(locale)
    every = [*templates(locale), *(f"{name}.{key}" for name in NAMED for key in entries(name))]
    used = _used_keys()
    assert len(used) > 100
    for key in used:
        if "*" in key:
            pattern = re.compile(re.escape(key).replace(r"\*", ".+"))
            assert key.startswith("*") or any(map(pattern.fullmatch, every)) or "operation." in key, key
        else:
            assert key in words, key


@pytest.mark.parametrize("locale", LOCALES)
def test_every_name_that_is_built_while_running_exists(locale: str) -> None:
    words = wording(locale)
    kinds = {kind for entry in entries("repair_warranty").values() for kind in entry["kinds"]}
    hows = get_args(models.Authorisation.model_fields["how"].annotation)
    for key in (
        *(f"cause.{cause.value}" for cause in VarianceCause),
        *(f"variance.{c.value}.{way}" for c in VarianceCause if c != "payer" for way in ("more", "less")),
        *(f"repair_kind.{kind}" for kind in kinds),
        *(f"variance.consent.{rule['consent']}" for rule in entries("overrun_rules").values()),
        *(f"consent.{how}" for how in hows),
        *(f"payer.{payer.value}" for payer in models.Payer),
        *(f"condition.{condition.value}" for condition in models.PartCondition),
        *(f"tax_category.{category.value}" for category in models.TaxCategory),
        *(f"overrun_rules.{place}" for place in entries("overrun_rules")),
        *(f"warranty_terms.{term}" for term in entries("warranty_terms")),
    ):
        assert key in words, key


# ------------------------------------------------------------------------------ operation glossary


def test_the_glossary_is_large_and_its_codes_are_keys_of_the_model() -> None:
    assert len(entries("operations")) >= 60
    for code in entries("operations"):
        assert re.fullmatch(r"[A-Za-z0-9._:/#+-]{1,64}", code)


def test_every_included_operation_exists_and_none_includes_itself() -> None:
    glossary = entries("operations")

    def walk(code: str, above: tuple[str, ...]) -> None:
        assert code not in above, f"{code} includes itself"
        for sub in glossary[code]["includes"]:
            assert sub in glossary, f"{code} includes the unknown {sub}"
            walk(sub, (*above, code))

    for code in glossary:
        walk(code, ())


def test_an_operation_takes_at_least_as_long_as_all_that_it_includes() -> None:
    glossary = entries("operations")
    for code, entry in glossary.items():
        assert sum(glossary[sub]["flat_rate_hours"] for sub in entry["includes"]) <= entry["flat_rate_hours"], code


def test_every_component_group_with_a_warranty_has_operations() -> None:
    groups = {entry["group"] for entry in entries("operations").values()}
    assert {group for term in entries("warranty_terms").values() for group in term["groups"]} <= groups


# --------------------------------------------------------------------------------- rules of places


def test_places_are_iso_3166_2() -> None:
    for name in ("overrun_rules", "repair_warranty", "tax_rates", "payer_changes", "vin_rules"):
        assert all(re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", place) for place in entries(name)), name
    for key, term in entries("warranty_terms").items():
        assert all(re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", place) for place in term["places"]), key


def test_an_overrun_rule_with_amounts_names_their_currency() -> None:
    for place, rule in entries("overrun_rules").items():
        bounds = [rule["minimum_amount"], rule["maximum_amount"]]
        assert (rule["currency"] is not None) == any(bound is not None for bound in bounds), place
        assert rule["base"] in {"gross", "net"}, place


def test_a_repair_warranty_has_kilometres_and_either_days_or_months() -> None:
    for place, entry in entries("repair_warranty").items():
        for kind, term in entry["kinds"].items():
            assert term["km"] > 0, (place, kind)
            assert (term["days"] is None) != (term["months"] is None), (place, kind)


def test_a_warranty_term_has_months_and_groups() -> None:
    for key, term in entries("warranty_terms").items():
        assert term["months"] > 0, key
        assert term["groups"], key
