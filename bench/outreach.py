"""What a run of outreach costs: by the size of the fleet, by how many are due, and in a month.

The real code runs over DynamoDB in memory (bench/fake_dynamodb.py), which counts requests, items and request units.
Its times are processor time of Python alone, without a network and without its collector of garbage, which would look
through the fleet. Each comparison is of runs that take turns, five of each after one that is not counted: what the
machine does beside them meets all alike, and the least disturbed of each is compared, with the median beside it.
`OUTREACH_LARGEST=10000` leaves the large fleets out.
"""

import gc
import os
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from random import Random
from statistics import median
from typing import Any, NamedTuple

from bench.fake_dynamodb import FakeDynamoDb
from bench.fleet import TODAY, Vehicle, make_vehicle, vin_of
from bench.prices import mark_of, price_of, say_sources
from functions.owner_journey.fold_vehicle import fold_vehicle
from functions.owner_journey.keep_fact import keep_fact
from functions.owner_journey.refold import refold_vehicle
from functions.recall_outreach.follow_up import deferral
from functions.recall_outreach.make_task import Desk
from functions.recall_outreach.policies import policies
from functions.recall_outreach.run_centre import run_centre
from shared.adapters.cases_table import CasesTable
from shared.adapters.notices_table import NoticesTable
from shared.adapters.outreach_table import OutreachTable, task_from_item
from shared.adapters.owners_table import DUE_BUCKETS, OwnersTable, StoredOwner, due_bucket
from shared.content import load
from shared.domain.centres import Centre
from shared.domain.contact_rules import rules_from
from shared.domain.vehicles import Deferral, Fact, Holding, contact_due

SIZES = (10_000, 100_000, 1_000_000)
_TURNS = 5
DUE = 1_000
_CENTRE = "bench-centre"
_NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 22, tzinfo=UTC)
_PLANS = load("maintenance_plans")["entries"]
_INDEXES = {
    "Owners": {"due": ("due_pk", "due_sk")},
    "Outreach": {
        "open_tasks": ("open_pk", "open_sk"),
        "by_month": ("month_pk", "month_sk"),
        "by_owner": ("owner_pk", "owner_sk"),
    },
    "Cases": {"by_owner": ("owner_pk", "owner_sk")},
}
# A request to DynamoDB from Lambda; measured nowhere here, hence an assumption of the month's cost.
_REQUEST_S, _MEMORY_GB = 0.005, 0.5


class Counted(NamedTuple):
    """What one run did."""

    made: Counter[str]
    requests: float
    items_of_registry: int
    read_units: float
    write_units: float
    seconds: float


def _centre() -> Centre:
    hours = {day: [{"opens": "08:30", "closes": "18:00"}] for day in ("monday", "tuesday", "wednesday", "thursday")}
    someone = {"id": "on-call", "name": "On call", "rung": "on_call", "phone": "+8613800000004"}
    return Centre.model_validate(
        {"id": _CENTRE, "name": "Bench", "locale": "zh-CN", "zone": "Asia/Shanghai", "country": "CN",
         "phone": "+862150000000", "hours": hours, "ladder": [someone]}
    )  # fmt: skip


def _holding(vehicle: Vehicle) -> Holding:
    return fold_vehicle([vehicle.record, *vehicle.visits, *vehicle.readings], _PLANS)[0]


def _due_vehicles(wanted: int) -> list[tuple[Vehicle, Holding, date]]:
    """The first so many vehicles of the fleet that are due today."""
    found: list[tuple[Vehicle, Holding, date]] = []
    number = 0
    while len(found) < wanted:
        vehicle = make_vehicle(number)
        holding = _holding(vehicle)
        due = contact_due(holding, 8)
        # As in the registry: who asked not to be contacted is not in its index at all.
        if due is not None and due.on <= TODAY and vehicle.owner.do_not_contact_since is None:
            found.append((vehicle, holding, due.on))
        number += 1
    return found


def _tables(due: list[tuple[Vehicle, Holding, date]], total: int) -> FakeDynamoDb:
    """The registry of a fleet: those due in full, all others as what they are to a run, entries of its index."""
    dynamodb = FakeDynamoDb(_INDEXES)
    owners = OwnersTable(dynamodb, "Owners")
    for vehicle, holding, on in due:
        owners.replace_owner(vehicle.owner.id, StoredOwner(vehicle.owner, "", 0))
        owners.put_holding(holding, 1, _CENTRE, on)
    draw = Random(1)
    rest: list[list[tuple[str, tuple[str, str]]]] = [[] for _ in range(DUE_BUCKETS)]
    for number in range(2_000_000, 2_000_000 + total - len(due)):
        vin = vin_of(number)
        later = TODAY + timedelta(days=draw.randrange(2, 400))
        bucket = int(due_bucket(_CENTRE, vin).rpartition("#")[2])
        rest[bucket].append((f"{later.isoformat()}#{vin}", (f"OWNER#owner-{number}", f"VEHICLE#{vin}")))
    for bucket, entries in enumerate(rest):
        dynamodb.extend_index("Owners", "due", f"{_CENTRE}#{bucket}", entries)
    dynamodb.forget_counts()
    return dynamodb


def _run(dynamodb: FakeDynamoDb) -> Counted:
    owners = OwnersTable(dynamodb, "Owners")
    desk = Desk(
        tasks=OutreachTable(dynamodb, "Outreach"),
        owners=owners,
        cases=CasesTable(dynamodb, "Cases"),
        notices=NoticesTable(dynamodb, "Notifications"),
        rules=rules_from(load("contact_rules")["entries"]),
        policies=policies(),
        assumptions=load("lifetime_value"),
    )
    gc.collect()
    gc.disable()
    start = time.process_time()
    run = run_centre(_centre(), owners, desk, buckets=range(DUE_BUCKETS), now=_NOW)
    seconds = time.process_time() - start
    gc.enable()
    return Counted(
        run.made,
        sum(dynamodb.counts.values()),
        dynamodb.items_queried["Owners"],
        dynamodb.read_units,
        dynamodb.write_units,
        seconds,
    )


class Timed(NamedTuple):
    """The least disturbed of several runs of the same, and the seconds of the middle one; their counts are equal."""

    best: Counted
    median: float


def _take_turns(fleets: dict[int, tuple[list[tuple[Vehicle, Holding, date]], int]]) -> dict[int, Timed]:
    """Run each fleet (those due, and how many there are in all) in turn, again and again."""
    runs: dict[int, list[Counted]] = {name: [] for name in fleets}
    for turn in range(_TURNS + 1):
        for name, (due, total) in fleets.items():
            run = _run(_tables(due, total))
            if turn:
                runs[name].append(run)
    return {
        name: Timed(min(seen, key=lambda run: run.seconds), median(run.seconds for run in seen))
        for name, seen in runs.items()
    }


def _print(total: int, due: int, timed: Timed) -> None:
    seen = timed.best
    print(
        f"{total:9,} {due:7,} {seen.requests:9,.0f} {seen.items_of_registry / due:9.3f} {seen.read_units:9,.0f}"
        f" {seen.write_units:9,.0f} {seen.seconds:8.3f} {timed.median:8.3f}   {dict(seen.made.most_common())}"
    )


def measure() -> None:
    """Fleets of three sizes with the same owners due; then 1 % and 10 % due; then a month of the largest."""
    largest = int(os.environ.get("OUTREACH_LARGEST", SIZES[-1]))
    print("    fleet     due  requests items/due  read un. write un.    least   median   what was made")
    due = _due_vehicles(DUE)
    runs = _take_turns({size: (due, size) for size in SIZES if size <= largest})
    for total, timed in runs.items():
        _print(total, DUE, timed)
    for what, figures in (
        ("requests", [timed.best.requests for timed in runs.values()]),
        ("read units", [timed.best.read_units for timed in runs.values()]),
        ("write units", [timed.best.write_units for timed in runs.values()]),
        ("least times", [timed.best.seconds for timed in runs.values()]),
        ("median times", [timed.median for timed in runs.values()]),
    ):
        print(f"same owners due, {what} differ by {_spread(figures):.1%}")
    size = min(largest, 100_000)
    shares = _take_turns({share: (_due_vehicles(size * share // 100), size) for share in (1, 10)})
    for share, timed in shares.items():
        _print(size, size * share // 100, timed)
    one, ten = shares[1].best, shares[10].best
    print(f"ten times as many due: {ten.requests / one.requests:.2f} times the requests,"
          f" {ten.seconds / one.seconds:.1f} times the time")  # fmt: skip
    _measure_month(runs[max(runs)].best)


def _spread(values: list[Any]) -> float:
    return float(max(values) / min(values) - 1)


def _measure_month(run: Counted) -> None:
    """What a fleet of a million costs in a month, from the counts of a run, what follows, and public prices."""
    sample = [contact_due(_holding(make_vehicle(number)), 8) for number in range(2_000)]
    share_new = sum(due is not None and TODAY < due.on <= TODAY + timedelta(days=30) for due in sample) / len(sample)
    share_due = sum(due is not None and due.on <= TODAY for due in sample) / len(sample)
    again = policies().look_again_days
    waits = {"open": again["task_open"], "hold_out": again["hold_out"]}
    per_due = {kind: count / run.made.total() for kind, count in run.made.items()}
    looked_at_again = sum(share * 30 / waits.get(kind, again.get(kind, 365)) for kind, share in per_due.items())
    decisions = 1_000_000 * (share_new + share_due * looked_at_again)
    follow = _count_follow_up()
    requests = (run.requests / DUE + follow.requests) * decisions
    writes = (run.write_units / DUE + follow.write_units) * decisions
    reads = (run.read_units / DUE + follow.read_units) * decisions
    # A deferral is sent, received and deleted; each batch of the stream is an invocation of its own at worst.
    bill = [
        ("DynamoDB writes", writes, "dynamodb_write_unit"),
        ("DynamoDB reads", reads, "dynamodb_read_unit"),
        ("SQS requests", 3 * decisions, "sqs_request"),
        ("Lambda GB-seconds", requests * _REQUEST_S * _MEMORY_GB, "lambda_gb_second"),
        ("Lambda requests", 4 * decisions, "lambda_request"),
        ("storage, GB (4 KB a vehicle)", 4, "dynamodb_gb_month"),
    ]
    print(f"a month of 1,000,000 vehicles: {decisions:,.0f} decisions ({share_new:.1%} newly due, the others looked at"
          f" again), {reads:,.0f} read and {writes:,.0f} write units")  # fmt: skip
    for what, count, price in bill:
        print(f"  {what:28} {count:13,.0f} ${count * price_of(price):8.2f}{mark_of([price])}")
    print(f"  {'together':28} {'':13} ${sum(count * price_of(price) for _, count, price in bill):8.2f}")
    for line in say_sources(price for *_, price in bill):
        print(f"  {line}")
    print("extrapolated: units of one decision times the decisions of a month; assumed: 5 ms a request, 512 MB.")
    print("left out: imports, visits, calls and what they lead to; they cost by their own number, not by the fleet's.")


def _count_follow_up(sample: int = 200) -> Counted:
    """What one decision costs the registry: the deferral is kept and the vehicle folded anew."""
    due = _due_vehicles(sample)
    dynamodb = _tables(due, sample)
    owners = OwnersTable(dynamodb, "Owners")
    for vehicle, _, _ in due:
        facts: list[Fact] = [vehicle.record, *vehicle.visits, *vehicle.readings]
        for fact in facts:
            owners.put_fact(fact)
    _run(dynamodb)
    tasks = [task_from_item(item) for (_, sk), item in dynamodb.items["Outreach"].items() if sk == "TASK"]
    dynamodb.forget_counts()
    centre = _centre()
    start = time.process_time()
    for task in tasks:
        message = deferral(task, None, policies())
        fields = {name: value for name, value in (message or {}).items() if name != "type"}
        keep_fact(Deferral.model_validate(fields), owners)
        refold_vehicle(task.vin, owners, lambda _: centre, _PLANS)
    seconds = time.process_time() - start
    n = len(tasks)
    return Counted(
        Counter(),
        sum(dynamodb.counts.values()) // n,
        0,
        dynamodb.read_units / n,
        dynamodb.write_units // n,
        seconds / n,
    )
