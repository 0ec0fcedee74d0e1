"""Walks the win-back: a fleet is imported, the morning's call list made, a sheet shown, and three calls lead on."""

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
UNHAPPY, TIRED, RETURNING = "fleet-6", "fleet-5", "fleet-9"
"""Owners of the fleet who say that something was bad, that they want no calls, and that they would like to come."""
COMPLAINT = "At my last visit I waited three hours for the bumper, and nobody told me why."
CHECKLIST = {"solved": True, "prevention_taught": True, "value_added": False, "choice_matters": True}


def walk_outreach(tour: Tour) -> None:
    """All of it, in order. In a later walk the tasks of an earlier one are still there, and its calls were made."""
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
    _complaint(tour)
    _refusal(tour)
    _return(tour)


def _complaint(tour: Tour) -> None:
    heading("A call: something was bad, so a case opens by itself")
    _call(tour, UNHAPPY, "dissatisfied", words=COMPLAINT)
    print(f'owner: "{COMPLAINT}"')
    case = until("the case of the call", lambda: _case_of(tour, UNHAPPY))
    print(f"  case {case['case_id']}, {case['severity']}: {case['answered_by']} answers for it")
    print(f'  in their words: "{case["words"]}"')
    if case["state"] == "new":  # so that it does not stand in the way of the next walk
        actions, done = f"/cases/{case['case_id']}/actions", "We have spoken, and I have told you what went wrong."
        tour.post("manager", actions, {"action": "acknowledge"})
        tour.post("manager", actions, {"action": "resolve", "words": done, "checklist": CHECKLIST})


def _refusal(tour: Tour) -> None:
    heading("A call: do not contact me, at once and everywhere")
    _call(tour, TIRED, "do_not_contact")
    may = until("the registry to hear of it", lambda: _refused(tour, TIRED))
    for purpose, channels in may.items():
        answers = ", ".join(
            f"{name} {'yes' if permission['allowed'] else 'no'}" for name, permission in channels.items()
        )
        print(f"  may be contacted for {purpose}: {answers}")


def _return(tour: Tour) -> None:
    heading("A call: would like to come, and comes: won back")
    task = _call(tour, RETURNING, "wants_appointment", words="Saturday morning would be best.")
    visit = {"id": "back-after-a-call", "vin": task["vin"], "at": datetime.now(UTC).isoformat(), "kind": "maintenance"}
    tour.post("integrator", "/visits", visit)
    effect = until("the visit to count", lambda: _won_back(tour, task["month"]))
    asked, held_out = effect["asked"], effect["held_out"]
    print(f"  they came: {asked['won_back']} of {asked['reached']} spoken to this month were won back")
    compared = f"{asked['counted']} asked, {held_out['counted']} held out"
    print(f"  compared once {effect['within_days']} days are over, so far: {compared}")
    print(f"  {' '.join(effect['says'])}")


def _call(tour: Tour, owner_id: str, outcome: str, **told: str) -> Any:
    """Report a call to an owner, under a key of its own, so that what an earlier walk told is not told again."""
    kept = tour.get("manager", f"/owners/{owner_id}/personal-data?room=outreach")["outreach"]
    task = min((item["data"] for item in kept if "vin" in item["data"]), key=lambda task: str(task["made_at"]))
    report = {"outcome": outcome, "request_id": f"walk-{outcome}", **told}
    became = tour.post("manager", f"/outreach/{task['id']}/attempts", report)
    print(f"{_name_of(tour, owner_id)} was called: {outcome.replace('_', ' ')}; the task is {became['state']}")
    return task


def _name_of(tour: Tour, owner_id: str) -> str:
    return str(tour.get("manager", f"/owners/{owner_id}")["owner"]["name"])


def _case_of(tour: Tour, owner_id: str) -> Any:
    kept = tour.get("manager", f"/owners/{owner_id}/personal-data?room=cases")["cases"]
    found = [item["body"] for item in kept if "reasons" in item.get("body", {})]
    return tour.get("manager", f"/cases/{found[0]['case_id']}") if found else None


def _refused(tour: Tour, owner_id: str) -> Any:
    may = tour.get("manager", f"/owners/{owner_id}")["may_contact"]
    return None if any(permission["allowed"] for channels in may.values() for permission in channels.values()) else may


def _won_back(tour: Tour, month: str) -> Any:
    effect = tour.get("manager", f"/outreach/effect?month={month}&locale=en")
    return effect if effect["asked"]["won_back"] else None


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
