"""A centre whose owners have stopped coming, in an account of its own."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from functions.recall_outreach import wiring
from shared.runtime import clock
from tests.integration.conftest import create_queue, create_table
from tests.integration.recall_outreach.outreach_world import World

_PARTS = (wiring.parts, wiring.worker_parts, wiring.timer_parts, wiring.stream_parts)


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    tables = {"OUTREACH": "Outreach", "OWNERS": "Owners", "CENTRES": "Centres", "CASES": "Cases"}
    for name, table in (tables | {"NOTIFICATIONS": "NotificationLog"}).items():
        monkeypatch.setenv(f"{name}_TABLE", create_table(table))
    queues = {}
    names = {"OUTREACH_CENTRES": "OutreachCentres", "OWNER_RECORDS": "OwnerRecords", "CASE_REQUESTS": "CaseRequests"}
    for name, queue in (names | {"NOTIFICATIONS": "Notifications"}).items():
        queues[queue] = create_queue(queue)
        monkeypatch.setenv(f"{name}_QUEUE_URL", queues[queue])
    for made in _PARTS:
        made.cache_clear()
    world = World(queues)

    def now() -> datetime:
        return world.now

    monkeypatch.setattr(clock, "now", now)
    yield world
    for made in _PARTS:
        made.cache_clear()
