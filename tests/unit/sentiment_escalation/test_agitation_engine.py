"""The embedded engine: what must not fool it, what it promises of its answers, and that weights and code fit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.sentiment_escalation.agitation.engine import EmbeddedEngine, embedded_engine
from functions.sentiment_escalation.agitation.reading import Grade

STORED = Path(__file__).with_name("agitation_scores.json")
NEUTRAL = " My booking number is 4711 and the car is the blue one."
slow = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(scope="module")
def engine() -> EmbeddedEngine:
    return embedded_engine()


@pytest.mark.parametrize(
    "text",
    [
        "not bad at all",
        "Can't complain, everything works now",
        "no problem at all, take your time",
        "没什么不满意的",
        "挺好的，没毛病",
        "Thanks, the problem is finally solved. I was angry last week, but Dana fixed everything.",
        "之前很生气，不过今天都处理好了，谢谢你们",
        "Hi, yesterday the brakes failed on a hill. I used the parking brake, nobody is hurt. Please send a tow.",
        "您好，刚才高速上车辆失去动力，已停到应急车道，人员安全，请安排救援。",
        "I have a MODEL Y LONG RANGE AWD, does the GEN2 UMC fit a NEMA 14-50?",
        "请问 MODEL S PLAID 的轮胎规格是多少？",
        "Can't wait to pick her up tomorrow!!! 😍😍😍",
        "提车啦🎉🎉🎉 谢谢小刘",
        "THANK YOU SO MUCH!!!",
        "您好，請問保養可以預約星期六嗎？",
        "What would I need to file a claim with the insurer?",
        "升级固件之后在哪里看更新内容？",
        "ok",
        "好的",
    ],
)
def test_calm_stays_calm(engine: EmbeddedEngine, text: str) -> None:
    reading = engine.read(text)
    assert reading.grade <= Grade.DISSATISFIED
    assert reading.probability < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "You people are liars and thieves",
        "YOU HAVE LIED TO ME FOR THE THIRD TIME. WHERE IS MY CAR?",
        "This is ridiculous, I've asked three times and nobody answers",
        "Worst service ever. You don't care at all once you have the money.",
        'So your expert diagnosis is "drive it and see"? Brilliant.',
        "Your staff is incompetent and rude",
        "你们就是一群骗子",
        "你们到底有没有人管？打了八个电话都没人接！",
        "说好昨天交车的，又骗我，有意思吗？",
        "你們到底要拖到什麼時候？每次都說快了快了",
        "ＹＯＵ ＬＩＡＲＳ",
        "yuo poeple are usless liars",
        "垃圾售后，推来推去，谁买谁后悔",
        "呵呵，又是下周，您说了算",
    ],
)
def test_reproach_is_recognised(engine: EmbeddedEngine, text: str) -> None:
    reading = engine.read(text)
    assert reading.probability > 0.5
    assert reading.grade >= Grade.AGITATED


@pytest.mark.parametrize(
    "text",
    [
        "See you in court, you crooks. I will ruin you.",
        "一群骗子，等着收律师函，法院见！",
        "你们这帮畜生，赔我钱！我要曝光你们！",
    ],
)
def test_rage_and_threats_are_the_highest_grade(engine: EmbeddedEngine, text: str) -> None:
    assert engine.read(text).grade == Grade.FURIOUS


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Where is my car?", "WHERE IS MY CAR?"),
        ("Where is my car?", "Ｗｈｅｒｅ ｉｓ ｍｙ ｃａｒ？"),
        ("Where is my car?", "Where is my car? 😡😡"),
        ("Where is my car?", "Wh\u200bere is my c\u200bar?"),
        ("你们到底什么时候修好？", "你們到底什麼時候修好？"),
        ("This is unacceptable!", "This is unacceptable!!!!!!!!"),
        ("你们太慢了！", "你们太慢了！！！！！！"),
        ("so slow", "soooooooo sloooooow".replace("oo", "o").replace("oo", "o").replace("oo", "o")),
    ],
)
def test_spelling_does_not_change_the_score(engine: EmbeddedEngine, one: str, other: str) -> None:
    assert engine.read(other).probability == pytest.approx(engine.read(one).probability, abs=0.02)


@pytest.mark.parametrize(
    "text", ["Where is my car? You lied to me.", "你们又骗我。车到底在哪？", "Thanks, all good.", "退钱"]
)
@pytest.mark.parametrize("times", [2, 3, 10, 100])
def test_repetition_buys_no_score(engine: EmbeddedEngine, text: str, times: int) -> None:
    once = engine.read(text).probability
    assert engine.read(text * times).probability <= once + 0.05
    assert engine.read((text + "\n") * times).probability <= once + 0.05


@slow
@given(
    st.sampled_from(["late", "nobody calls", "where is my car", "thanks", "没人管", "又要等", "谢谢", "什么时候好"]),
    st.integers(min_value=2, max_value=200),
)
def test_repetition_of_any_phrase_buys_no_score(phrase: str, times: int) -> None:
    engine = embedded_engine()
    assert engine.read(f"{phrase}. " * times).probability <= engine.read(f"{phrase}. ").probability + 0.05


@pytest.mark.parametrize(
    "text",
    [
        "You lied to me again.",
        "Where is my car?",
        "Thank you, see you on Monday.",
        "The range is lower than I expected.",
    ],
)
def test_neutral_words_added_buy_no_score(engine: EmbeddedEngine, text: str) -> None:
    before = engine.read(text).probability
    assert engine.read(text + NEUTRAL).probability <= before + 0.15
    assert engine.read(text + NEUTRAL * 20).probability <= before + 0.15


@pytest.mark.parametrize(
    "text",
    [
        "The car is the blue one.",
        "My booking number is 4711.",
        "It is parked at the back of the yard.",
        "Reference 77812.",
        "I bought it in June and I work on Tuesdays.",
        "停在后院。",
        "预约号4711。",
        "六月买的，平时周二休息。",
    ],
)
def test_particulars_say_no_mood(engine: EmbeddedEngine, text: str) -> None:
    reading = engine.read(text)
    assert reading.grade == Grade.CALM
    assert reading.probability < 0.35


def test_quoted_anger_is_not_the_writers(engine: EmbeddedEngine) -> None:
    mail = "Thanks for the quick help, all solved.\n> You are liars and thieves! See you in court!"
    reading = engine.read(mail)
    assert reading.grade == Grade.CALM
    assert reading.signals == ()


@slow
@given(st.text(max_size=300))
def test_every_text_gets_a_sound_answer(text: str) -> None:
    reading = embedded_engine().read(text)
    assert 0 <= reading.probability <= 1
    spans = [e.span for e in reading.evidence] + [span for signal in reading.signals for span in signal.spans]
    assert all(text[span.start : span.end] == span.text and span.text for span in spans)


@pytest.mark.parametrize("text", ["", " ", "\n\n", "😀", "???", "12345", "\x00\x01\x02", "\ud800", "\u200b" * 100])
def test_what_says_nothing_is_calm_with_low_confidence(engine: EmbeddedEngine, text: str) -> None:
    reading = engine.read(text)
    assert (reading.grade, reading.confidence) == (Grade.CALM, "low")


@pytest.mark.parametrize(
    "text", ["x" * 100_000, "a b" * 50_000, "你" * 8_001, "\x00" * 9_000, "é" * 8_000, "!?" * 4_000]
)
def test_huge_texts_are_read_in_bounded_time(engine: EmbeddedEngine, text: str) -> None:
    assert 0 <= engine.read(text).probability <= 1


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("我的车什么时候修好？", "zh"),
        ("When will my car be ready?", "en"),
        ("Wann ist mein Auto fertig? Ich warte seit Wochen.", "de"),
        ("¿Cuándo estará listo mi coche?", "es"),
        ("Quando meu carro fica pronto? Já não sei o que fazer.", "pt"),
        ("Когда моя машина будет готова?", "ru"),
    ],
)
def test_measured_languages_are_recognised(engine: EmbeddedEngine, text: str, language: str) -> None:
    assert engine.read(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "Quand est-ce que ma voiture sera prête ? C'est honteux.",
        "いつまで待たせるんですか",
        "언제까지 기다려야 하나요",
        "متى ستكون سيارتي جاهزة؟",
    ],
)
def test_other_languages_get_an_answer_with_low_confidence(engine: EmbeddedEngine, text: str) -> None:
    assert engine.read(text).confidence == "low"


def test_evidence_names_the_words_that_counted(engine: EmbeddedEngine) -> None:
    text = "Hello, my car is the blue one. You lied to me and you are thieves. Regards, Kim"
    strongest = engine.read(text).evidence[0]
    assert strongest.weight > 0
    assert "lied" in strongest.span.text or "thieves" in strongest.span.text


def test_the_same_text_always_gets_the_same_reading(engine: EmbeddedEngine) -> None:
    text = "Third time I ask: where is the part? 你们到底管不管"
    assert engine.read(text) == engine.read(text) == EmbeddedEngine().read(text)


def test_scores_are_those_that_were_stored_with_the_weights(engine: EmbeddedEngine) -> None:
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert stored["engine_version"] == engine.version
    for row in stored["scores"]:
        assert engine.read(row["text"]).probability == pytest.approx(row["probability"], abs=0.001), row["text"]


def test_nothing_is_loaded_before_the_first_message() -> None:
    code = "import sys, functions.sentiment_escalation.agitation.reading as r; assert 'numpy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[3])  # noqa: S603 - itself
