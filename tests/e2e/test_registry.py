"""A dealer's files on the deployed system: imported, folded by the stream, due in the index, erased."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local.import_records import import_file, poster
from local.read_rows import Habits
from shared.domain.vehicles import Holding
from tests.e2e.conftest import System

VIN = "LRW3E7FA0RC000777"
OWNERS = "id,name,phone\nowner-77,End To End,138 0013 8077\nowner-78,No Number,call me\n"
VEHICLES = f"vin,model,in_service_on,owner_id\n{VIN},Model 3,2023-05-20,owner-77\n"
VISITS = f"id,vin,at,kind,odometer_km\nRO-7,{VIN},2024-05-20 10:00,maintenance,15000\n"


def within[T](seconds: float, ask: Callable[[], T | None]) -> T:
    """What `ask` gives, once it gives something."""
    end = time.monotonic() + seconds
    while (found := ask()) is None:
        assert time.monotonic() < end, "nothing within the time"
        time.sleep(0.2)
    return found


def due_vehicles(system: System) -> list[str]:
    client, table = system.cloud.client("dynamodb"), system.deployment.outputs["OwnersTable"]
    return [
        Holding.model_validate_json(item["data"]["S"]).vin
        for bucket in range(8)
        for item in client.query(
            TableName=table,
            IndexName="due",
            KeyConditionExpression="due_pk = :bucket",
            ExpressionAttributeValues={":bucket": {"S": f"demo-centre#{bucket}"}},
        )["Items"]
    ]


def test_a_dealers_files_become_an_owner_with_a_vehicle_and_go_again(system: System, tmp_path: Path) -> None:
    with poster(system.url, system.api("integrator").token) as post:
        for kind, text, status in (("visit", VISITS, 0), ("vehicle", VEHICLES, 0), ("owner", OWNERS, 1)):
            (tmp_path / f"{kind}.csv").write_text(text)
            habits = Habits(kind, zone="Asia/Shanghai", locale="zh-CN")
            assert import_file(tmp_path / f"{kind}.csv", habits, post) == status
    assert "phones/0/number" in (tmp_path / "owner.csv.refused.csv").read_text()

    def shown() -> Any:
        answer = system.api("manager").get("/owners/owner-77")
        found = answer.json() if answer.status == 200 else {}
        return found if found.get("vehicles") and found["vehicles"][0]["visits"] else None

    (vehicle,) = within(30, shown)["vehicles"]
    assert (vehicle["vin"], vehicle["last_reading"]["km"]) == (VIN, 15000)
    within(15, lambda: VIN in due_vehicles(system) or None)

    no = {"granted": False, "how": "phone", "source": "attempt-1"}
    assert system.api("manager").post("/owners/owner-77/consents", no).status == 201
    within(15, lambda: VIN not in due_vehicles(system) or None)

    assert system.api("manager").call("DELETE", "/owners/owner-77/personal-data", None).status == 202
    within(15, lambda: system.api("manager").get("/owners/owner-77").status == 404 or None)
    assert "End To End" not in system.functions_said()
