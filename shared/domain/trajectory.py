"""How heated a conversation is, as a fold over its messages in the order in which they were received.

A temperature from 0 to 100 that halves with time and rises with what is said, with repeated contact and with messages
that stay unanswered. It is hot from one threshold on and until it falls below a lower one, so that it does not flicker.
The fold needs one message and what was before, so it costs the same however long the conversation is.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict

from shared.domain.conversations import Author, Message, Score, Trajectory

HOTTEST = 100.0


class TrajectoryRules(BaseModel):
    """The entries `trajectory` of content/conversation_rules.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    half_life_hours: float
    hot: float
    cool: float
    levels: tuple[float, float, float, float]
    level_by_probability: float
    gains: tuple[float, float, float, float]
    gain_by_probability: float
    unanswered: float
    patience_minutes: float
    signals: Mapping[str, float]
    courtesy_keeps: float


def follow(state: Trajectory, messages: Iterable[Message], rules: TrajectoryRules) -> Iterator[Trajectory]:
    """What the conversation comes to with each of these messages, which follow `state` in order."""
    for message in messages:
        state = step(state, message, rules)
        yield state


def step(state: Trajectory, message: Message, rules: TrajectoryRules) -> Trajectory:
    """What the conversation comes to with one more message."""
    says_something = message.author is Author.CUSTOMER and not message.is_courtesy
    if message.opens_episode or (state.is_closed and says_something):
        state = Trajectory(episode=state.episode + 1)
    match message.author:
        case Author.CUSTOMER:
            return _customer_wrote(state, message, rules)
        case Author.STAFF:
            return _with_word_about_waiting(_staff_wrote(state, message, rules), message)
        case Author.SYSTEM:
            return _with_word_about_waiting(_cooled(state, message.received_at, rules), message)


def temperature_at(state: Trajectory, at: datetime, rules: TrajectoryRules) -> float:
    """The temperature at a time after the last message; before it, that of the message."""
    if state.at is None or at <= state.at:
        return state.temperature
    halves = (at - state.at) / timedelta(hours=rules.half_life_hours)
    return round(state.temperature * math.pow(0.5, halves), 4)


def is_hot_at(state: Trajectory, at: datetime, rules: TrajectoryRules) -> bool:
    """Whether it is hot: once it is, until it has cooled below the lower threshold."""
    return state.is_hot and temperature_at(state, at, rules) > rules.cool


def _customer_wrote(state: Trajectory, message: Message, rules: TrajectoryRules) -> Trajectory:
    at = message.received_at
    cooled = _cooled(state, at, rules)
    if message.is_courtesy:
        return _heated(cooled, cooled.temperature * rules.courtesy_keeps, rules, customer_owes_since=None)
    score = message.score or Score(probability=0, grade=0)
    level = rules.levels[score.grade] + rules.level_by_probability * score.probability
    gain = rules.gains[score.grade] + rules.gain_by_probability * score.probability
    gain += sum(rules.signals.get(name, 0) for name in score.signal_names)
    since = state.awaiting_since
    if since is not None and at - since >= timedelta(minutes=rules.patience_minutes):
        gain += rules.unanswered
    return _heated(
        cooled,
        max(level, cooled.temperature + gain),
        rules,
        unanswered=state.unanswered + 1,
        awaiting_since=since or at,
        customer_owes_since=None,
    )


def _staff_wrote(state: Trajectory, message: Message, rules: TrajectoryRules) -> Trajectory:
    cooled = _cooled(state, message.received_at, rules)
    owes_since = message.received_at if message.asks and not message.closes else None
    return cooled.model_copy(
        update={"unanswered": 0, "awaiting_since": None, "customer_owes_since": owes_since},
    )


def _with_word_about_waiting(state: Trajectory, message: Message) -> Trajectory:
    """What staff, or a dealer's system, said about parts, or about the end of the conversation."""
    if message.waiting_for is not None:
        waits = message.waiting_for.what != "nothing"
        state = state.model_copy(
            update={
                "waiting": message.waiting_for if waits else None,
                # Said again, perhaps with another date, it is still the same wait.
                "waiting_since": (state.waiting_since or message.received_at) if waits else None,
            }
        )
    if message.closes:
        state = state.model_copy(
            update={"is_closed": True, "awaiting_since": None, "waiting": None, "waiting_since": None, "unanswered": 0}
        )
    return state


def _cooled(state: Trajectory, at: datetime, rules: TrajectoryRules) -> Trajectory:
    return state.model_copy(
        update={
            "temperature": temperature_at(state, at, rules),
            "is_hot": is_hot_at(state, at, rules),
            "at": at,
        }
    )


def _heated(state: Trajectory, temperature: float, rules: TrajectoryRules, **changes: object) -> Trajectory:
    temperature = round(min(HOTTEST, temperature), 4)
    is_hot = temperature >= rules.hot or (state.is_hot and temperature > rules.cool)
    return state.model_copy(update={"temperature": temperature, "is_hot": is_hot, **changes})
