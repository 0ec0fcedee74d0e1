"""Show a conversation: its messages, how heated it became and by which words, and who owes whom an answer."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypedDict

from functions.sentiment_escalation.rules import STEPS
from shared.adapters.conversations_table import Page
from shared.content import wording
from shared.domain.conversations import Conversation, Delay, Entry, Episode, Trajectory
from shared.domain.trajectory import TrajectoryRules, is_hot_at, temperature_at


class MessageDict(TypedDict):
    """One message."""

    message_id: str
    author: str
    channel: str
    words: str
    received_at: str
    sent_at: str | None
    asks_for_manager: bool
    needs_answer: bool


class MovedDict(TypedDict):
    """Words that moved the temperature; a signal by its name where they are one."""

    words: str
    start: int
    end: int
    weight: float | None
    signal: str | None


class PointDict(TypedDict):
    """The temperature with one message."""

    at: str
    message_id: str
    temperature: float
    hot: bool
    grade: int | None
    episode: int
    moved_by: list[MovedDict]


class OwesDict(TypedDict):
    """Who owes an answer, since when, and what was done about a delay."""

    who: str
    what: str
    since: str | None
    steps_taken: list[str]
    next_step_at: str | None


class WaitDict(TypedDict):
    """What the repair waits for."""

    what: str
    words: str | None
    since: str | None
    expected_at: str | None
    steps_taken: list[str]
    next_step_at: str | None


class EpisodeDict(TypedDict):
    """From the first trouble until its case was closed; between hand-off and end humans are in charge."""

    number: int
    started_at: str
    handed_off_at: str | None
    ended_at: str | None
    case_id: str | None
    reasons: list[str]


class TemperatureDict(TypedDict):
    """How heated it is now, of 100."""

    now: float
    hot: bool
    points: list[PointDict]


class ConversationDict(TypedDict):
    """A conversation as it is shown."""

    conversation_id: str
    started_at: str
    message_count: int
    closed: bool
    owes: OwesDict
    waiting_for: WaitDict | None
    temperature: TemperatureDict
    episodes: list[EpisodeDict]
    messages: list[MessageDict]
    older: str | None


def show_conversation(
    conversation: Conversation, page: Page, ended: Sequence[Episode], rules: TrajectoryRules, now: datetime, locale: str
) -> ConversationDict:
    """The conversation at the time `now`, its messages the oldest first; `older` pages on."""
    state = conversation.trajectory
    entries = list(reversed(page.entries))
    return {
        "conversation_id": conversation.conversation_id,
        "started_at": conversation.started_at.isoformat(),
        "message_count": conversation.message_count,
        "closed": state.is_closed,
        "owes": _owes(conversation, locale),
        "waiting_for": _waiting(conversation),
        "temperature": {
            "now": round(temperature_at(state, now, rules), 1),
            "hot": is_hot_at(state, now, rules),
            "points": [_point(entry) for entry in entries],
        },
        "episodes": [_episode(episode) for episode in (*reversed(ended), conversation.episode)],
        "messages": [_message(entry) for entry in entries],
        "older": page.older,
    }


def _owes(conversation: Conversation, locale: str) -> OwesDict:
    state = conversation.trajectory
    who, since = _who_owes(state)
    delay = _delay(conversation.delays, "reply")
    return {
        "who": who,
        "what": wording(locale).template(f"conversation.owes.{who}"),
        "since": _time(since),
        "steps_taken": _steps(delay),
        "next_step_at": _time(delay.due_at) if delay else None,
    }


def _who_owes(state: Trajectory) -> tuple[str, datetime | None]:
    if state.awaiting_since is not None:
        return "centre", state.awaiting_since
    if state.customer_owes_since is not None:
        return "customer", state.customer_owes_since
    return "nobody", None


def _waiting(conversation: Conversation) -> WaitDict | None:
    state = conversation.trajectory
    if state.waiting is None:
        return None
    delay = _delay(conversation.delays, "parts")
    return {
        "what": state.waiting.what,
        "words": state.waiting.words,
        "since": _time(state.waiting_since),
        "expected_at": _time(state.waiting.expected_at),
        "steps_taken": _steps(delay),
        "next_step_at": _time(delay.due_at) if delay else None,
    }


def _delay(delays: Iterable[Delay], kind: str) -> Delay | None:
    return next((delay for delay in delays if delay.kind == kind), None)


def _steps(delay: Delay | None) -> list[str]:
    return [] if delay is None else [step.value for step in STEPS[: delay.steps_taken]]


def _point(entry: Entry) -> PointDict:
    message, state = entry.message, entry.trajectory
    score = message.score
    moved = () if score is None else (*score.evidence, *score.signals)
    return {
        "at": message.received_at.isoformat(),
        "message_id": message.message_id,
        "temperature": round(state.temperature, 1),
        "hot": state.is_hot,
        "grade": None if score is None else score.grade,
        "episode": state.episode,
        "moved_by": [
            {"words": m.words, "start": m.start, "end": m.end, "weight": m.weight, "signal": m.signal} for m in moved
        ],
    }


def _message(entry: Entry) -> MessageDict:
    message = entry.message
    return {
        "message_id": message.message_id,
        "author": message.author.value,
        "channel": message.channel.value,
        "words": message.words,
        "received_at": message.received_at.isoformat(),
        "sent_at": _time(message.sent_at),
        "asks_for_manager": message.asks_for_manager,
        "needs_answer": message.author == "customer" and not message.is_courtesy,
    }


def _episode(episode: Episode) -> EpisodeDict:
    return {
        "number": episode.number,
        "started_at": episode.started_at.isoformat(),
        "handed_off_at": _time(episode.handed_off_at),
        "ended_at": _time(episode.ended_at),
        "case_id": episode.case_id,
        "reasons": list(episode.raised),
    }


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
