"""Draft a reply to a complaint in five steps: empathy, teach, solve, value, connect.

Facts come from the case, knowledge from content/care_knowledge.json, each with its source. The number guard and the
claim linter read every sentence back; a person edits it and sends it, the desk never does.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, TypedDict
from zoneinfo import ZoneInfo

from shared.content import load, load_all, wording
from shared.domain.cases import Case, PromiseState
from shared.domain.claim_linter import check_claims
from shared.domain.figures import Book, source_text
from shared.domain.number_guard import check_text
from shared.domain.statements import Rendered, Statement, Term, Wording, render

STEPS = ("empathy", "teach", "solve", "value", "connect")
KNOWLEDGE = "care_knowledge"
_LONGEST_QUOTE = 200
_QUOTED = ("words", "promised")


class SentenceDict(TypedDict):
    """A sentence of a draft, what it rests on, and the sources of the figures in it."""

    text: str
    kind: str
    source: str
    figures: list[dict[str, Any]]


class StepDict(TypedDict):
    """One step of a reply; without a sentence where neither the case nor the knowledge has anything for it."""

    step: str
    text: str
    sentences: list[SentenceDict]


class DraftDict(TypedDict):
    """A draft, and the language that it is in."""

    case_id: str
    locale: str
    text: str
    steps: list[StepDict]


class _Sentence(NamedTuple):
    rendered: Rendered
    kind: str
    source: str


def draft_reply(case: Case, locale: str) -> DraftDict:
    """A draft in the language `locale`.

    Raises UnboundNumber or InvalidInput when a sentence does not pass the guards: then there is no draft.
    """
    words = wording(locale)
    book = Book(_facts(case, words), load_all())
    found = {
        "empathy": [*_of_case(book, words, "empathy", _empathy(case))],
        "teach": [*_of_knowledge(book, words, "teach", case.reasons, most=2)],
        "solve": [*_of_case(book, words, "solve", ("person", "deadline", "promised", "bill"))],
        "value": [*_of_knowledge(book, words, "value", case.reasons, most=1)],
        "connect": [*_of_knowledge(book, words, "connect", case.reasons, most=1)],
    }
    for sentences in found.values():
        for sentence in sentences:
            check_text(sentence.rendered, book, words)
    steps = [_step(step, found[step], words) for step in STEPS]
    text = words.template("case.between_sentences").join(step["text"] for step in steps if step["text"])
    return {"case_id": case.case_id, "locale": locale, "text": text, "steps": steps}


def _facts(case: Case, words: Wording) -> Mapping[str, Any]:
    """What the case gives to say; what is unknown is absent."""
    zone = ZoneInfo(case.zone)
    deadline = case.next_deadline
    promise = next((p for p in case.promises if p.state in (PromiseState.RECOGNISED, PromiseState.CONFIRMED)), None)
    facts: dict[str, Any] = {
        "words": _quote(case.words),
        "staff_name": case.staff_name,
        "bill_id": case.bill_id,
        "clock": None if deadline is None else deadline.kind.value,
        "due_at": _local(None if deadline is None else deadline.due_at, zone),
        "promised": None if promise is None else _quote(promise.words),
        "promise_due_at": _local(None if promise is None else promise.due_at, zone),
    }
    return {name: value for name, value in facts.items() if value not in (None, "")}


def _quote(words: str) -> str:
    flat = " ".join(words.split())
    return flat if len(flat) <= _LONGEST_QUOTE else flat[: _LONGEST_QUOTE - 1] + "…"


def _local(at: datetime | None, zone: ZoneInfo) -> datetime | None:
    return None if at is None else at.astimezone(zone)


def _empathy(case: Case) -> tuple[str, ...]:
    asked_again = ("asked_again",) if case.times_asked > 1 else ()
    late = ("late",) if case.deadlines_missed else ()
    return ("owner" if case.words.strip() else "no_words", *asked_again, *late)


def _of_case(book: Book, words: Wording, step: str, names: tuple[str, ...]) -> Iterator[_Sentence]:
    facts = book.evaluate(("path",))
    for name in names:
        key = f"case.draft.{step}.{name}"
        needed = words.parts(key)[1::2]
        if not set(needed) <= facts.keys():
            continue
        arguments = {
            fact: Term(f"case.clock.{facts[fact]}") if fact == "clock"
            else book.at("datetime" if isinstance(facts[fact], datetime) else "text", fact)
            for fact in needed
        }  # fmt: skip
        kind = "fact" if needed else "courtesy"
        yield _Sentence(render(Statement(key, arguments), words), kind, ", ".join(f"case:/{fact}" for fact in needed))


def _of_knowledge(book: Book, words: Wording, step: str, reasons: tuple[str, ...], *, most: int) -> Iterator[_Sentence]:
    """What the knowledge has for the case's reasons, what fits them before what fits any."""
    entries = load(KNOWLEDGE)["entries"]
    fitting = [key for key, entry in entries.items() if entry["step"] == step and set(reasons) & set(entry["reasons"])]
    general = [key for key, entry in entries.items() if entry["step"] == step and "*" in entry["reasons"]]
    for key in dict.fromkeys([*fitting, *general][:most]):
        entry = entries[key]
        arguments = {
            name: book.given(figure["unit"], KNOWLEDGE, "entries", key, "figures", name, "value")
            for name, figure in entry["figures"].items()
        }
        article = Wording(words.locale, {key: entry[words.locale]}, load("currencies")["entries"])
        yield _Sentence(render(Statement(key, arguments), article), "knowledge", entry["source"])


def _step(step: str, sentences: list[_Sentence], words: Wording) -> StepDict:
    finished = [_checked(sentence) for sentence in sentences]
    text = words.template("case.between_sentences").join(sentence["text"] for sentence in finished)
    return {"step": step, "text": text, "sentences": finished}


def _checked(sentence: _Sentence) -> SentenceDict:
    """The sentence as it is answered, once no claim in it lacks a source; what is quoted is not ours to judge."""
    rendered = sentence.rendered
    own = rendered.text
    for span in rendered.spans:
        if span.figure.source[-1] in _QUOTED:
            own = own[: span.start] + " " * (span.end - span.start) + own[span.end :]
    check_claims(own, load("claims")["entries"], pointer="/draft")
    return {
        "text": rendered.text,
        "kind": sentence.kind,
        "source": sentence.source,
        "figures": [
            {
                "start": span.start,
                "end": span.end,
                "text": rendered.text[span.start : span.end],
                "source": source_text(span.figure.source),
            }
            for span in rendered.spans
        ],
    }
