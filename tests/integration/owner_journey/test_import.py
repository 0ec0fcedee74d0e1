"""A dealer's files, from the shell through the door and the queue into the table."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.import_records import import_file
from local.read_rows import Habits
from tests.integration.owner_journey.registry import (
    INTEGRATOR,
    call,
    catch_up,
    centres,
    demo_centre,
    everything_stored,
    owners,
    waiting,
    work,
)

OWNERS = """id,name,phone,zone,as_of
o1,王小梅,13800138000,Asia/Shanghai,2026-03-01T00:00:00Z
o1,王小梅,021 5000 1111,Asia/Shanghai,2026-03-01T00:00:00Z
o2,Bad Zone,13800138001,Mars/Olympus,2026-03-01T00:00:00Z
o3,No Number,call me,Asia/Shanghai,2026-03-01T00:00:00Z
"""
VEHICLES = """vin,model,in_service_on,owner_id,owner_since,as_of
LRW3E7FA0RC000042,Model 3,2023-05-20,o1,,2026-03-01T00:00:00Z
LRW3E7FA0RC000042,Model 3,2023-05-20,o4,2025-02-01,2026-03-01T00:00:00Z
LRW3E7FA0RC000043,Model 3,03/04/2024,o1,,2026-03-01T00:00:00Z
"""
VISITS = """id,vin,at,kind,odometer_km,as_of
RO-1,LRW3E7FA0RC000042,2023-01-20 10:00,maintenance,4,2026-03-01T00:00:00Z
RO-2,LRW3E7FA0RC000042,2024-05-20 10:00,maintenance,15000,2026-03-01T00:00:00Z
RO-3,LRW3E7FA0RC000042,2024-09-20 10:00,repair,1900,2026-03-01T00:00:00Z
RO-4,LRW3E7FA0RC000042,2024-11-20 10:00,repair,22000,2026-03-01T00:00:00Z
RO-4,LRW3E7FA0RC000042,2024-11-20 10:00,repair,22000,2026-03-01T00:00:00Z
RO-5,LRW3E7FA0RC000042,2025-06-20 10:00,maintenance,29000,2026-03-01T00:00:00Z
"""


def post(body: bytes) -> tuple[int, Any]:
    answer = call("POST", "/owner-records", INTEGRATOR, body.decode())
    return answer.status, answer.json


def bring_in(tmp_path: Path, kind: str, text: str) -> list[str]:
    """Import a file; the lines of its report without the first."""
    path = tmp_path / f"{kind}.csv"
    path.write_text(text)
    import_file(path, Habits(kind=kind, zone="Asia/Shanghai", locale="zh-CN"), post, lambda _: None)
    report = tmp_path / f"{kind}.csv.refused.csv"
    return report.read_text().splitlines()[1:] if report.exists() else []


@pytest.fixture(autouse=True)
def centre() -> None:
    centres().put_centre(demo_centre())


def test_files_with_every_fault_leave_the_right_state_and_say_what_was_wrong(tmp_path: Path, queue: str) -> None:
    assert bring_in(tmp_path, "owner", OWNERS) == [
        "4,zone,is no time zone of the IANA database",
        '5,phones/0/number,"is no phone number in CN or, with + and its country\'s code, anywhere"',
    ]
    (ambiguous,) = bring_in(tmp_path, "vehicle", VEHICLES)
    assert ambiguous.startswith('4,,"in_service_on could be 2024-04-03 or 2024-03-04')
    assert bring_in(tmp_path, "visit", VISITS) == []
    messages = waiting(queue)
    assert work(*messages) == []
    catch_up()

    owner, (holding,) = owners().owner_with_vehicles("o1")
    assert {p.number for p in owner.phones} == {"+8613800138000", "+862150001111"}
    assert (holding.visits, holding.last_reading and holding.last_reading.km) == (3, 22000)
    assert {d.problem for d in holding.doubts} == {"before_delivery", "odometer_backwards"}
    _, (next_holding,) = owners().find_owner_with_vehicles("o4")
    assert (next_holding.visits, next_holding.until) == (1, None)

    stored = json.loads(everything_stored())
    for kind, text in (("visit", VISITS), ("vehicle", VEHICLES), ("owner", OWNERS)):
        bring_in(tmp_path, kind, text)
    assert work(*waiting(queue), *messages) == []
    catch_up()
    assert json.loads(everything_stored()) == stored
