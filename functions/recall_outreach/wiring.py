"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from functools import cache

from functions.recall_outreach.make_task import Desk
from functions.recall_outreach.policies import Policies, policies
from shared.adapters.cases_table import CasesTable
from shared.adapters.centres_table import CentresTable, RememberedCentres
from shared.adapters.clients import client
from shared.adapters.notices_table import NoticesTable
from shared.adapters.outreach_table import OutreachTable
from shared.adapters.owners_table import OwnersTable
from shared.adapters.queues import Queue
from shared.content import load
from shared.domain.contact_rules import Rules, rules_from


@dataclass(frozen=True, slots=True)
class Parts:
    """What the doors need that decide whether to contact somebody."""

    tasks: OutreachTable
    owners: OwnersTable
    centres: RememberedCentres
    cases: CasesTable
    notices: NoticesTable
    rules: Rules
    policies: Policies


@dataclass(frozen=True, slots=True)
class WorkerParts:
    """What the queue door needs."""

    desk: Desk
    due: OwnersTable
    centres: RememberedCentres
    runs: Queue


@dataclass(frozen=True, slots=True)
class TimerParts:
    """What the schedule door needs."""

    centres: CentresTable
    runs: Queue
    policies: Policies


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the stream door needs."""

    tasks: OutreachTable
    owners: OwnersTable
    centres: RememberedCentres
    owner_records: Queue
    case_requests: Queue
    notifications: Queue
    policies: Policies


@cache
def parts() -> Parts:
    """Raises KeyError for a missing setting, at the first event."""
    dynamodb = client("dynamodb")
    return Parts(
        tasks=OutreachTable(dynamodb, os.environ["OUTREACH_TABLE"]),
        owners=OwnersTable(dynamodb, os.environ["OWNERS_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        cases=CasesTable(dynamodb, os.environ["CASES_TABLE"]),
        notices=NoticesTable(dynamodb, os.environ["NOTIFICATIONS_TABLE"]),
        rules=rules_from(load("contact_rules")["entries"]),
        policies=policies(),
    )


@cache
def worker_parts() -> WorkerParts:
    """Raises KeyError for a missing setting, at the first batch."""
    made = parts()
    desk = Desk(
        tasks=made.tasks,
        owners=made.owners,
        cases=made.cases,
        notices=made.notices,
        rules=made.rules,
        policies=made.policies,
        assumptions=load("lifetime_value"),
    )
    return WorkerParts(desk, made.owners, made.centres, _runs())


@cache
def timer_parts() -> TimerParts:
    """Raises KeyError for a missing setting, at the first tick."""
    return TimerParts(CentresTable(client("dynamodb"), os.environ["CENTRES_TABLE"]), _runs(), policies())


@cache
def stream_parts() -> StreamParts:
    """Raises KeyError for a missing setting, at the first batch."""
    dynamodb, sqs = client("dynamodb"), client("sqs")
    return StreamParts(
        tasks=OutreachTable(dynamodb, os.environ["OUTREACH_TABLE"]),
        owners=OwnersTable(dynamodb, os.environ["OWNERS_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        owner_records=Queue(sqs, os.environ["OWNER_RECORDS_QUEUE_URL"]),
        case_requests=Queue(sqs, os.environ["CASE_REQUESTS_QUEUE_URL"]),
        notifications=Queue(sqs, os.environ["NOTIFICATIONS_QUEUE_URL"]),
        policies=policies(),
    )


def _runs() -> Queue:
    return Queue(client("sqs"), os.environ["OUTREACH_CENTRES_QUEUE_URL"])
