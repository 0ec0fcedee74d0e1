"""Walks the main job on a deployed system: hands in the sample bills and shows what their owners would read."""

from __future__ import annotations

import time
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from local.api import Answer, Api
from local.cloud import PROJECT, Cloud
from local.deploy import Deployment
from local.seed import PEOPLE, sign_in

BILLS = PROJECT / "events" / "bill_explanation" / "bills"
_CONTENT_TYPES = {".json": "application/json", ".xml": "application/xml"}
_STREAM_WITHIN_S = 15


def walk(cloud: Cloud, deployment: Deployment, url: str) -> None:
    """Hand in every bill of `events/bill_explanation/bills`; print each outcome, its page and what was queued."""
    integrator = Api(url, sign_in(cloud, deployment, "integrator"))
    bills = sorted(path for path in BILLS.glob("*") if path.suffix in _CONTENT_TYPES)
    queue = deployment.outputs["NotificationsQueueUrl"]
    waiting = _waiting(cloud, queue)
    new = 0
    for bill in bills:
        answer = hand_in(integrator, bill)
        new += answer.status == HTTPStatus.CREATED
        print(f"\n{bill.name}")
        for line in _outcome(integrator, answer):
            print(f"  {line}")
    if new:
        waiting = _wait_for(cloud, queue, waiting + new)
    print(f"\nIn the queue of notices to owners: {waiting}, as the table's stream asked.")


def hand_in(api: Api, bill: Path) -> Answer:
    """Send one bill as a dealer's system would; an XML invoice knows no owner, so the request names one."""
    owner = f"?owner_id={PEOPLE['owner'].owner_id}" if bill.suffix == ".xml" else ""
    return api.post(f"/bills{owner}", bill.read_bytes(), {"content-type": _CONTENT_TYPES[bill.suffix]})


def _outcome(api: Api, answer: Answer) -> Iterator[str]:
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        yield f"refused with {answer.status}: {answer.text}"
        return
    explanation = answer.json()
    bill_id = explanation["bill_id"]
    yield f"bill {bill_id}, {'new' if answer.status == HTTPStatus.CREATED else 'known already'}"
    summary = api.get(f"/bills/{bill_id}/explanation?summary=sms", {"accept": "text/plain"})
    yield from summary.text.splitlines()
    yield f"page: {explanation['links']['page']}"


def _waiting(cloud: Cloud, queue: str) -> int:
    """How many messages wait; read from the queue's attributes, since receiving one would count as a delivery."""
    name = "ApproximateNumberOfMessages"
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=[name])
    return int(answer["Attributes"][name])


def _wait_for(cloud: Cloud, queue: str, expected: int) -> int:
    deadline = time.monotonic() + _STREAM_WITHIN_S
    while (waiting := _waiting(cloud, queue)) < expected and time.monotonic() < deadline:
        time.sleep(0.2)
    return waiting
