"""Measures what the agitation engine costs: load time, memory, time a message.

A process of its own that loads nothing else: `python -m bench.agitation_cost`, called by `make bench-agitation`.
"""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from functions.sentiment_escalation.agitation.engine import EmbeddedEngine

ZH = (
    "我的车在你们店里已经放了三个星期了，每次打电话都说配件在路上，到底什么时候能修好？一直没有人给我回电话，前台也不知道情况，"
    "我明天还要出差，请给我一个明确的时间，谢谢你们的配合和理解，希望尽快处理。"
)
EN = "I have been waiting three weeks for the part and nobody calls me back; when will the car be ready? Pl"


def main() -> None:
    """Print all figures."""
    began = time.perf_counter()
    engine = EmbeddedEngine()
    engine.read("warm")
    print(f"\nLoad {time.perf_counter() - began:.2f} s")
    for name, text in (("zh", ZH[:100]), ("en", EN[:100]), ("8,000 characters", _long())):
        times = []
        for _ in range(200 if len(text) <= 100 else 5):
            start = time.perf_counter()
            engine.read(text)
            times.append(time.perf_counter() - start)
        print(f"A message of 100 characters, warm, {name}: " if len(text) <= 100 else f"{name}: ", end="")
        print(f"median {np.median(times) * 1e3:.1f} ms, fastest {min(times) * 1e3:.1f} ms")
    print(f"Resident at most: {_peak()}")


def _long() -> str:
    return "".join(f"第{number}天，{ZH[number % 60 : number % 60 + 40]}。" for number in range(200))[:8_000]


def _peak() -> str:
    """Of this process alone: `ru_maxrss` would begin with what its parent held."""
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return next((f"{int(line.split()[1]) / 1024:.0f} MB" for line in lines if line.startswith("VmHWM")), "unknown")


if __name__ == "__main__":
    main()
