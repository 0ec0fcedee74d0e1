"""Decide whether a message is a reason for a case, and ask the case desk for it: once per episode and reason."""

from collections.abc import Mapping
from typing import NamedTuple

from shared.domain.conversations import (
    Conversation,
    Episode,
    Message,
    Trajectory,
    escalation_request_id,
    proposed_case_id,
)
from shared.domain.events import CaseRequested

KEYWORD, AGITATION = "keyword", "agitation"
FURIOUS = 3


class Raised(NamedTuple):
    """The episode with what was asked for in it, and the request; None where there is no reason for one."""

    episode: Episode
    request: CaseRequested | None


def raise_case(conversation: Conversation, message: Message, after: Trajectory, hard: Mapping[str, str]) -> Raised:
    """What this message, which brought the conversation to `after`, asks of the case desk.

    The customer's own word always asks: the desk merges it into the open case. Everything else asks once per episode;
    a hard signal again when its reason is new, so that danger is not hidden behind a case about mere anger.
    """
    episode = conversation.episode
    if message.asks_for_manager:
        request_id = escalation_request_id(conversation.centre_id, conversation.conversation_id, message.message_id)
        case_id = message.case_id or proposed_case_id(request_id)
        request = case_request(conversation, message, KEYWORD, request_id)
        request["case_id"] = case_id
        return Raised(_handed_off(episode, message, (KEYWORD,), case_id), request)
    reasons = _new_reasons(episode, message, after, hard)
    if not reasons:
        return Raised(episode, None)
    request_id = f"episode#{conversation.key}#{episode.number}#{reasons[0]}"
    request = case_request(conversation, message, reasons[0], request_id)
    if episode.case_id is None:
        request["case_id"] = proposed_case_id(request_id)
    return Raised(_handed_off(episode, message, reasons, request.get("case_id")), request)


def case_request(conversation: Conversation, message: Message, reason: str, request_id: str) -> CaseRequested:
    """The request for a case because of a message."""
    request: CaseRequested = {
        "type": "case_requested",
        "request_id": request_id,
        "reason": reason,
        "centre_id": conversation.centre_id,
        "owner_id": conversation.owner_id,
        "requested_at": message.received_at.isoformat(),
        "locale": message.locale,
        "words": message.words,
        "conversation_id": conversation.conversation_id,
    }
    bill_id = message.bill_id or conversation.bill_id
    if bill_id is not None:
        request["bill_id"] = bill_id
    if message.score is not None:
        request["grade"] = message.score.grade
        request["signals"] = list(message.score.signal_names)
        request["probability"] = message.score.probability
        request["engine"] = message.score.version
        request["language"] = message.score.language
        request["channel"] = message.channel.value
    return request


def _new_reasons(episode: Episode, message: Message, after: Trajectory, hard: Mapping[str, str]) -> tuple[str, ...]:
    """The reasons that this episode has not had yet, the gravest first."""
    if message.score is None:
        return ()
    found = [reason for signal, reason in hard.items() if signal in message.score.signal_names]
    if not episode.raised and (after.is_hot or message.score.grade >= FURIOUS):
        found.append(AGITATION)
    return tuple(reason for reason in found if reason not in episode.raised)


def _handed_off(episode: Episode, message: Message, reasons: tuple[str, ...], case_id: str | None) -> Episode:
    return episode.model_copy(
        update={
            "handed_off_at": episode.handed_off_at or message.received_at,
            "case_id": episode.case_id or case_id,
            "raised": tuple(dict.fromkeys((*episode.raised, *reasons))),
        }
    )
