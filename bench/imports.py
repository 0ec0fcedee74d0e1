"""The cold import of every door, as a ratio to boto3 with one DynamoDB client in the same run."""

import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parent.parent
ROUNDS = 9
_BASELINE = "import boto3; boto3.client('dynamodb', region_name='eu-central-1')"
# What a door imports at the first request of a kind: that one pays for it as well.
_IMPORTED_LATE = (("functions.bill_explanation.api", "first POST /bills", "functions.bill_explanation.take_in_bill"),)
_DOORS = ("api", "worker", "timer", "stream", "feedback")


def measure() -> None:
    """Medians of interleaved runs of fresh processes, byte-compiled as in the deployed package."""
    doors = [
        f"functions.{path.parent.name}.{path.stem}"
        for path in sorted((ROOT / "functions").glob("*/*.py"))
        if path.stem in _DOORS
    ]
    programs = {"boto3 + client": _BASELINE} | {door: _cold_start(door) for door in doors}
    programs |= {f"  {door} + {name}": f"{_cold_start(door)}; import {late}" for door, name, late in _IMPORTED_LATE}
    times: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(ROUNDS + 1):
        for name, program in programs.items():
            times[name].append(_run(program))
    baseline = median(times["boto3 + client"][1:])
    for name, seen in times.items():
        print(f"{name:45} {median(seen[1:]) * 1_000:7.0f} ms   {median(seen[1:]) / baseline:5.2f}")


def _cold_start(door: str) -> str:
    """The door is imported, and its first request makes a client, where its room has one."""
    if not (ROOT / door.replace(".", "/")).with_name("wiring.py").exists():
        return f"import {door}"
    client = "from shared.adapters.clients import client; client('dynamodb')"
    return f"import os; os.environ['AWS_DEFAULT_REGION'] = 'eu-central-1'; import {door}; {client}"


def _run(program: str) -> float:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, env=environment)  # noqa: S603
    return time.perf_counter() - start
