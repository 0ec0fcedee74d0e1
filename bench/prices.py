"""What AWS charges, out of prices.json: each price with its source and date, and whether it was ever verified."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_PRICES: dict[str, Any] = json.loads(Path(__file__).with_name("prices.json").read_text("utf-8"))
CURRENCY: str = _PRICES["currency"]


def price_of(name: str) -> float:
    """What one of this costs."""
    entry = _PRICES["entries"][name]
    return float(entry["each"] if "each" in entry else entry["per_million"] / 1e6)


def mark_of(names: Iterable[str]) -> str:
    """What to print behind a cost that rests on these prices."""
    return "  unverified" if any(_PRICES["entries"][name].get("unverified") for name in names) else ""


def say_sources(names: Iterable[str]) -> list[str]:
    """One line for each price: the figure, its date and source."""
    entries = {name: _PRICES["entries"][name] for name in names}
    return [
        f"{name:20} {_figure(entry):>16}{mark_of([name])}, {entry['date']}: {entry['source']}"
        for name, entry in entries.items()
    ]


def _figure(entry: dict[str, Any]) -> str:
    return f"${entry['each']:g}" if "each" in entry else f"${entry['per_million']:g} a million"
