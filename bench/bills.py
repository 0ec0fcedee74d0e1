"""How long it takes to explain a bill, and how much memory, by its number of lines."""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from statistics import median

from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.read_bill import read_bill
from functions.bill_explanation.render_html import render_html
from functions.bill_explanation.render_text import render_text
from functions.bill_explanation.write_document import write_document
from shared.content import load_all, wording

SIZES = (10, 100, 200, 1_000)
_DAY = date(2026, 11, 22)


def make_bill(lines: int) -> bytes:
    """A JSON repair order of labour and parts, one in ten under warranty, with an estimate."""
    made = []
    for index in range(lines):
        common = {"id": str(index), "tax_rate": "13", "payer": "warranty" if index % 10 == 9 else "customer"}
        if index % 2:
            made.append({**common, "kind": "part", "description": f"Part {index}", "part_number": f"P-{index}",
                         "quantity": "2", "unit_price": "199.50", "net": "399.00"})  # fmt: skip
        else:
            made.append({**common, "kind": "labour", "description": f"Work {index}", "operation_code": f"W-{index}",
                         "hours": "1.2", "rate": "600.00", "net": "720.00"})  # fmt: skip
    net = sum((Decimal(line["net"]) for line in made), Decimal(0))
    tax = (net * 13 / 100).quantize(Decimal("0.01"))
    estimate = {"made_on": "2026-11-01", "total": str(net + tax - 100), "lines": made}
    totals = {"lines": str(net), "net": str(net), "tax": str(tax), "gross": str(net + tax), "payable": str(net + tax)}
    breakdown = [{"category": "S", "rate": "13", "taxable": str(net), "tax": str(tax)}]
    bill = {"number": "RO-1", "issued_on": "2026-11-20", "currency": "CNY", "place": "CN", "lines": made,
            "estimate": estimate, "tax_breakdown": breakdown, "totals": totals}  # fmt: skip
    return json.dumps(bill).encode()


def _timed(work: Callable[[], object], rounds: int) -> float:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times) * 1_000


def measure() -> None:
    """Medians per step in one process, and the peak memory of a fresh process per size."""
    content, words = load_all(), wording("en")
    print("lines     read  explain   write     sum    text    page   (ms, median)   peak MB of a process")
    for size in SIZES:
        body = make_bill(size)
        rounds = max(5, 400 // size)
        bill = read_bill(body, "application/json", owner_id=None)
        explanation, book = explain_bill(bill, _DAY, content)
        document = write_document(explanation, book, words, _DAY)
        read = _timed(partial(read_bill, body, "application/json", owner_id=None), rounds)
        explain = _timed(partial(explain_bill, bill, _DAY, content), rounds)
        write = _timed(partial(write_document, explanation, book, words, _DAY), rounds)
        text = _timed(partial(render_text, document, words), rounds)
        page = _timed(partial(render_html, document, words, question_url=None), rounds)
        total = read + explain + write
        peak = _peak_memory(size)
        print(f"{size:5} {read:8.1f} {explain:8.1f} {write:7.1f} {total:7.1f} {text:7.1f} {page:7.1f}   {peak:29.0f}")


def _peak_memory(size: int) -> float:
    script = f"from bench.bills import explain_once; explain_once({size})"
    run = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)  # noqa: S603
    return float(run.stdout)


def explain_once(size: int) -> None:
    """Explain one bill of this size and print the process's peak memory in MB."""
    bill = read_bill(make_bill(size), "application/json", owner_id=None)
    explanation, book = explain_bill(bill, _DAY, load_all())
    write_document(explanation, book, wording("en"), _DAY)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
