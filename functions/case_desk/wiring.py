"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from functions.case_desk.desk import Desk
from functions.case_desk.measure_entry import measure_entry
from functions.case_desk.policies import Policies
from shared.adapters.cases_table import CasesTable
from shared.adapters.centres_table import CentresTable, RememberedCentres
from shared.adapters.clients import client
from shared.adapters.owners_table import OwnersTable
from shared.adapters.queues import Queue
from shared.domain.cases import Change


@dataclass(frozen=True, slots=True)
class Parts:
    """What the doors need that work on cases."""

    cases: CasesTable
    centres: RememberedCentres
    policies: Policies

    def desk(self, centre_id: str) -> Desk:
        """The desk of a centre; of one that nobody knows, the one that stands in."""
        return Desk(centre_id, self.centres.find(centre_id))

    def store(self, change: Change, now: datetime) -> None:
        """Store a change and, once it is stored, count it: a lost race or a second delivery counts nothing."""
        self.cases.save(change, now)
        for entry in change.entries:
            measure_entry(entry)


@dataclass(frozen=True, slots=True)
class WorkerParts(Parts):
    """What the queue door needs besides."""

    owners: OwnersTable


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the stream door needs."""

    notifications: Queue


@cache
def parts() -> Parts:
    """Raises KeyError for a missing setting, at the first event."""
    dynamodb = client("dynamodb")
    return Parts(
        cases=CasesTable(dynamodb, os.environ["CASES_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        policies=Policies.of_content(),
    )


@cache
def worker_parts() -> WorkerParts:
    """Raises KeyError for a missing setting, at the first batch."""
    of_all = parts()
    return WorkerParts(
        cases=of_all.cases,
        centres=of_all.centres,
        policies=of_all.policies,
        owners=OwnersTable(client("dynamodb"), os.environ["OWNERS_TABLE"]),
    )


@cache
def stream_parts() -> StreamParts:
    """Raises KeyError for a missing setting, at the first batch."""
    return StreamParts(Queue(client("sqs"), os.environ["NOTIFICATIONS_QUEUE_URL"]))
