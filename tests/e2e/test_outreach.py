"""Win-back on the deployed system: from a dealer's file through the schedule to calls and what they lead to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from local.import_records import import_file, poster
from local.read_rows import Habits
from local.seed import Person, centre_sample, put_centre
from local.tour import until
from tests.e2e.conftest import System, open_at_any_time

CENTRE, ZONE = "win-back-centre", ZoneInfo("Asia/Shanghai")
MANAGER, INTEGRATOR = "win-back-manager", "win-back-integrator"
TODAY = datetime.now(UTC).replace(microsecond=0)


def ago(days: int) -> str:
    return (TODAY - timedelta(days=days)).isoformat()


def owner(name: str, number: int) -> dict[str, Any]:
    return {
        "record": "owner",
        "id": f"wb-{name}",
        "name": name,
        "locale": "en",
        "zone": "Asia/Shanghai",
        "phones": [{"number": f"+86138001390{number:02d}", "verified": True}],
        "as_of": ago(1000),
    }


def agrees(name: str) -> dict[str, Any]:
    yes = {"channel": "call", "purpose": "marketing", "granted": True, "how": "form", "source": f"form-{name}"}
    return {"record": "consent", "owner_id": f"wb-{name}", "at": ago(1500), **yes}


def car(name: str, number: int, last_seen: int, paid: str = "500.00") -> Iterator[dict[str, Any]]:
    """A car of an owner that was last in so many days ago."""
    vin, since = f"LWBE7FA0RC0{number:06d}", ago(1500)[:10]
    yield {"record": "vehicle", "vin": vin, "owner_id": f"wb-{name}", "in_service_on": since, "as_of": ago(1000)}
    for visit, days in enumerate((last_seen + 360, last_seen), 1):
        done = {"kind": "maintenance", "odometer_km": 15_000 * visit, "paid": paid, "currency": "CNY"}
        yield {"record": "visit", "id": f"{number}-{visit}", "vin": vin, "at": ago(days), "as_of": ago(days), **done}


def customer(name: str, number: int, last_seen: int, paid: str = "500.00") -> Iterator[dict[str, Any]]:
    """Somebody who agreed to be called, with their car."""
    yield owner(name, number)
    yield agrees(name)
    yield from car(name, number, last_seen, paid)


@pytest.fixture(scope="module")
def fleet(system: System, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The tasks that the schedule made, by owner; of those imported only some are to be asked."""
    system.join(
        Person(MANAGER, "manager", centre_id=CENTRE, staff_id="zhang-wei"),
        Person(INTEGRATOR, "integrator", centre_id=CENTRE),
    )
    centre = open_at_any_time(centre_sample()) | {"outreach": {"lapse_months": 8, "hold_out_percent": 0}}
    put_centre(system.api(MANAGER), centre, CENTRE)
    rows = [
        *customer("stayed", 1, last_seen=60),
        *(owner("silent", 2), *car("silent", 2, last_seen=500)),
        *customer("new", 3, last_seen=260, paid="200.00"),
        *customer("old", 4, last_seen=700, paid="3000.00"),
        *customer("cross", 5, last_seen=400),
        *customer("stop", 6, last_seen=350),
        *customer("back", 7, last_seen=300),
    ]
    bring_in(system, rows, tmp_path_factory.mktemp("fleet") / "fleet.jsonl")
    run(system)
    run(system)  # the schedule fires twice: every task is made once
    return {call["owner"]["name"]: call for call in listed(system, 5)}


def bring_in(system: System, rows: list[Any], file: Path) -> None:
    file.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    with poster(system.url, system.api(INTEGRATOR).token) as post:
        assert import_file(file, Habits(), post) == 0
    for row in rows:
        if row["record"] == "vehicle":
            until(f"{row['vin']} to be folded", partial(is_folded, system, row["owner_id"], row["vin"]))


def is_folded(system: System, owner_id: str, vin: str) -> bool:
    """Whether the registry has folded both visits of a car."""
    known = system.tour.get(MANAGER, f"/owners/{owner_id}") or {"vehicles": []}
    return any(vehicle["vin"] == vin and vehicle["visits"] == 2 for vehicle in known["vehicles"])


def run(system: System) -> None:
    """The schedule fires at five in the morning of the centre."""
    morning = datetime.now(ZONE).replace(hour=5, minute=0, second=0)
    system.tour.tick("OutreachTimer", morning.astimezone(UTC))


def listed(system: System, count: int) -> Any:
    def read() -> Any:
        calls = system.tour.get(MANAGER, "/outreach")["calls"]
        return calls if len(calls) >= count else None

    return until(f"{count} calls on the list", read)


def report(system: System, task_id: str, **said: Any) -> Any:
    return system.tour.post(MANAGER, f"/outreach/{task_id}/attempts", said)


def test_the_schedule_makes_ranked_tasks_of_those_who_may_be_asked(system: System, fleet: dict[str, Any]) -> None:
    assert set(fleet) == {"new", "old", "cross", "stop", "back"}
    calls = listed(system, 5)
    assert calls[0]["owner"]["name"] == "old"
    assert calls[-1]["owner"]["name"] == "new"
    order = [call["ranks_as_of"] for call in calls]
    assert order == sorted(order)
    assert all(call["reasons"] for call in calls)


def test_a_call_sheet_comes_as_json_page_and_calendar_entry(system: System, fleet: dict[str, Any]) -> None:
    path = f"{fleet['old']['sheet']}?locale=en"
    sheet = system.tour.get(MANAGER, path)
    said = " ".join(text["text"] for text in sheet["thanks"])
    assert "30,000 km" in said
    assert all(figure["source"] for text in sheet["thanks"] for figure in text["figures"])
    assert [branch["branch"] for branch in sheet["branches"]] == ["fine", "dissatisfied", "elsewhere"]
    for accept, begins in (("text/html", "<!doctype html>"), ("text/calendar", "begin:vcalendar")):
        answer = system.api(MANAGER).get(path, {"accept": accept})
        assert (answer.status, answer.content_type) == (200, accept)
        assert answer.text.lower().startswith(begins)


def test_the_list_and_its_sheets_are_the_centres_own(system: System, fleet: dict[str, Any]) -> None:
    assert system.api("owner").get("/outreach").status == 403
    assert system.api("manager").get(fleet["old"]["sheet"]).status == 404
    others = [call["task_id"] for call in system.tour.get("manager", "/outreach")["calls"]]
    assert fleet["old"]["task_id"] not in others


def test_an_owner_who_is_dissatisfied_gets_a_case_with_their_words(system: System, fleet: dict[str, Any]) -> None:
    words = "I waited three hours for a tyre, and nobody told me why."
    task = fleet["cross"]["task_id"]
    report(system, task, outcome="dissatisfied", request_id="call-1", words=words)
    told = report(system, task, outcome="dissatisfied", request_id="call-1", words=words)  # the form was sent twice
    assert (told["state"], told["closed_as"], len(told["attempts"])) == ("closed", "dissatisfied", 1)
    [case] = until("the case", lambda: system.tour.get(MANAGER, "/cases")["cases"])
    case = system.tour.get(MANAGER, f"/cases/{case['case_id']}")
    assert (case["reasons"], case["words"], case["owner_id"]) == (["win_back"], words, "wb-cross")
    assert case["severity"] == "medium"


def test_an_owner_who_agrees_after_being_skipped_is_asked_with_the_next_run(
    system: System, fleet: dict[str, Any]
) -> None:
    assert "silent" not in fleet
    until("the wait for their consent", lambda: wait_of(system, "silent"))
    yes = {name: value for name, value in agrees("silent").items() if name not in ("record", "owner_id")}
    assert system.api(MANAGER).post("/owners/wb-silent/consents", yes | {"at": TODAY.isoformat()}).status == 201
    until("the wait to be over", lambda: wait_of(system, "silent") == TODAY.date().isoformat())
    run(system)
    until("their task", lambda: "silent" in names(system))


def wait_of(system: System, name: str) -> Any:
    """Until when the registry need not call the car of an owner due."""
    [vehicle] = system.tour.get(MANAGER, f"/owners/wb-{name}")["vehicles"]
    return vehicle["deferred_until"]


def test_do_not_contact_stops_the_next_run(system: System, fleet: dict[str, Any], tmp_path: Path) -> None:
    report(system, fleet["stop"]["task_id"], outcome="do_not_contact")

    def consents() -> Any:
        known = system.tour.get(MANAGER, "/owners/wb-stop/personal-data?room=owners")
        return f"outreach-{fleet['stop']['task_id']}" in json.dumps(known)

    until("the registry to hear of it", consents)
    # A second car of theirs is due, and so is somebody else's, by which it shows that the run took place.
    rows = [*car("stop", 16, last_seen=400), *customer("control", 17, last_seen=400)]
    bring_in(system, rows, tmp_path / "second.jsonl")
    run(system)
    until("the other's task", lambda: "control" in names(system))
    assert "stop" not in names(system)


def test_a_visit_closes_the_task_and_of_those_spoken_to_counts_as_won_back(
    system: System, fleet: dict[str, Any]
) -> None:
    report(system, fleet["back"]["task_id"], outcome="wants_appointment")
    for name in ("back", "new"):  # nobody has spoken to the latter, so the visit is not to our credit
        visit = {"id": f"{name}-3", "vin": fleet[name]["vehicle"]["vin"], "at": datetime.now(UTC).isoformat()}
        assert system.api(INTEGRATOR).post("/visits", visit).status == 201
    until("the task to be closed", lambda: "new" not in names(system))
    answer = system.api(MANAGER).post(f"/outreach/{fleet['new']['task_id']}/attempts", {"outcome": "calling"})
    assert answer.status == 409

    def asked() -> Any:
        effect = system.tour.get(MANAGER, "/outreach/effect?locale=en")
        return effect["asked"] if effect["asked"]["won_back"] else None

    assert until("the owner to count as won back", asked)["won_back"] == 1


def names(system: System) -> list[str]:
    return [call["owner"]["name"] for call in system.tour.get(MANAGER, "/outreach")["calls"]]
