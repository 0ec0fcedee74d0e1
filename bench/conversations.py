"""Messages of conversations through the worker: how many a second, what they cost at AWS, and how that grows.

The worker, its engine and its adapters are the deployed ones; DynamoDB is a dictionary that counts request units by the
documented rules, so network and DynamoDB's own time are left out.
"""

import io
import json
import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import redirect_stdout
from datetime import UTC, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

from bench.prices import CURRENCY, mark_of, price_of, say_sources

ROOT = Path(__file__).parent.parent
CORPUS = ROOT / "training" / "agitation" / "corpus"
MESSAGES = 1_000
BATCH = 10
LENGTHS = (1, 10, 100, 1_000, 5_000)
ROUND = 100
WORKER_GB = 1.0
_START = datetime(2026, 11, 22, 1, tzinfo=UTC)


class CountingTable:
    """As much of a DynamoDB client as the worker calls; request units by item sizes."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.calls: Counter[str] = Counter()
        self.read_units = self.write_units = 0

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        """A consistent read: one unit for each 4 KB."""
        self.calls["dynamodb:GetItem"] += 1
        item = self.items.get(_place(arguments["TableName"], arguments["Key"]))
        self.read_units += max(1, ceil(_size(item) / 4_096)) if item else 1
        return {"Item": item} if item else {}

    def transact_write_items(self, **arguments: Any) -> dict[str, Any]:
        """Two units for each KB of each item, and one more where the sparse index of due times changes."""
        self.calls["dynamodb:TransactWriteItems"] += 1
        for write in arguments["TransactItems"]:
            put = write["Put"]
            item, place = put["Item"], _place(put["TableName"], put["Item"])
            before = self.items.get(place, {})
            self.write_units += 2 * max(1, ceil(_size(item) / 1_024))
            self.write_units += sum(item.get(key) != before.get(key) for key in ("due_sk", "owner_sk"))
            self.items[place] = item
        return {}

    def reset(self) -> None:
        """Count from zero."""
        self.calls.clear()
        self.read_units = self.write_units = 0


def measure() -> None:
    """Run on one core, in a process of its own."""
    one_core = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, "-c", "from bench.conversations import measure_here; measure_here()"]
    subprocess.run(command, check=True, cwd=ROOT, env={**os.environ, **one_core})  # noqa: S603


def measure_here() -> None:
    """Throughput and cost of many conversations, then of one that grows."""
    table, worker = _build()
    texts = _texts()
    said = [_message(number, texts[number % len(texts)], f"c-{number % 200}") for number in range(MESSAGES)]
    _work(worker, said[:BATCH])  # The engine is loaded with the first.
    table.items.clear()
    table.reset()
    wall, cpu = _work(worker, said)
    print(f"{MESSAGES} messages of customers in 200 conversations, batches of {BATCH}, one core")
    print(f"  {MESSAGES / cpu:6.0f} messages a second of processor time ({MESSAGES / wall:.0f} by the clock)")
    _print_cost(table, wall)
    print("one conversation that grows: per message, over the next 100")
    print("   length   ms   GetItem   TransactWriteItems   read units   write units   bytes of the head")
    table.items.clear()
    number = 0
    for length in LENGTHS:
        while number < length - 1:
            _work(
                worker,
                [_message(n, texts[n % len(texts)], "long") for n in range(number, min(number + 50, length - 1))],
            )
            number = min(number + 50, length - 1)
        table.reset()
        more = [_message(n, texts[n % len(texts)], "long") for n in range(number, number + ROUND)]
        _, cpu = _work(worker, more)
        number += ROUND
        calls = table.calls
        print(
            f"{length:9} {cpu / ROUND * 1_000:4.1f} {calls['dynamodb:GetItem'] / ROUND:9.2f}"
            f" {calls['dynamodb:TransactWriteItems'] / ROUND:20.2f} {table.read_units / ROUND:12.2f}"
            f" {table.write_units / ROUND:13.2f} {_head_size(table):19}"
        )


def _print_cost(table: CountingTable, seconds: float) -> None:
    """Counted calls × prices, for a thousand messages from the HTTP API to the table and its stream."""
    thousand = MESSAGES / 1_000
    outboxes = sum("outbox" in item for item in table.items.values())
    # The API door: one read of the conversation, one send. Lambda's poller receives and deletes ten at a time.
    rows = [
        ("HTTP API requests", MESSAGES, "http_api_request"),
        ("Lambda requests: api, worker, stream", MESSAGES + MESSAGES / BATCH + outboxes, "lambda_request"),
        ("SQS FIFO requests: send, receive, delete", MESSAGES * (1 + 2 / BATCH), "sqs_fifo_request"),
        ("SQS requests: to case desk and people", outboxes, "sqs_request"),
        ("DynamoDB read units: api, worker", MESSAGES + table.read_units, "dynamodb_read_unit"),
        ("DynamoDB write units", table.write_units, "dynamodb_write_unit"),
    ]
    total = 0.0
    print(f"  cost of 1,000 messages ({CURRENCY})")
    for name, count, price in rows:
        cost = count / thousand * price_of(price)
        total += cost
        print(f"    {name:42} {count / thousand:9.0f}   {cost:.6f}{mark_of([price])}")
    gb_seconds = seconds * WORKER_GB / thousand
    of_worker = gb_seconds * price_of("lambda_gb_second")
    total += of_worker
    print(
        f"    {'Lambda GB-seconds of the worker':42} {gb_seconds:9.1f}   {of_worker:.6f}{mark_of(['lambda_gb_second'])}"
    )
    print(f"    {'together':42} {'':9}   {total:.6f}")
    for line in say_sources([*(price for _, _, price in rows), "lambda_gb_second"]):
        print(f"    {line}")
    calls = ", ".join(f"{name} {count / thousand:.0f}" for name, count in sorted(table.calls.items()))
    print(f"  calls of the worker per 1,000 messages: {calls}")


def _build() -> tuple[CountingTable, Any]:
    """The worker over a counting table, with its own engine."""
    from functions.sentiment_escalation import wiring, worker
    from functions.sentiment_escalation.rules import ConversationRules
    from shared.adapters.cases_table import CasesTable
    from shared.adapters.centres_table import CentresTable, RememberedCentres
    from shared.adapters.conversations_table import ConversationsTable
    from shared.adapters.owners_table import OwnersTable

    table = CountingTable()
    parts = wiring.WorkerParts(
        conversations=ConversationsTable(table, "Conversations"),
        cases=CasesTable(table, "Cases"),
        centres=RememberedCentres(CentresTable(table, "Centres")),
        owners=OwnersTable(table, "Owners"),
        rules=ConversationRules.of_content(),
        engine=wiring._engine,  # noqa: SLF001
    )
    setattr(worker, "worker_parts", lambda: parts)  # noqa: B010  the worker imports it by name
    return table, worker


def _work(worker: Any, messages: list[dict[str, Any]]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    with redirect_stdout(io.StringIO()):
        for first in range(0, len(messages), BATCH):
            records = [
                {"messageId": m["message_id"], "body": json.dumps(m), "eventSource": "aws:sqs"}
                for m in messages[first : first + BATCH]
            ]
            assert worker.handler({"Records": records}, None) == {"batchItemFailures": []}
    return time.perf_counter() - wall, time.process_time() - cpu


def _message(number: int, words: str, conversation: str) -> dict[str, Any]:
    return {
        "type": "message_received", "centre_id": "demo-centre", "conversation_id": conversation,
        "message_id": f"customer:m-{number}", "owner_id": f"owner-{conversation}", "author": "customer",
        "author_id": None, "channel": "app", "locale": "en", "words": words,
        "received_at": (_START + timedelta(seconds=number)).isoformat(timespec="microseconds"),
    }  # fmt: skip


def _texts() -> list[str]:
    """Service messages of both languages, as they come."""
    lines = [
        line for name in ("zh_a", "en_a") for line in (CORPUS / f"{name}.jsonl").read_text("utf-8").splitlines()[:400]
    ]
    texts = [json.loads(line)["text"] for line in lines]
    # The same hundred in every round, so that rounds can be compared.
    return texts[:50] + texts[-50:]


def _head_size(table: CountingTable) -> int:
    return max(_size(item) for (_, pk, sk), item in table.items.items() if sk == "HEAD" and pk.endswith("#long"))


def _size(item: dict[str, Any] | None) -> int:
    """Bytes as DynamoDB counts them: names and values."""
    if item is None:
        return 0
    return sum(len(name) + len(next(iter(value.values())).encode()) for name, value in item.items())


def _place(table: str, item: dict[str, Any]) -> tuple[str, str, str]:
    return table, item["pk"]["S"], item["sk"]["S"]
