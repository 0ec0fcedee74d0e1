"""What the doors of this room are made of, put together once per container."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from functions.sentiment_escalation.agitation.reading import AgitationEngine
from functions.sentiment_escalation.rules import ConversationRules
from shared.adapters.cases_table import CasesTable
from shared.adapters.centres_table import CentresTable, RememberedCentres
from shared.adapters.clients import client
from shared.adapters.conversations_table import ConversationsTable
from shared.adapters.owners_table import OwnersTable
from shared.adapters.queues import FifoQueue, Queue


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the HTTP door needs."""

    conversations: ConversationsTable
    cases: CasesTable
    centres: RememberedCentres
    queue: FifoQueue
    rules: ConversationRules


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the queue door needs."""

    conversations: ConversationsTable
    cases: CasesTable
    centres: RememberedCentres
    owners: OwnersTable
    rules: ConversationRules
    engine: Callable[[], AgitationEngine]
    """Loading takes a second, so it is done at the first message of a customer."""


@dataclass(frozen=True, slots=True)
class TimerParts:
    """What the schedule door needs."""

    conversations: ConversationsTable
    centres: RememberedCentres
    rules: ConversationRules


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the stream door needs."""

    case_requests: Queue
    notifications: Queue


@cache
def api_parts() -> ApiParts:
    """Raises KeyError for a missing setting, at the first request."""
    dynamodb = client("dynamodb")
    return ApiParts(
        conversations=ConversationsTable(dynamodb, os.environ["CONVERSATIONS_TABLE"]),
        cases=CasesTable(dynamodb, os.environ["CASES_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        queue=FifoQueue(client("sqs"), os.environ["CONVERSATION_MESSAGES_QUEUE_URL"]),
        rules=ConversationRules.of_content(),
    )


@cache
def worker_parts() -> WorkerParts:
    """Raises KeyError for a missing setting, at the first batch."""
    dynamodb = client("dynamodb")
    return WorkerParts(
        conversations=ConversationsTable(dynamodb, os.environ["CONVERSATIONS_TABLE"]),
        cases=CasesTable(dynamodb, os.environ["CASES_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        owners=OwnersTable(dynamodb, os.environ["OWNERS_TABLE"]),
        rules=ConversationRules.of_content(),
        engine=_engine,
    )


@cache
def timer_parts() -> TimerParts:
    """Raises KeyError for a missing setting, at the first tick."""
    dynamodb = client("dynamodb")
    return TimerParts(
        conversations=ConversationsTable(dynamodb, os.environ["CONVERSATIONS_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        rules=ConversationRules.of_content(),
    )


@cache
def stream_parts() -> StreamParts:
    """Raises KeyError for a missing setting, at the first batch."""
    sqs = client("sqs")
    return StreamParts(
        case_requests=Queue(sqs, os.environ["CASE_REQUESTS_QUEUE_URL"]),
        notifications=Queue(sqs, os.environ["NOTIFICATIONS_QUEUE_URL"]),
    )


@cache
def _engine() -> AgitationEngine:
    from functions.sentiment_escalation.agitation.engine import embedded_engine

    return embedded_engine()
