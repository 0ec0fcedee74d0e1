"""The canonical form: what looks the same to a reader is the same to the engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sentiment_escalation.agitation.text import MAX_CHARACTERS, canonicalise, scored_text, sentences


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("ＷＨＹ　ＳＯ　ＬＡＴＥ？", "why so late?"),
        ("MODEL Y LONG RANGE", "model y long range"),
        ("你們到底什麼時候修好", "你们到底什么时候修好"),
        ("w\u200bh\u200by so la\u00adte", "why so late"),
        ("sooooooo late!!!!!!", "soo late!"),
        ("u\u0308ber", "über"),
        ("great 😡🙃 service", "great service"),
        ("a\r\nb", "a\nb"),
        ("it’s “fine”", 'it\'s "fine"'),
        ("哈哈哈哈哈哈", "哈哈"),
    ],
)
def test_spellings_of_one_message_are_one_text(written: str, same_as: str) -> None:
    assert canonicalise(written).text == same_as


def test_numbers_keep_their_digits() -> None:
    assert canonicalise("order 10000000 of 2222").text == "order 10000000 of 2222"


@pytest.mark.parametrize(
    ("mail", "own"),
    [
        ("Fine.\n> you liars\n> thieves", "fine."),
        ("Fine.\n----- Original Message -----\nyou liars", "fine."),
        ("好的\n> 骗子", "好的"),
        ("Am 3. Mai 2026 schrieb Anna <a@example.com>:\n> x", "am 3. mai 2026 schrieb anna <a"),
    ],
)
def test_quoted_mail_is_not_the_writers(mail: str, own: str) -> None:
    assert canonicalise(mail).text.startswith(own[:5])
    assert "liars" not in canonicalise(mail).text
    assert "骗子" not in canonicalise(mail).text


def test_a_message_that_is_only_a_quotation_is_still_read() -> None:
    assert "liars" in canonicalise("“You are all liars and thieves, every one of you”").text


def test_a_sentence_counts_once() -> None:
    once, _ = scored_text(canonicalise("Where is my car? Call me."))
    often, _ = scored_text(canonicalise("Where is my car? Call me. " * 50))
    assert often == once


@given(st.text(max_size=400))
def test_every_canonical_character_stands_for_one_of_the_original(text: str) -> None:
    canonical = canonicalise(text)
    assert len(canonical.offsets) == len(canonical.text)
    assert list(canonical.offsets) == sorted(canonical.offsets)
    assert all(0 <= place < max(1, len(text)) for place in canonical.offsets)


@given(st.text(max_size=400))
def test_sentences_cover_the_text_without_gaps(text: str) -> None:
    canonical = canonicalise(text).text
    assert "".join(canonical[start:end] for start, end in sentences(canonical)) == canonical


@given(st.text(max_size=200))
def test_what_is_canonical_stays_as_it_is_said(text: str) -> None:
    said, places = scored_text(canonicalise(text))
    assert len(said) == len(places)


def test_no_more_than_the_limit_is_read() -> None:
    assert len(canonicalise("ab c" * 10_000).original) == MAX_CHARACTERS
