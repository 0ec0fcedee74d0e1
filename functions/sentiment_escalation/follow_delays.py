"""Follow how long a customer waits: when the next step about a delay is due, counted in the centre's opening hours."""

from collections.abc import Sequence
from datetime import datetime

from functions.sentiment_escalation.centre_desk import CentreDesk
from functions.sentiment_escalation.rules import STEPS, ConversationRules, Step
from shared.domain.conversations import Conversation, Delay, DelayKind


def follow_delays(conversation: Conversation, desk: CentreDesk, rules: ConversationRules) -> tuple[Delay, ...]:
    """The delays of a conversation as it now stands.

    One that goes on keeps the steps that were taken; one that ended is dropped, and what was left of it with it. Once a
    case is open its own clocks run instead: what was done about a delay is still seen, and nothing more is due.
    """
    begun = _begun(conversation)
    if conversation.episode.handed_off_at is not None:
        known = (_kept(conversation.delays, delay) for delay in begun)
        return tuple(delay.model_copy(update={"due_at": None}) for delay in known if delay is not None)
    return tuple(_kept(conversation.delays, delay) or _with_due_time(delay, desk, rules) for delay in begun)


def next_step(delay: Delay) -> Step | None:
    """The step that is taken next, or None after the last."""
    return STEPS[delay.steps_taken] if delay.steps_taken < len(STEPS) else None


def step_taken(delay: Delay, desk: CentreDesk, rules: ConversationRules, now: datetime) -> Delay:
    """The delay after its next step, which was taken at `now`: what comes next, even overdue, leaves time to act."""
    taken = _with_due_time(delay.model_copy(update={"steps_taken": delay.steps_taken + 1}), desk, rules)
    if taken.due_at is None:
        return taken
    return taken.model_copy(update={"due_at": max(taken.due_at, (now + rules.steps_apart).replace(microsecond=0))})


def _begun(conversation: Conversation) -> Sequence[Delay]:
    state = conversation.trajectory
    begun = []
    if state.awaiting_since is not None:
        begun.append(Delay(kind=DelayKind.REPLY, since=state.awaiting_since, due_at=None))
    if state.waiting is not None and state.waiting_since is not None:
        expected_at = state.waiting.expected_at
        begun.append(Delay(kind=DelayKind.PARTS, since=state.waiting_since, expected_at=expected_at, due_at=None))
    return begun


def _kept(known: Sequence[Delay], begun: Delay) -> Delay | None:
    same = (begun.kind, begun.since, begun.expected_at)
    return next((delay for delay in known if (delay.kind, delay.since, delay.expected_at) == same), None)


def _with_due_time(delay: Delay, desk: CentreDesk, rules: ConversationRules) -> Delay:
    step = next_step(delay)
    return delay.model_copy(update={"due_at": None if step is None else _due(delay, step, desk, rules)})


def _due(delay: Delay, step: Step, desk: CentreDesk, rules: ConversationRules) -> datetime:
    """The customer is told soon; the steps after that leave parts the time that they were expected to take."""
    start = delay.since
    if step is not Step.TELL_CUSTOMER and delay.expected_at is not None:
        start = max(start, delay.expected_at)
    due_at = desk.deadline(start, rules.patience(delay.kind, step)).due_at
    return due_at.replace(microsecond=0)
