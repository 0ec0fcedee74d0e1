"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from functools import cache

from shared.adapters.bills_table import BillsTable
from shared.adapters.clients import client
from shared.adapters.language_model import BedrockModel, LanguageModel
from shared.adapters.link_keys import LinkKeys
from shared.adapters.queues import Queue


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the HTTP door needs."""

    bills: BillsTable
    link_keys: LinkKeys
    public_url: str
    model: LanguageModel | None


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the stream door needs."""

    bills: BillsTable
    notifications: Queue
    case_requests: Queue
    link_keys: LinkKeys
    public_url: str


def _bills() -> BillsTable:
    return BillsTable(client("dynamodb"), os.environ["BILLS_TABLE"])


def _link_keys() -> LinkKeys:
    return LinkKeys(lambda: client("secretsmanager"), os.environ["LINK_SECRET_ARN"])


@cache
def api_parts() -> ApiParts:
    """Raises KeyError for a missing setting, at the first request."""
    model_id = os.environ.get("NARRATIVE_MODEL_ID")
    return ApiParts(
        bills=_bills(),
        link_keys=_link_keys(),
        public_url=os.environ["PUBLIC_URL"],
        model=BedrockModel(model_id) if model_id else None,
    )


@cache
def stream_parts() -> StreamParts:
    """Raises KeyError for a missing setting, at the first batch."""
    sqs = client("sqs")
    return StreamParts(
        bills=_bills(),
        notifications=Queue(sqs, os.environ["NOTIFICATIONS_QUEUE_URL"]),
        case_requests=Queue(sqs, os.environ["CASE_REQUESTS_QUEUE_URL"]),
        link_keys=_link_keys(),
        public_url=os.environ["PUBLIC_URL"],
    )
