"""The word for a manager is heard however it is written, and only where it is meant; courtesy asks for no answer."""

import json
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sentiment_escalation.recognise_words import asks_for_manager, is_courtesy, is_question
from shared.content import load
from shared.domain.conversations import LONGEST_MESSAGE

SENTENCES = json.loads(Path(__file__).with_name("escalation_sentences.json").read_text("utf-8"))


@pytest.mark.parametrize("words", SENTENCES["must"])
def test_who_asks_for_a_manager_is_heard(words: str) -> None:
    assert asks_for_manager(words)


@pytest.mark.parametrize("words", SENTENCES["must_not"])
def test_sentences_about_other_things_ask_for_nobody(words: str) -> None:
    assert not asks_for_manager(words)


@given(
    st.sampled_from(["escalate", "转人工", "找经理", "升级"]),
    st.text("!！.。~～…  \n*_\"'“”（）🙏😡", max_size=6),
    st.text("!！.。~～…  \n*_\"'“”（）🙏😡", max_size=6),
)
def test_punctuation_and_case_around_the_word_change_nothing(word: str, before: str, after: str) -> None:
    assert asks_for_manager(before + word.upper() + after)


@given(st.text(max_size=300))
def test_any_text_is_read(words: str) -> None:
    asks_for_manager(words)
    is_courtesy(words)
    is_question(words)


@pytest.mark.parametrize(
    "words",
    [
        "thanks", "Thank you!", "OK, thanks", "ok 👍", "great, thank you very much", "Thanks for your help!",
        "👍", "🙏🏻🙏🏻", "❤️", "好的", "好的，谢谢！", "谢谢", "嗯嗯", "收到，谢谢您", "辛苦了", "好的好的",
        "知道了，麻烦您了", "没事了谢谢", "ok", "谢谢你们，再见", "Sounds good. See you tomorrow.",
    ],
)  # fmt: skip
def test_courtesy_asks_for_no_answer(words: str) -> None:
    assert is_courtesy(words)


@pytest.mark.parametrize(
    "words",
    [
        "thanks, but when is it ready", "ok?", "?", "???", "!!!", "好的，那什么时候能好", "谢谢，但是还是有异响",
        "不好", "好的吗？", "not ok", "thanks for nothing", "没问题吗", "😡", "👎", "谢谢不用了我要退车",
        "ok so nobody called", "hello", "...",
    ],
)  # fmt: skip
def test_what_wants_something_is_no_courtesy(words: str) -> None:
    assert not is_courtesy(words)


@pytest.mark.parametrize(
    ("words", "asked"), [("Since when?", True), ("什么时候的事？ ", True), ("“ok?”", False), ("Done.", False)]
)
def test_a_question_ends_in_its_mark(words: str, asked: bool) -> None:
    assert is_question(words) is asked


def _fragments() -> list[str]:
    """Every word of the patterns, alone and in pairs, as somebody would repeat it who means harm."""
    patterns = [ask for locale in load("escalation_words")["entries"].values() for ask in locale["asks"]]
    words = sorted({word for pattern in patterns for word in re.findall(r"[a-z]+|[\u3400-\u9fff]+", pattern)})
    return [*words, *(f"{word} " for word in words), *(a + b for a in words[-120:] for b in ("要", "的", "谈", "我"))]


def test_no_clause_makes_the_patterns_run_away() -> None:
    start = time.perf_counter()
    for fragment in _fragments():
        asks_for_manager((fragment * 120)[:119] + "x")
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    "unit", ["我要", "please ", "a.", "谢谢", "to ", "请帮我", "escalate now ", "，", "ok thanks "]
)
def test_the_longest_message_is_read_in_no_time(unit: str) -> None:
    words = (unit * LONGEST_MESSAGE)[:LONGEST_MESSAGE]
    start = time.perf_counter()
    asks_for_manager(words)
    is_courtesy(words)
    assert time.perf_counter() - start < 1
