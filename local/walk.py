"""Walks the main job on a deployed system: hands in the sample bills and shows what their owners would read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from local.api import Answer, Api
from local.cloud import PROJECT, Cloud
from local.deploy import Deployment
from local.outbox import sent, wait_until_quiet
from local.seed import PEOPLE, sign_in

BILLS = PROJECT / "events" / "bill_explanation" / "bills"
_CONTENT_TYPES = {".json": "application/json", ".xml": "application/xml"}


def walk(cloud: Cloud, deployment: Deployment, url: str) -> None:
    """Hand in every bill of `events/bill_explanation/bills`; print each outcome, and what their owner was sent."""
    integrator = Api(url, sign_in(cloud, deployment, "integrator"))
    _register(Api(url, sign_in(cloud, deployment, "manager")), "centre_impact/api_put_centre.json")
    _register(integrator, "owner_journey/api_put_owner.json")
    before, new = sent(cloud), False
    bills = sorted(path for path in BILLS.glob("*") if path.suffix in _CONTENT_TYPES)
    for bill in bills:
        answer = hand_in(integrator, bill)
        new |= answer.status == HTTPStatus.CREATED
        print(f"\n{bill.name}")
        for line in _outcome(answer):
            print(f"  {line}")
    if new:
        print("\nWhat was sent (`aftercare outbox` shows all of it; more than four messages a day wait for tomorrow):")
        for message in wait_until_quiet(cloud, before):
            print(*(f"  {line}" for line in message.lines()), sep="\n")


def _register(api: Api, sample: str) -> None:
    """Make the centre or the owner of a sample request known; again it changes nothing."""
    event = json.loads((PROJECT / "events" / sample).read_text())
    answer = api.call("PUT", event["rawPath"], event["body"].encode(), {"content-type": "application/json"})
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        print(f"{event['rawPath']}: refused with {answer.status}: {answer.text}")


def hand_in(api: Api, bill: Path) -> Answer:
    """Send one bill as a dealer's system would; an XML invoice knows no owner, so the request names one."""
    owner = f"?owner_id={PEOPLE['owner'].owner_id}" if bill.suffix == ".xml" else ""
    return api.post(f"/bills{owner}", bill.read_bytes(), {"content-type": _CONTENT_TYPES[bill.suffix]})


def _outcome(answer: Answer) -> Iterator[str]:
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        yield f"refused with {answer.status}: {answer.text}"
        return
    explanation = answer.json()
    bill_id = explanation["bill_id"]
    yield f"bill {bill_id}, {'new' if answer.status == HTTPStatus.CREATED else 'known already'}"
    yield explanation["headline"]["text"]
    for finding in explanation["findings"]:
        yield f"  [{finding['severity']}] {finding['statement']['text']}"
    yield f"page: {explanation['links']['page']}"
