"""The claim linter: refuses superlatives, absolutes, environmental claims, comparisons and promises without a source.

Rules are data (content/claims.json). A claim passes where the text names its source: where it lies within a stretch
that is bound to one. Stands behind every draft, script and story, and behind whatever a language model writes.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from shared.domain.errors import InvalidInput, Violation

_NEEDS_MORE_THAN_A_SOURCE = ("promise",)
_WIDTHS = {0xFF01 + offset: 0x21 + offset for offset in range(94)}
_LOOKALIKES = _WIDTHS | {0x3000: " ", 0x2019: "'", 0x2018: "'", 0x2011: "-", 0x2010: "-", 0xA0: " "}
_REACH = 12
"""How far around a match an innocent use may begin or end."""

type Rules = Mapping[str, Mapping[str, Any]]
"""The entries of content/claims.json."""


class Claim(NamedTuple):
    """A claim in a text that no source stands behind."""

    start: int
    end: int
    rule: str
    kind: str


def find_claims(
    text: str, rules: Rules, *, sourced: Iterable[tuple[int, int]] = (), allow: Sequence[str] = ()
) -> tuple[Claim, ...]:
    """Every claim that may not stand, in the order of the text.

    `sourced` are stretches (start, end) that name their source; `allow` are kinds that this text may hold. A promise is
    never covered by a source.
    """
    plain = text.translate(_LOOKALIKES)
    covered = tuple(sourced)
    found = (
        claim
        for name, rule in rules.items()
        if rule["kind"] not in allow
        for claim in _claims(plain, name, rule)
        if rule["kind"] in _NEEDS_MORE_THAN_A_SOURCE
        or not any(start <= claim.start and claim.end <= end for start, end in covered)
    )
    return tuple(sorted(found))


def check_claims(
    text: str,
    rules: Rules,
    *,
    sourced: Iterable[tuple[int, int]] = (),
    allow: Sequence[str] = (),
    pointer: str = "/words",
) -> None:
    """Refuse a text with a claim that may not stand. Raises InvalidInput, which names each with its rule."""
    claims = find_claims(text, rules, sourced=sourced, allow=allow)
    if claims:
        raise InvalidInput(
            [
                Violation(pointer, f"“{text[claim.start : claim.end]}” is a claim without a source ({claim.rule})")
                for claim in claims
            ]
        )


def _claims(text: str, name: str, rule: Mapping[str, Any]) -> Iterator[Claim]:
    for match in _compiled(rule["pattern"]).finditer(text):
        around = [
            innocent.span()
            for pattern in rule["unless"]
            for innocent in _compiled(pattern).finditer(text, max(match.start() - _REACH, 0), match.end() + _REACH)
        ]
        if not any(start < match.end() and match.start() < end for start, end in around):
            yield Claim(match.start(), match.end(), name, rule["kind"])


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)
