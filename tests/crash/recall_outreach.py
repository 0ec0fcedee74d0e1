"""The doors of recall outreach, delivered to until they succeed."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from functions.recall_outreach import stream, wiring, worker
from shared.adapters import owners_table
from shared.adapters.outreach_table import task_to_item
from shared.adapters.owners_table import StoredOwner
from shared.domain.outreach import Task
from shared.runtime import clock
from tests.crash.harness import Stage
from tests.integration.conftest import create_queue, create_table
from tests.integration.recall_outreach.outreach_world import MANAGER, World, sample
from tests.unit.recall_outreach.people import NOW, VIN, consent, holding, owner

_TABLES = {
    "OUTREACH": "Outreach",
    "OWNERS": "Owners",
    "CENTRES": "Centres",
    "CASES": "Cases",
    "NOTIFICATIONS": "NotificationLog",
}
_QUEUES = {
    "OUTREACH_CENTRES": "OutreachCentres",
    "OWNER_RECORDS": "OwnerRecords",
    "CASE_REQUESTS": "CaseRequests",
    "NOTIFICATIONS": "Notifications",
}
_READ = ("OwnerRecords", "CaseRequests", "Notifications")


class _Outreach:
    """A world whose deliveries can be repeated, each at a time of its own."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        # Each bucket is one more query to stop at, and no other than the first.
        patch.setattr(owners_table, "DUE_BUCKETS", 2)
        patch.setattr("functions.recall_outreach.worker.DUE_BUCKETS", 2)
        for name, table in _TABLES.items():
            patch.setenv(f"{name}_TABLE", create_table(table))
        urls = {queue: create_queue(queue) for queue in _QUEUES.values()}
        for name, queue in _QUEUES.items():
            patch.setenv(f"{name}_QUEUE_URL", urls[queue])
        for made in (wiring.parts, wiring.worker_parts, wiring.timer_parts, wiring.stream_parts):
            made.cache_clear()
        self.world = World(urls)
        patch.setattr(clock, "now", lambda: self.world.now)
        self._heard: dict[str, Task] = {}

    def at(self, moment: datetime, deliver: Callable[[], object]) -> Callable[[], None]:
        def delivery() -> None:
            self.world.now = moment
            deliver()

        return delivery

    def run(self, moment: datetime) -> Callable[[], None]:
        def deliver() -> None:
            assert worker.handler(sample("worker_outreach_due"), None) == {"batchItemFailures": []}

        return self.at(moment, deliver)

    def report(self, moment: datetime, owner_id: str, outcome: str, **body: Any) -> Callable[[], None]:
        """A client that repeats a request which got no answer, with the key it gave it."""

        def deliver() -> None:
            [task] = [task for task in self.world.tasks() if task.owner_id == owner_id]
            key = f"{outcome}-{moment:%d%H%M}"
            assert self.world.report(task, outcome, MANAGER, request_id=key, **body).status in (200, 201)

        return self.at(moment, deliver)

    def returns(self, moment: datetime, owner_id: str, vin: str) -> Callable[[], None]:
        note = {"id": "RO-9", "centre_id": "demo-centre", "at": moment, "kind": "repair"}
        came = holding(owner_id, vin, last_visit_at=moment, history=[note])
        return self.at(moment, lambda: self.world.returned(came))

    def agrees(self, moment: datetime, owner_id: str, vin: str) -> Callable[[], None]:
        def deliver() -> None:
            agreed = owner(owner_id, consents=[consent(at=moment)])
            while not self.world.owners.replace_owner(
                owner_id, StoredOwner(agreed, "", self.world.owners.find_owner(owner_id).rev)
            ):
                pass
            self.world.put_holding(holding(owner_id, vin), seen=2)

        return self.at(moment, deliver)

    def hear(self) -> None:
        """The stream hands over what has changed since it was last heard; a batch that fails comes again whole."""
        changes = []
        for task in sorted(self.world.tasks(), key=lambda task: task.id):
            if self._heard.get(task.id) != task:
                changes.append((task, self._heard.get(task.id)))
        records = []
        for number, (new, old) in enumerate(changes):
            image = task_to_item(new)
            change = {"Keys": {"pk": image["pk"], "sk": image["sk"]}, "NewImage": image, "SequenceNumber": str(number)}
            if old is not None:
                change["OldImage"] = task_to_item(old)
            records.append({"eventSource": "aws:dynamodb", "eventName": "MODIFY", "dynamodb": change})
        if records:
            assert stream.handler({"Records": records}, None) == {"batchItemFailures": []}
        self._heard |= {new.id: new for new, _ in changes}

    def observe(self) -> dict[str, Any]:
        """Everything stored, and every message once: their readers tell a repetition by its key."""
        items = boto3.client("dynamodb").scan(TableName="Outreach", ConsistentRead=True)["Items"]
        return {
            "stored": {f"{i['pk']['S']} {i['sk']['S']}": json.dumps(i, sort_keys=True) for i in items},
            **{
                queue: sorted({json.dumps(message, sort_keys=True) for message in self.world.waiting(queue)})
                for queue in _READ
            },
        }


def winning_back(patch: pytest.MonkeyPatch) -> Stage:
    """Three owners are due, one without consent; one is unhappy, one does not answer, then comes by themselves."""
    outreach = _Outreach(patch)
    vins = {f"owner-{n}": f"LRW3E7FA0RC00004{n}" for n in (1, 2, 3)}
    for owner_id, vin in vins.items():
        agreed = [] if owner_id == "owner-3" else [consent()]
        outreach.world.put_owner(owner(owner_id, consents=agreed), holding(owner_id, vin))
    minute = timedelta(minutes=1)
    return Stage(
        [
            outreach.run(NOW),
            outreach.hear,
            outreach.report(NOW + minute, "owner-1", "calling"),
            outreach.report(NOW + 2 * minute, "owner-1", "dissatisfied", words="等了三个小时"),
            outreach.report(NOW + 3 * minute, "owner-2", "no_answer"),
            outreach.hear,
            outreach.returns(NOW + timedelta(days=3), "owner-2", vins["owner-2"]),
            outreach.returns(NOW + timedelta(days=4), "owner-1", vins["owner-1"]),
            outreach.hear,
        ],
        outreach.observe,
    )


def agreeing_late(patch: pytest.MonkeyPatch) -> Stage:
    """An owner who is due has not agreed to calls, then does; the next run asks them."""
    outreach = _Outreach(patch)
    outreach.world.put_owner(owner(consents=[]), holding())
    return Stage(
        [
            outreach.run(NOW),
            outreach.hear,
            outreach.agrees(NOW + timedelta(hours=3), "owner-1", VIN),
            outreach.run(NOW + timedelta(days=1)),
            outreach.hear,
        ],
        outreach.observe,
    )
