"""Recognise the word that asks for a manager, and messages that are mere courtesy, by lists that are content."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from shared.content import load

_QUOTED_LINE = re.compile(r"^[ \t]*[>＞|].*$", re.MULTILINE)
_REPLY_HEADER = re.compile(
    r"^[ \t]*(?:-{2,}\s*(?:original message|forwarded message|原始邮件|转发邮件)\s*-{2,}"
    r"|on\b[^\n]{4,120}\bwrote:)[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_CLAUSE_END = re.compile(r"[.!?。！？;；,，、~～…\n:：]+")
_NOT_WORD = re.compile(r"[\W_]+")
_CJK = re.compile(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])")
_LONGEST_CLAUSE = 120
_PICTURES = frozenset({"So", "Sk", "Mn", "Cf"})
"""Categories of which emoji are made: symbols, skin tones, variation selectors, joiners."""


class _EscalationWords(NamedTuple):
    alone: frozenset[str]
    asks: tuple[re.Pattern[str], ...]


def asks_for_manager(words: str) -> bool:
    """Whether a message is, or has a sentence that is, the customer's word for a manager.

    Only whole clauses count, so the word inside a sentence about something else (a firmware 升级) does not; what is
    quoted from others is left out.
    """
    lists = _escalation_words()
    own = _own_words(words)
    if _plain(own) in lists.alone:
        return True
    # "Manager, please": a clause may be more than what stands between two commas.
    return any(
        clause and len(clause) <= _LONGEST_CLAUSE and any(ask.fullmatch(clause) for ask in lists.asks)
        for clause in (*map(_plain, _CLAUSE_END.split(own)), *map(_plain, re.split(r"[.!?。！？\n]+", own)))
    )


def is_courtesy(words: str) -> bool:
    """Whether a message says no more than thanks or yes, and so asks for no answer. Bare "???" asks."""
    text = unicodedata.normalize("NFKC", words)
    plain = _plain(text)
    if not plain:
        emoji = str(load("courtesy_words")["emoji"])
        return any(character in emoji for character in text) and all(
            character in emoji or character.isspace() or unicodedata.category(character) in _PICTURES
            for character in text
        )
    if "?" in text:
        return False
    return all(_is_courteous(clause) for clause in map(_plain, _CLAUSE_END.split(text)) if clause)


def is_question(words: str) -> bool:
    """Whether a message ends in a question, and so asks for an answer."""
    return unicodedata.normalize("NFKC", words).rstrip().rstrip(")」』\"'").endswith("?")


def _is_courteous(clause: str) -> bool:
    return len(clause) <= _LONGEST_CLAUSE and any(pattern.fullmatch(clause) for pattern in _courtesies())


def _own_words(text: str) -> str:
    header = _REPLY_HEADER.search(text)
    if header and text[: header.start()].strip():
        text = text[: header.start()]
    return _QUOTED_LINE.sub("\n", text)


def _plain(text: str) -> str:
    """Lower case, normal width, simplified characters, words parted by one space; no punctuation, nothing invisible."""
    folded = unicodedata.normalize("NFKC", text).casefold().translate(_variants())
    visible = "".join(character for character in folded if unicodedata.category(character) not in ("Cf", "Mn"))
    return _CJK.sub("", _NOT_WORD.sub(" ", visible).strip())


@cache
def _variants() -> Mapping[int, str]:
    return {ord(variant): plain for variant, plain in load("escalation_words")["variants"].items()}


@cache
def _escalation_words() -> _EscalationWords:
    locales: list[Mapping[str, Any]] = list(load("escalation_words")["entries"].values())
    return _EscalationWords(
        frozenset(_plain(word) for locale in locales for word in locale["alone"]),
        tuple(re.compile(pattern) for locale in locales for pattern in locale["asks"]),
    )


@cache
def _courtesies() -> tuple[re.Pattern[str], ...]:
    return tuple(_courtesy_patterns())


def _courtesy_patterns() -> Iterator[re.Pattern[str]]:
    for locale in load("courtesy_words")["entries"].values():
        # Longer words first, since a short one may begin them.
        words = "|".join(re.escape(_plain(word)) for word in sorted(locale["words"], key=len, reverse=True))
        between = "" if locale["joined"] else " "
        yield re.compile(f"(?:{words})(?:{between}(?:{words})){{0,6}}")
