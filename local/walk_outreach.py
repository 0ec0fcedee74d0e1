"""Walks the win-back: a fleet is imported, the schedule makes the morning's call list, and one call sheet is shown."""

from __future__ import annotations

import json
import shutil
import time
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
    for owner_id in _owners():
        until(f"the car of {owner_id}", partial(_cars, tour, owner_id))
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


def _owners() -> set[str]:
    records = map(json.loads, FLEET.read_text("utf-8").splitlines())
    return {record["owner_id"] for record in records if record["record"] == "vehicle"}


def _cars(tour: Tour, owner_id: str) -> Any:
    """What the registry has folded so far from the facts that came in."""
    return (tour.get("manager", f"/owners/{owner_id}") or {}).get("vehicles")


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
