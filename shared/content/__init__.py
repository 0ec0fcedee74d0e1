"""Content: what a service manager may edit, as JSON files with source and date, and its loading.

Every file but the wording has the form {"source", "date", "entries"}. The wording has one folder
per locale with flat files {key: template}; all of them together are one namespace, which also
holds the names that entries give themselves per locale: `operation.<code>`, `overrun_rules.<place>`.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib.resources import files
from typing import Any

from shared.domain.statements import Wording

LOCALES = ("zh-CN", "en")
_NAMED = {
    "operations": "operation",
    "overrun_rules": "overrun_rules",
    "repair_warranty": "repair_warranty",
    "warranty_terms": "warranty_terms",
    "payer_changes": "payer_changes",
}


@cache
def load(name: str) -> Mapping[str, Any]:
    """One content file by its name without suffix; its numbers are Decimals or ints."""
    text = files(__package__).joinpath(f"{name}.json").read_text("utf-8")
    loaded: Mapping[str, Any] = json.loads(text, parse_float=Decimal)
    return loaded


@cache
def load_all() -> Mapping[str, Any]:
    """Every content file by name, for sources of the form `content:/<name>/…`."""
    names = (file.name for file in files(__package__).iterdir())
    return {name[:-5]: load(name[:-5]) for name in sorted(names) if name.endswith(".json")}


@cache
def wording(locale: str) -> Wording:
    """The wording of a locale, with the names that content entries give themselves.

    Raises KeyError for a locale that is not among LOCALES.
    """
    if locale not in LOCALES:
        raise KeyError(locale)
    templates: dict[str, str] = {}
    for file in sorted(files(__package__).joinpath("wording", locale).iterdir(), key=str):
        templates.update(json.loads(file.read_text("utf-8")))
    for file_name, prefix in _NAMED.items():
        for key, entry in load(file_name)["entries"].items():
            templates[f"{prefix}.{key}"] = entry[locale]
    return Wording(locale, templates, load("currencies")["entries"])
