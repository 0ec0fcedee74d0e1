"""The temperature of a conversation: it cools with time, rises with what is said, and does not flicker."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sentiment_escalation.rules import ConversationRules
from shared.domain.conversations import Author, Evidence, Medium, Message, Score, Trajectory, WaitingFor
from shared.domain.trajectory import HOTTEST, follow, is_hot_at, step, temperature_at

RULES = ConversationRules.of_content().trajectory
START = datetime(2026, 11, 25, 2, tzinfo=UTC)


def message(minute: float, grade: int = 0, probability: float | None = None, **fields: Any) -> Message:
    signals = tuple(Evidence(start=0, end=1, words="x", signal=name) for name in fields.pop("signals", ()))
    score = Score(probability=grade / 3 if probability is None else probability, grade=grade, signals=signals)
    given: dict[str, Any] = {
        "message_id": f"m-{minute}", "author": Author.CUSTOMER, "channel": Medium.APP, "locale": "en", "words": "x",
        "received_at": START + timedelta(minutes=minute), "score": score, **fields,
    }  # fmt: skip
    return Message(**given)


def after(*messages: Message, state: Trajectory | None = None) -> Trajectory:
    start = state or Trajectory()
    return [start, *follow(start, messages, RULES)][-1]


scores = st.builds(
    lambda grade, probability, names: Score(
        probability=probability,
        grade=grade,
        signals=tuple(Evidence(start=0, end=1, words="x", signal=name) for name in names),
    ),
    st.integers(0, 3),
    st.floats(0, 1),
    st.lists(st.sampled_from(["repeated_contact", "churn_threat", "human_request"]), max_size=2),
)


@st.composite
def messages(draw: st.DrawFn) -> list[Message]:
    minutes = sorted(draw(st.lists(st.integers(0, 10_000), max_size=12, unique=True)))
    return [
        message(
            minute,
            score=draw(scores),
            author=draw(st.sampled_from([Author.CUSTOMER, Author.CUSTOMER, Author.STAFF, Author.SYSTEM])),
            is_courtesy=draw(st.booleans()),
            asks=draw(st.booleans()),
            closes=draw(st.sampled_from([False, False, False, True])),
        )
        for minute in minutes
    ]


# ------------------------------------------------------------------------------------------------ properties


@given(messages())
def test_it_stays_within_its_bounds(said: list[Message]) -> None:
    for state in follow(Trajectory(), said, RULES):
        assert 0 <= state.temperature <= HOTTEST
        assert state.unanswered >= 0
        assert (state.awaiting_since is None) == (state.unanswered == 0)


@given(messages(), st.integers(0, 10_000), st.integers(0, 10_000))
def test_silence_cools_and_never_heats(said: list[Message], one: int, other: int) -> None:
    state = after(*said)
    end = state.at or START
    sooner, later = (end + timedelta(minutes=minutes) for minutes in sorted((one, other)))
    assert temperature_at(state, later, RULES) <= temperature_at(state, sooner, RULES) <= state.temperature
    assert is_hot_at(state, sooner, RULES) >= is_hot_at(state, later, RULES)


def test_it_halves_in_its_half_life() -> None:
    state = after(message(0, 3))
    half = temperature_at(state, START + timedelta(hours=RULES.half_life_hours), RULES)
    assert half == pytest.approx(state.temperature / 2, abs=0.001)


@given(messages(), st.integers(0, 2), st.floats(0, 0.5), st.integers(10_001, 20_000))
def test_a_more_agitated_message_never_leaves_it_cooler(
    said: list[Message], grade: int, probability: float, minute: int
) -> None:
    before = after(*said)
    calmer = step(before, message(minute, grade, probability), RULES)
    angrier = step(before, message(minute, grade + 1, probability), RULES)
    likelier = step(before, message(minute, grade, probability + 0.5), RULES)
    repeated = step(before, message(minute, grade, probability, signals=["repeated_contact"]), RULES)
    for other in (angrier, likelier, repeated):
        assert other.temperature >= calmer.temperature
        assert other.is_hot >= calmer.is_hot


@given(messages())
def test_an_agitated_message_more_never_leaves_it_cooler(said: list[Message]) -> None:
    customers = [m for m in said if m.author is Author.CUSTOMER and not m.is_courtesy and not m.closes]
    without = after(*customers)
    extra = message(5_000.5, 2)
    heated = after(*sorted([*customers, extra], key=lambda m: m.order), message(10_001))
    assert heated.temperature >= after(*customers, message(10_001), state=Trajectory()).temperature
    assert without.episode == heated.episode


@given(st.lists(st.tuples(st.integers(1, 3_000), st.integers(0, 1)), min_size=1, max_size=30))
def test_between_the_thresholds_it_stays_what_it_was(gaps: list[tuple[int, int]]) -> None:
    state, minute = after(message(0, 3)), 0
    assert state.is_hot
    for gap, grade in gaps:
        minute += gap
        previous = state
        state = step(state, message(minute, grade), RULES)
        if RULES.cool < state.temperature < RULES.hot:
            assert state.is_hot == is_hot_at(previous, START + timedelta(minutes=minute), RULES)
        else:
            assert state.is_hot == (state.temperature >= RULES.hot)


@given(messages(), st.data())
def test_the_fold_can_stop_anywhere_and_go_on(said: list[Message], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(said)))
    stored = Trajectory.model_validate_json(after(*said[:cut]).model_dump_json(exclude_defaults=True))
    assert after(*said[cut:], state=stored) == after(*said)


# ---------------------------------------------------------------------------------------------------- facts


def test_one_furious_message_is_hot_and_one_reproach_is_not() -> None:
    assert after(message(0, 3, 0.8)).is_hot
    assert not after(message(0, 2, 1)).is_hot
    assert after(message(0, 2, 0.9), message(30, 2, 0.9)).is_hot


def test_calm_lines_typed_one_after_the_other_heat_nothing() -> None:
    assert after(*(message(minute / 4) for minute in range(12))).temperature < 15


def test_calm_but_unanswered_again_and_again_gets_hot() -> None:
    assert after(*(message(minute, 1) for minute in range(0, 240, 30))).is_hot


def test_it_stays_hot_on_the_way_down_where_it_would_not_get_hot_on_the_way_up() -> None:
    a_day = 24 * 60
    down = after(message(0, 3), message(1, author=Author.STAFF), message(a_day, 0, 0))
    assert RULES.cool < down.temperature < RULES.hot
    assert down.is_hot
    up = after(message(0, 2, 0.5))
    assert RULES.cool < up.temperature < RULES.hot
    assert not up.is_hot
    assert not after(message(0, 3), message(1, author=Author.STAFF), message(3 * a_day, 0, 0)).is_hot


def test_what_stays_unanswered_heats_more_than_what_is_answered() -> None:
    answer = message(15, author=Author.STAFF)
    answered = after(message(0, 1), answer, message(30, 1))
    assert after(message(0, 1), message(30, 1)).temperature > answered.temperature


def test_a_reply_ends_the_wait_and_a_courtesy_does_not() -> None:
    staff = message(10, author=Author.STAFF)
    assert after(message(0), staff).awaiting_since is None
    assert after(message(0), message(10, is_courtesy=True)).awaiting_since == START
    assert after(message(0), message(10, author=Author.SYSTEM)).awaiting_since == START


def test_a_courtesy_cools() -> None:
    angry = after(message(0, 2))
    assert after(message(0, 2), message(1, is_courtesy=True)).temperature < angry.temperature


def test_a_new_episode_begins_cold_and_with_nothing_owed() -> None:
    waiting = WaitingFor(what="parts")
    before = [message(0, 3), message(1, author=Author.STAFF, waiting_for=waiting, closes=False)]
    for opening in (
        [message(2, author=Author.STAFF, closes=True), message(3, 1)],
        [message(3, 1, opens_episode=True)],
    ):
        state = after(*before, *opening)
        assert state.episode == 2
        assert state.temperature < 30
        assert (state.waiting, state.unanswered, state.is_closed) == (None, 1, False)


def test_the_same_wait_said_again_began_when_it_was_first_said() -> None:
    parts = WaitingFor(what="parts", words="port")
    state = after(
        message(0, author=Author.STAFF, waiting_for=parts), message(60, author=Author.STAFF, waiting_for=parts)
    )
    assert state.waiting_since == START
    ended = message(90, author=Author.STAFF, waiting_for=WaitingFor(what="nothing"))
    assert after(ended, state=state).waiting is None
