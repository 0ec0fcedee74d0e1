"""Take in a message of the queue: score it, append it, see what the conversation has come to and who must know.

Messages are counted in the order in which they were received, however late one comes, and each once. Of somebody whose
data was erased nothing new is kept.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from functions.sentiment_escalation.centre_desk import CentreDesk
from functions.sentiment_escalation.follow_delays import follow_delays
from functions.sentiment_escalation.models import Incoming
from functions.sentiment_escalation.raise_case import raise_case
from functions.sentiment_escalation.recognise_words import is_courtesy, is_question
from functions.sentiment_escalation.report_answer import report_answer
from functions.sentiment_escalation.report_promise import report_promise
from functions.sentiment_escalation.score_message import score_message
from functions.sentiment_escalation.wiring import WorkerParts
from shared.adapters.cases_table import LostRace
from shared.adapters.conversations_table import MOST_REWRITTEN, AlreadyTakenIn
from shared.domain.cases import State
from shared.domain.conversations import Author, Change, Conversation, Entry, Episode, Message, Trajectory
from shared.domain.errors import NotFound
from shared.domain.trajectory import follow
from shared.domain.validation import read_as

TRIES = 5
"""Against a timer that changes the same conversation; after that the queue brings the message again."""


class TakenIn(NamedTuple):
    """What became of a message: whether it is new, refused or left out, and the case that was asked for."""

    key: str
    is_new: bool
    refused: bool = False
    left_out: bool = False
    """The data of its owner was erased."""
    reason: str | None = None


def take_in_message(fields: Any, parts: WorkerParts, now: datetime) -> TakenIn:
    """Append a message. Raises InvalidInput for one that nobody can process, LostRace when it should come again."""
    incoming = read_as(Incoming, fields)
    message = _read(incoming, parts)
    for _ in range(TRIES - 1):
        try:
            return _append(incoming, message, parts, now)
        except LostRace:
            continue
    return _append(incoming, message, parts, now)


def _read(incoming: Incoming, parts: WorkerParts) -> Message:
    """The message with what is to be read out of it. Only what customers write is scored."""
    fields = {name: getattr(incoming, name) for name in Incoming.model_fields if name in Message.model_fields}
    if incoming.author is not Author.CUSTOMER:
        return Message(**fields, asks=is_question(incoming.words))
    score = score_message(incoming.words, parts.engine())
    # Thanks can be bitter: what sounds upset is no courtesy.
    courteous = is_courtesy(incoming.words) and score.grade < 2 and not score.signals and not incoming.asks_for_manager
    return Message(**fields, score=score, is_courtesy=courteous)


def _append(incoming: Incoming, message: Message, parts: WorkerParts, now: datetime) -> TakenIn:
    found = parts.conversations.find(incoming.centre_id, incoming.conversation_id)
    if found is not None and _is_somebody_elses(found, incoming):
        return TakenIn(found.key, is_new=False, refused=True)
    conversation = found or _begin(incoming, message)
    is_late = message.order < conversation.newest
    if not is_late and _is_after_closed_case(conversation, message, parts):
        message = message.model_copy(update={"opens_episode": True})
    before, later = _around(conversation, message, parts) if is_late else (conversation.trajectory, [])
    states = list(follow(before, (message, *(entry.message for entry in later)), parts.rules.trajectory))
    # So late that no transaction holds what came after it: its heat has long passed, only its words count.
    state = conversation.trajectory if len(later) > MOST_REWRITTEN else states[-1]
    rewritten = (
        []
        if len(later) > MOST_REWRITTEN
        else [e._replace(trajectory=s) for e, s in zip(later, states[1:], strict=True)]
    )
    conversation, ended = _carried_on(conversation, message, state, incoming.owner_id)
    desk = CentreDesk(conversation.centre_id, parts.centres.find(conversation.centre_id))
    episode, request = raise_case(conversation, message, states[0], parts.rules.hard)
    conversation = conversation.model_copy(update={"episode": episode})
    conversation = conversation.model_copy(update={"delays": follow_delays(conversation, desk, parts.rules)})
    answer, promise = report_answer(conversation, message), report_promise(conversation, message, desk)
    outbox = [told for told in (request, answer, promise) if told is not None]
    change = Change(found, conversation, Entry(message, states[0], outbox), rewritten, ended)
    if parts.owners.is_erased(conversation.owner_id):
        return TakenIn(conversation.key, is_new=False, left_out=True)
    try:
        parts.conversations.save(change, now)
    except AlreadyTakenIn:
        return TakenIn(conversation.key, is_new=False)
    return TakenIn(conversation.key, is_new=True, reason=request["reason"] if request else None)


def _is_somebody_elses(found: Conversation, incoming: Incoming) -> bool:
    """Two owners who began with the same id at once: it belongs to the first."""
    return (
        incoming.author is Author.CUSTOMER
        and incoming.owner_id is not None
        and found.owner_id is not None
        and found.owner_id != incoming.owner_id
    )


def _begin(incoming: Incoming, message: Message) -> Conversation:
    return Conversation(
        centre_id=incoming.centre_id,
        conversation_id=incoming.conversation_id,
        owner_id=incoming.owner_id,
        locale=incoming.locale,
        started_at=message.received_at,
        episode=Episode(number=1, started_at=message.received_at),
    )


def _is_after_closed_case(conversation: Conversation, message: Message, parts: WorkerParts) -> bool:
    """Whether this is a new matter: the case that the conversation was handed off to is closed."""
    case_id = conversation.episode.case_id
    says_something = message.author is Author.CUSTOMER and not message.is_courtesy
    if case_id is None or not (says_something or message.waiting_for is not None):
        return False
    try:
        return parts.cases.get(case_id).state is State.CLOSED
    except NotFound:  # Asked for, and not opened yet.
        return False


def _around(conversation: Conversation, message: Message, parts: WorkerParts) -> tuple[Trajectory, Sequence[Entry]]:
    """What a late message comes after, and the messages that come after it."""
    earlier = parts.conversations.before(conversation.key, message.order)
    later = parts.conversations.after(conversation.key, message.order, MOST_REWRITTEN + 1)
    return (earlier.trajectory if earlier else Trajectory()), later


def _carried_on(
    conversation: Conversation, message: Message, state: Trajectory, owner_id: str | None
) -> tuple[Conversation, Episode | None]:
    """The conversation with one more message, and the episode that ended with it."""
    newest, started_at = max(conversation.newest, message.order), min(conversation.started_at, message.received_at)
    is_newest = message.order == newest
    episode, ended = conversation.episode, None
    if state.episode > episode.number:
        ended = episode.model_copy(update={"ended_at": message.received_at})
        episode = Episode(number=state.episode, started_at=message.received_at)
    elif episode.number == 1:
        episode = episode.model_copy(update={"started_at": started_at})
    carried_on = conversation.model_copy(
        update={
            "version": conversation.version + 1,
            "message_count": conversation.message_count + 1,
            "newest": newest,
            "started_at": started_at,
            "owner_id": conversation.owner_id or owner_id,
            # A late message does not bring back an earlier car or bill.
            "vin": (message.vin if is_newest else None) or conversation.vin or message.vin,
            "bill_id": (message.bill_id if is_newest else None) or conversation.bill_id or message.bill_id,
            "trajectory": state,
            "episode": episode,
        }
    )
    return carried_on, ended
