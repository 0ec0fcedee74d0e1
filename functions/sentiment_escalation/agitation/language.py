"""Which language a message is in, told from its script and its small words; short or foreign texts get `und`."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path

MEASURED = frozenset({"zh", "en", "de", "es", "pt", "ru"})
_WORD = re.compile(r"[^\W\d_]+")
_SCRIPTS = (
    ("ja", "\u3041", "\u30ff"),
    ("ko", "\uac00", "\ud7a3"),
    ("zh", "\u3400", "\u9fff"),
    ("cyrillic", "\u0400", "\u04ff"),
    ("ar", "\u0600", "\u06ff"),
    ("th", "\u0e00", "\u0e7f"),
    ("he", "\u0590", "\u05ff"),
    ("el", "\u0370", "\u03ff"),
    ("hi", "\u0900", "\u097f"),
)


@cache
def small_words() -> dict[str, frozenset[str]]:
    """Function words and letters by language, as data."""
    source = Path(__file__).with_name("small_words.toml").read_text(encoding="utf-8")
    words = {language: frozenset(listed.split()) for language, listed in tomllib.loads(source)["words"].items()}
    return {language: known if language == "en" else known - words["en"] for language, known in words.items()}


def detect_language(canonical: str) -> str:
    """ISO 639-1 code of a text in canonical form, `und` when nothing tells."""
    sample = canonical[:2_000]
    script = _main_script(sample)
    if script == "cyrillic":
        return "uk" if any(letter in sample for letter in "іїєґ") else "ru"
    if script != "latin":
        return script
    words = _WORD.findall(sample)
    scores = {
        language: sum(word in known for word in words) + 0.5 * sum(letter in known for letter in set(sample))
        for language, known in small_words().items()
    }
    best = max(scores, key=lambda language: (scores[language], language == "en"))
    if scores[best] >= max(1.0, 0.08 * len(words)):
        return best
    return "en" if words and sample.isascii() and len(words) <= 4 else "und"


def _main_script(sample: str) -> str:
    counts = {name: sum(first <= character <= last for character in sample) for name, first, last in _SCRIPTS}
    latin = sum("a" <= character <= "\u024f" for character in sample)
    if counts["ja"] and counts["ja"] * 8 >= counts["zh"]:
        counts["ja"] += counts["zh"]
    name = max(counts, key=lambda script: counts[script])
    if counts[name] * 3 > latin and counts[name]:
        return name
    return "latin" if latin else "und"
