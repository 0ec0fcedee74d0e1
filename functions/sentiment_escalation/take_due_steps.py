"""Take the steps about delays that are due: tell the customer, then page the manager, then ask for a case.

Conversations are found by the index of due times and nothing else; each step is claimed by the write that records it.
"""

from datetime import datetime
from typing import NamedTuple

from functions.sentiment_escalation.centre_desk import CentreDesk
from functions.sentiment_escalation.follow_delays import follow_delays, next_step, step_taken
from functions.sentiment_escalation.rules import Step
from functions.sentiment_escalation.tell_of_delay import ask_for_case, delay_key, page_manager, tell_customer
from functions.sentiment_escalation.wiring import TimerParts
from shared.adapters.cases_table import LostRace
from shared.adapters.conversations_table import BUCKETS, AlreadyTakenIn
from shared.domain.conversations import Change, Conversation, Delay, StepTaken
from shared.runtime.observability import log_failure

MOST_OF_A_BUCKET = 50
"""Conversations of one bucket in one tick; what is left over is due in the next."""


class Tick(NamedTuple):
    """What one tick did."""

    taken: int
    failed: int


def take_due_steps(parts: TimerParts, now: datetime) -> Tick:
    """Take one step of every conversation that has one due, each by itself: one that fails holds up no other.

    One at a time, so that after a standstill a customer is told before a manager is paged; the same tick again takes no
    other.
    """
    taken = failed = 0
    for bucket in range(BUCKETS):
        for key in parts.conversations.due(bucket, now, MOST_OF_A_BUCKET):
            try:
                taken += _take_step(key, parts, now)
            except (LostRace, AlreadyTakenIn):
                continue
            except Exception as error:  # noqa: BLE001  the next conversation must not wait for this one
                log_failure("conversation failed", error, conversation=key)
                failed += 1
    return Tick(taken, failed)


def _take_step(key: str, parts: TimerParts, now: datetime) -> bool:
    conversation = parts.conversations.find_by_key(key)
    if conversation is None:
        return False
    due = [delay for delay in conversation.delays if delay.due_at is not None and delay.due_at <= now]
    if not due:
        return False
    delay = min(due, key=lambda found: (found.due_at, found.kind))
    desk = CentreDesk(conversation.centre_id, parts.centres.find(conversation.centre_id))
    step = next_step(delay)
    if step is None:
        return False
    taken = step_taken(delay, desk, parts.rules, now)
    after = conversation.model_copy(
        update={
            "version": conversation.version + 1,
            "delays": tuple(taken if found == delay else found for found in conversation.delays),
        }
    )
    after, outbox = _act(step, after, taken, desk, now)
    after = after.model_copy(update={"delays": follow_delays(after, desk, parts.rules)})
    record = StepTaken(f"{delay_key(delay)}#{step}", now, delay.kind, step.value, outbox)
    parts.conversations.save(Change(conversation, after, step=record), now)
    return True


def _act(
    step: Step, conversation: Conversation, delay: Delay, desk: CentreDesk, now: datetime
) -> tuple[Conversation, list[object]]:
    """The conversation after a step, and what other rooms are told."""
    match step:
        case Step.TELL_CUSTOMER:
            told = tell_customer(conversation, delay, desk, now)
            return conversation, [] if told is None else [told]
        case Step.PAGE_MANAGER:
            return conversation, [page_manager(conversation, delay, desk, now)]
        case Step.ESCALATE:
            request = ask_for_case(conversation, delay, now)
            episode = conversation.episode.model_copy(
                update={
                    "handed_off_at": now,
                    "case_id": request["case_id"],
                    "raised": (*conversation.episode.raised, request["reason"]),
                }
            )
            return conversation.model_copy(update={"episode": episode}), [request]
