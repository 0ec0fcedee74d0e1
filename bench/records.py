"""How many rows a second a bulk import takes: reading the file, and the door's checks, without the network."""

import json
import os
import resource
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.fake_dynamodb import FakeDynamoDb
from functions.owner_journey.receive_records import receive_records
from local.import_records import import_file
from local.read_rows import Habits
from shared.adapters.owners_table import OwnersTable

ROWS = int(os.environ.get("RECORDS_ROWS", "100000"))
_NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)


def measure() -> None:
    """Import a file of owners, vehicles and visits through the door's own checks; every row must be accepted."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fleet.jsonl"
        with file.open("w") as lines:
            lines.writelines(json.dumps(_row(index)) + "\n" for index in range(ROWS))
        owners = OwnersTable(FakeDynamoDb(), "Owners")
        in_door = 0.0

        def post(body: bytes) -> tuple[int, Any]:
            nonlocal in_door
            start = time.process_time()
            received = receive_records(json.loads(body), centre_id="centre-1", country="CN", now=_NOW, owners=owners)
            in_door += time.process_time() - start
            refused = [{"index": r.index, "errors": [v._asdict() for v in r.violations]} for r in received.refused]
            return 202, {"refused": refused}

        start = time.process_time()
        failed = import_file(file, Habits(), post, say=lambda _: None)
        total = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{ROWS:,} rows, {'some refused' if failed else 'all accepted'}, processor time of one core")
    print(f"  reading, journal and report  {ROWS / (total - in_door):9,.0f} rows a second")
    print(f"  the door's checks            {ROWS / in_door:9,.0f} rows a second")
    print(f"  both                         {ROWS / total:9,.0f} rows a second, peak {peak:.0f} MB")
    print("Not measured: the network, the queue and DynamoDB, which take the rows in as fast as the worker is allowed.")


def _row(index: int) -> dict[str, Any]:
    """One owner in ten rows, one vehicle, eight visits."""
    owner = index // 10
    vin = f"LCAE5BFA{owner % 10}PS{owner:06d}"[:17]
    if index % 10 == 0:
        phones = [{"number": f"1380{owner % 10_000_000:07d}"}]
        return {"record": "owner", "id": f"o-{owner}", "name": "陈思远", "locale": "zh-CN", "zone": "Asia/Shanghai",
                "phones": phones, "as_of": "2026-01-15T09:00:00Z"}  # fmt: skip
    if index % 10 == 1:
        return {"record": "vehicle", "vin": vin, "model": "晨岸 E5", "in_service_on": "2023-04-18",
                "owner_id": f"o-{owner}", "as_of": "2026-01-15T09:00:00Z"}  # fmt: skip
    at = _NOW - timedelta(days=100 * (10 - index % 10))
    return {"record": "visit", "id": f"v-{index}", "vin": vin, "at": at.isoformat(), "kind": "maintenance",
            "odometer_km": 5_000 * (index % 10), "as_of": at.isoformat()}  # fmt: skip
