"""Walks the main job on a deployed system: hands in the sample bills and shows what their owner would read."""

from __future__ import annotations

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any

from local.api import Api
from local.cloud import PROJECT, Cloud
from local.deploy import Deployment
from local.seed import sign_in

BILLS = PROJECT / "events" / "bill_explanation" / "bills"
_CONTENT_TYPES = {".json": "application/json", ".xml": "application/xml"}


def walk(cloud: Cloud, deployment: Deployment, url: str) -> None:
    """Hand in every bill of `events/bill_explanation/bills` and print the outcome and the link to its page."""
    api = Api(url, sign_in(cloud, deployment, "integrator"))
    for bill in sorted(p for p in BILLS.glob("*") if p.suffix in _CONTENT_TYPES):
        print(f"\n{bill.name}")
        for line in _hand_in(api, bill):
            print(f"  {line}")


def _hand_in(api: Api, bill: Path) -> list[str]:
    answer = api.post("/bills", bill.read_bytes(), {"content-type": _CONTENT_TYPES[bill.suffix]})
    if answer.status not in (HTTPStatus.OK, HTTPStatus.CREATED):
        return [f"{answer.status}: {answer.text}"]
    explanation: dict[str, Any] = json.loads(answer.text)
    lines = [f"bill {explanation.get('bill_id')} ({'new' if answer.status == HTTPStatus.CREATED else 'known already'})"]
    if bill_id := explanation.get("bill_id"):
        text = api.get(f"/bills/{bill_id}/explanation", {"accept": "text/plain"})
        lines += text.text.splitlines()
    if page := explanation.get("links", {}).get("page"):
        lines.append(f"page: {page}")
    return lines
