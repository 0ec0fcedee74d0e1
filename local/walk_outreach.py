"""Walks the win-back: a fleet is imported, the schedule makes the morning's call list, and one call sheet is shown."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from datetime import time as time_of_day
from functools import partial
from typing import Any

from local.cloud import PROJECT
from local.import_records import import_file, poster
from local.read_rows import Habits
from local.tour import ZONE, Tour, heading, until

FLEET = PROJECT / "events" / "owner_journey" / "records" / "fleet.jsonl"


def walk_outreach(tour: Tour) -> None:
    """Import, schedule, call list, call sheet; in a later walk the tasks of an earlier one are still there."""
    heading("The morning's call list: owners who have stopped coming")
    file = tour.cloud.home / FLEET.name  # the report of refused rows is written beside it
    shutil.copy2(FLEET, file)
    with poster(tour.url, tour.api("integrator").token) as post:
        import_file(file, Habits(), post, lambda line: print(f"imported {line}"))
    for owner_id, facts in _facts().items():
        until(f"what was imported of {owner_id}", partial(_is_known, tour, owner_id, facts))
    tour.tick("OutreachTimer", datetime.combine(datetime.now(ZONE), time_of_day(5), ZONE).astimezone(UTC))
    listed = until("the call list", lambda: _settled(tour))
    for call in listed["calls"]:
        model = call["vehicle"]["model"] or call["vehicle"]["vin"]
        print(f"  {call['place']:2}. {call['owner']['name']} ({model}), due {call['due_on']}")
        print(f"      {' '.join(call['reasons'])}")
    best = listed["calls"][0]
    heading(f"The call sheet of {best['owner']['name']}")
    for line in _sheet(tour.get("manager", f"{best['sheet']}?locale=en")):
        print(f"  {line}")
    page = tour.cloud.home / "call-sheet.html"
    page.write_bytes(tour.api("manager").get(f"{best['sheet']}?locale=en", {"accept": "text/html"}).body)
    print(f"  page: {page.as_uri()}")


def _facts() -> dict[str, Counter[str]]:
    """How many visits and consents of each owner the file holds."""
    records = [json.loads(line) for line in FLEET.read_text("utf-8").splitlines()]
    owner_of = {record["vin"]: record["owner_id"] for record in records if record["record"] == "vehicle"}
    facts: dict[str, Counter[str]] = {owner_id: Counter() for owner_id in owner_of.values()}
    for record in records:
        if record["record"] in ("visit", "consent"):
            facts[record.get("owner_id") or owner_of[record["vin"]]][record["record"]] += 1
    return facts


def _is_known(tour: Tour, owner_id: str, facts: Counter[str]) -> bool:
    """Whether the registry has folded all that: before, somebody might not be due, or not have agreed."""
    known = tour.get("manager", f"/owners/{owner_id}")
    if not known or not known["vehicles"]:
        return False
    visits = sum(vehicle["visits"] for vehicle in known["vehicles"])
    return bool(visits >= facts["visit"] and len(known["owner"]["consents"]) >= facts["consent"])


def _settled(tour: Tour) -> Any:
    """The call list, once it has stopped growing."""
    first = tour.get("manager", "/outreach?locale=en")
    time.sleep(0.5)
    listed = tour.get("manager", "/outreach?locale=en")
    return listed if listed and listed["calls"] and listed == first else None


def _sheet(sheet: Any) -> Iterator[str]:
    for part in ("call", "who", "why", "opening", "thanks"):
        yield from (f"{part:8} {text['text']}" for text in sheet[part])
    for branch in sheet["branches"]:
        yield f"{'if':8} {branch['title']}: {' '.join(text['text'] for text in branch['say'])}"
