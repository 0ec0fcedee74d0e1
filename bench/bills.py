"""How long it takes to explain a bill, and how much memory, by its number of lines."""

import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median

from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.read_bill import read_bill
from functions.bill_explanation.render_html import render_html
from functions.bill_explanation.render_text import render_text
from functions.bill_explanation.write_document import write_document
from shared.content import load_all, wording

SIZES = (10, 100, 200, 1_000)
AIM_SIZE, AIM_MS, AIM_MB = 200, 20, 128
_DAY = date(2026, 11, 22)


def make_bill(lines: int, variant: int = 0) -> bytes:
    """A JSON repair order of labour and parts, one in ten under warranty, with an estimate.

    Each variant has amounts and words of its own, so that nothing remembered of one serves another.
    """
    made = []
    for index in range(lines):
        name = f"{variant}-{index}"
        common = {"id": str(index), "tax_rate": "13", "payer": "warranty" if index % 10 == 9 else "customer"}
        price = Decimal(10_000 + 997 * variant + 13 * index) / 100
        if index % 2:
            made.append({**common, "kind": "part", "description": f"Part {name}", "part_number": f"P-{name}",
                         "quantity": "2", "unit_price": str(price), "net": str(2 * price)})  # fmt: skip
        else:
            made.append({**common, "kind": "labour", "description": f"Work {name}", "operation_code": f"W-{name}",
                         "hours": "1.25", "rate": str(4 * price), "net": str(5 * price)})  # fmt: skip
    net = sum((Decimal(line["net"]) for line in made), Decimal(0))
    tax = (net * 13 / 100).quantize(Decimal("0.01"))
    estimate = {"made_on": "2026-11-01", "total": str(net + tax - 100), "lines": made}
    totals = {"lines": str(net), "net": str(net), "tax": str(tax), "gross": str(net + tax), "payable": str(net + tax)}
    breakdown = [{"category": "S", "rate": "13", "taxable": str(net), "tax": str(tax)}]
    bill = {"number": "RO-1", "issued_on": "2026-11-20", "currency": "CNY", "place": "CN", "lines": made,
            "estimate": estimate, "tax_breakdown": breakdown, "totals": totals}  # fmt: skip
    return json.dumps(bill).encode()


def _timed[T](work: Callable[[], T]) -> tuple[float, T]:
    """Milliseconds of processor time, and what was made in it."""
    start = time.process_time()
    made = work()
    return (time.process_time() - start) * 1_000, made


def _explain_timed(body: bytes) -> tuple[float, ...]:
    """Milliseconds to read, explain, write, both of these, make a text and make a page of one bill."""
    words = wording("en")
    read, bill = _timed(lambda: read_bill(body, "application/json", owner_id=None))
    explain, (explanation, book) = _timed(lambda: explain_bill(bill, _DAY, load_all()))
    write, document = _timed(lambda: write_document(explanation, book, words, _DAY))
    text, _ = _timed(lambda: render_text(document, words))
    page, _ = _timed(lambda: render_html(document, words, question_url=None))
    return read, explain, write, explain + write, text, page


def measure() -> None:
    """Processor time per step, every bill another one, and the peak memory of a fresh process per size."""
    print("ms of processor time, least/median; explain + write: one language, read back by the guard")
    print(
        "lines            read         explain           write   explain + write            text            page    MB"
    )
    aims = []
    for size in SIZES:
        rounds = max(7, 6_000 // size)
        # The first one warms up what a container has warm: content, wording, compiled patterns.
        times = [_explain_timed(make_bill(size, variant)) for variant in range(rounds + 1)][1:]
        peak = _peak_memory(size)
        steps = list(zip(*times, strict=True))
        print(f"{size:5} {' '.join(map(_least_and_median, steps))} {peak:5.0f}", flush=True)
        if size == AIM_SIZE:
            aims.append(f"aim for {size} lines: {AIM_MS} ms, seen {min(steps[3]):.1f}; {AIM_MB} MB, seen {peak:.0f}")
    print(*aims)


def _least_and_median(times: Sequence[float]) -> str:
    return f"{min(times):7.1f}/{median(times):7.1f}"


def _peak_memory(size: int) -> float:
    script = f"from bench.bills import explain_once; explain_once({size})"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603
    return float(run.stdout)


def explain_once(size: int) -> None:
    """Explain one bill of this size and print the process's peak memory in MB."""
    bill = read_bill(make_bill(size), "application/json", owner_id=None)
    explanation, book = explain_bill(bill, _DAY, load_all())
    write_document(explanation, book, wording("en"), _DAY)
    print(_peak_of_this_process())


def _peak_of_this_process() -> float:
    """MB. Not by getrusage where Linux tells it better: there a child starts from its parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        [peak] = re.findall(r"VmHWM:\s+(\d+) kB", status.read_text())
        return int(peak) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
