"""Walks the bills: hands in the samples, and shows what their owner reads and is sent."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

from local.api import Answer, Api
from local.cloud import PROJECT
from local.outbox import sent, wait_until_quiet
from local.seed import PEOPLE
from local.tour import Tour, heading

BILLS = PROJECT / "events" / "bill_explanation" / "bills"
TROUBLE = BILLS / "1_repair_order_with_trouble.json"
_CONTENT_TYPES = {".json": "application/json", ".xml": "application/xml"}


def walk_bills(tour: Tour) -> None:
    """Hand in every bill of `events/bill_explanation/bills`; print each outcome, and what their owner was sent."""
    heading("Bills come in and are explained before anyone has to call")
    before, new = sent(tour.cloud), False
    bills = sorted(path for path in BILLS.glob("*") if path.suffix in _CONTENT_TYPES)
    for bill in bills:
        answer = hand_in(tour.api("integrator"), bill)
        new |= answer.status == HTTPStatus.CREATED
        print(f"\n{bill.name}")
        for line in _outcome(answer):
            print(f"  {line}")
    if new:
        print("\nWhat was sent (`aftercare outbox` shows all of it; more than four messages a day wait for tomorrow):")
        for message in wait_until_quiet(tour.cloud, before):
            print(*(f"  {line}" for line in message.lines()), sep="\n")


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
