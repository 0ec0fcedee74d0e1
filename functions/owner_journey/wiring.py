"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from functools import cache
from typing import Any

from shared.adapters.centres_table import CentresTable, RememberedCentres
from shared.adapters.clients import client
from shared.adapters.owners_table import OwnersTable
from shared.adapters.personal_data import Drawer, drawers
from shared.adapters.queues import Queue


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the HTTP door needs."""

    owners: OwnersTable
    centres: RememberedCentres
    drawers: tuple[Drawer, ...]
    owner_records: Queue


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the queue door needs."""

    owners: OwnersTable
    drawers: tuple[Drawer, ...]


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the stream door needs."""

    owners: OwnersTable
    centres: RememberedCentres


def _owners(dynamodb: Any) -> OwnersTable:
    return OwnersTable(dynamodb, os.environ["OWNERS_TABLE"])


def _centres(dynamodb: Any) -> RememberedCentres:
    return RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"]))


@cache
def api_parts() -> ApiParts:
    """Raises KeyError for a missing setting, at the first request."""
    dynamodb = client("dynamodb")
    return ApiParts(
        owners=_owners(dynamodb),
        centres=_centres(dynamodb),
        drawers=drawers(dynamodb, os.environ),
        owner_records=Queue(client("sqs"), os.environ["OWNER_RECORDS_QUEUE_URL"]),
    )


@cache
def worker_parts() -> WorkerParts:
    """Raises KeyError for a missing setting, at the first batch."""
    dynamodb = client("dynamodb")
    return WorkerParts(owners=_owners(dynamodb), drawers=drawers(dynamodb, os.environ))


@cache
def stream_parts() -> StreamParts:
    """Raises KeyError for a missing setting, at the first batch."""
    dynamodb = client("dynamodb")
    return StreamParts(owners=_owners(dynamodb), centres=_centres(dynamodb))
