"""What follows from the facts of a vehicle, in whatever order they came."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.owner_journey.fold_vehicle import believe, fold_vehicle
from shared.domain.vehicles import Deferral, Fact, Segment, contact_due, segment_of
from tests.unit.owner_journey.facts import DELIVERED, PLANS, VIN, at, facts, reading, record, visit

# ------------------------------------------------------------------------------------------------------------ order


@settings(max_examples=300)
@given(facts, st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_of_facts_gives_the_same_holdings(known: list[Fact], random: object) -> None:
    repeated = [*known, *random.sample(known, len(known) // 2)]  # type: ignore[attr-defined]
    random.shuffle(repeated)  # type: ignore[attr-defined]
    assert fold_vehicle(repeated, PLANS) == fold_vehicle(known, PLANS)


@given(facts)
def test_holdings_follow_one_another_and_none_owns_before_the_last_has_gone(known: list[Fact]) -> None:
    holdings = fold_vehicle(known, PLANS)
    for earlier, later in pairwise(holdings):
        assert earlier.until is not None
        assert earlier.since <= earlier.until <= later.since
    assert len({h.owner_id for h in holdings}) == len(holdings)


@given(st.lists(st.builds(reading, st.integers(-30, 900), st.integers(0, 100_000)), max_size=12))
def test_believed_readings_never_run_backwards_and_none_gets_lost(given_readings: list[object]) -> None:
    rows = [r for r in given_readings if r]
    believed, doubts = believe(rows, DELIVERED)  # type: ignore[arg-type]
    assert all(a.km <= b.km and a.at <= b.at for a, b in pairwise(believed))
    assert len(believed) + len(doubts) == len(set(rows))


# -------------------------------------------------------------------------------------------------------- bad input


def test_an_odometer_that_runs_backwards_is_doubted_and_not_used() -> None:
    (holding,) = fold_vehicle([record(), visit(100, 5000), visit(200, 900), visit(300, 15000)], PLANS)
    assert [d.problem for d in holding.doubts] == ["odometer_backwards"]
    assert (holding.visits, holding.last_reading and holding.last_reading.km) == (3, 15000)


def test_of_two_readings_that_contradict_each_other_the_lower_is_believed() -> None:
    believed, doubts = believe([reading(10, 9000), reading(20, 8000)], None)
    assert [r.km for r in believed] == [8000]
    assert [d.problem for d in doubts] == ["odometer_backwards"]


def test_a_reading_that_no_car_can_reach_is_doubted() -> None:
    (holding,) = fold_vehicle([record(), reading(30, 1200), reading(40, 1_200_000)], PLANS)
    assert holding.last_reading is not None
    assert holding.last_reading.km == 1200


def test_a_visit_before_the_delivery_is_doubted_and_not_counted() -> None:
    (holding,) = fold_vehicle([record(), visit(-20, 10), visit(100, 4000)], PLANS)
    assert [d.problem for d in holding.doubts] == ["before_delivery"]
    assert (holding.visits, holding.first_visit_at) == (1, at(100))


def test_a_vehicle_that_changed_hands_counts_each_owners_own_visits_and_kilometres() -> None:
    taken_over = record(owner_id="o2", owner_since=DELIVERED + timedelta(days=400), model=None, as_of=at(400))
    known: list[Fact] = [
        record(),
        visit(100, 5000),
        visit(300, 15000),
        taken_over,
        visit(500, 21000),
        visit(700, 30000),
    ]
    first, second = fold_vehicle(known, PLANS)
    assert (first.visits, first.last_reading and first.last_reading.km, first.until) == (2, 15000, second.since)
    assert (second.visits, second.first_reading and second.first_reading.km) == (2, 21000)
    assert contact_due(first, 8) is None


def test_a_sold_vehicle_is_due_for_nobody() -> None:
    (holding,) = fold_vehicle([record(sold_on=date(2024, 1, 1)), visit(100, 5000)], PLANS)
    assert (holding.until, contact_due(holding, 8)) == (date(2024, 1, 1), None)


def test_a_visit_that_belongs_to_no_owner_yet_waits_for_one() -> None:
    assert fold_vehicle([visit(100, 5000)], PLANS) == ()
    assert fold_vehicle([visit(100, 5000), record()], PLANS)[0].visits == 1


def test_a_corrected_visit_replaces_the_first_version() -> None:
    known: list[Fact] = [record(), visit(100, 50000, paid="10", currency="CNY"), visit(100, 5000, as_of=at(101))]
    (holding,) = fold_vehicle(known, PLANS)
    assert (holding.visits, holding.spent, holding.last_reading and holding.last_reading.km) == (1, None, 5000)


# ---------------------------------------------------------------------------------------------------------- due


def test_distance_comes_first_when_the_owner_drives_much() -> None:
    known: list[Fact] = [record(), visit(100, 4000), visit(200, 8000), visit(300, 12000)]
    (holding,) = fold_vehicle(known, PLANS)
    first = holding.maintenance[0]
    assert (first.code, first.by, first.at_km) == ("tyre_rotation", "distance", 22000)
    assert holding.daily is not None
    assert holding.daily.likely == Decimal("40.0")
    assert first.on == at(300).date() + timedelta(days=250)
    assert first.earliest is not None
    assert first.latest is not None
    assert first.earliest < first.on < first.latest


def test_time_comes_first_when_the_vehicle_stands_still() -> None:
    known: list[Fact] = [record(), visit(100, 300), visit(400, 500)]
    (holding,) = fold_vehicle(known, PLANS)
    assert (holding.maintenance[0].code, holding.maintenance[0].by) == ("cabin_air_filter", "time")
    assert holding.maintenance[0].on == date(2026, 2, 14)


def test_without_an_odometer_no_distance_is_claimed() -> None:
    (holding,) = fold_vehicle([record(), visit(100)], PLANS)
    assert holding.daily is None
    assert [item.code for item in holding.maintenance] == ["cabin_air_filter"]


def test_an_unknown_model_has_no_plan_but_still_lapses() -> None:
    (holding,) = fold_vehicle([record(model="Unheard Of"), visit(100, 4000)], PLANS)
    due = contact_due(holding, 8)
    assert holding.maintenance == ()
    assert due is not None
    assert (due.on, due.because) == (date(2023, 12, 20), "lapse")


def test_a_visit_restarts_only_the_items_that_it_names() -> None:
    known: list[Fact] = [record(), visit(100, 4000, operations=["tyre_rotation"]), visit(200, 8000, kind="repair")]
    items = {item.code: item for item in fold_vehicle(known, PLANS)[0].maintenance}
    assert items["tyre_rotation"].at_km == 14000
    assert items["cabin_air_filter"].counted_from == DELIVERED


def test_a_deferral_holds_until_the_next_visit() -> None:
    known: list[Fact] = [record(model=None), visit(100, 4000)]
    deferral = Deferral(vin=VIN, owner_id="o1", until=date(2025, 1, 1), reason="all_is_well", at=at(400))
    deferred = contact_due(fold_vehicle([*known, deferral], PLANS)[0], 8)
    assert deferred is not None
    assert deferred.on == date(2025, 1, 1)
    seen = contact_due(fold_vehicle([*known, deferral, visit(500, 20000)], PLANS)[0], 8)
    assert seen is not None
    assert seen.on == date(2025, 1, 24)


def test_an_appointment_puts_contact_off_until_the_day_after() -> None:
    booking = visit(600, None, status="booked")
    due = contact_due(fold_vehicle([record(model=None), visit(100, 4000), booking], PLANS)[0], 8)
    assert due is not None
    assert due.on == (at(601)).date()


# ---------------------------------------------------------------------------------------------------------- segments


def test_segments_follow_the_days_since_the_last_visit_and_the_plan() -> None:
    (never,) = fold_vehicle([record()], PLANS)
    assert segment_of(never, 8, date(2030, 1, 1)) is Segment.NEVER_SERVICED
    (holding,) = fold_vehicle([record(), visit(100, 4000), visit(200, 8000)], PLANS)  # last on 2023-07-29
    assert segment_of(holding, 8, date(2023, 9, 1)) is Segment.ACTIVE
    assert holding.maintenance_due_on == date(2024, 4, 4)
    assert segment_of(holding, 12, date(2024, 4, 4)) is Segment.DUE
    assert segment_of(holding, 8, date(2024, 3, 29)) is Segment.LAPSED
    assert segment_of(holding, 8, date(2025, 7, 28)) is Segment.LAPSED
    assert segment_of(holding, 8, date(2025, 7, 29)) is Segment.LOST


@given(facts, st.integers(1, 24), st.integers(0, 3000))
def test_segments_only_get_worse_while_nothing_happens(known: list[Fact], months: int, days: int) -> None:
    order = [Segment.ACTIVE, Segment.DUE, Segment.LAPSED, Segment.LOST]
    for holding in fold_vehicle(known, PLANS):
        if holding.visits:
            first = segment_of(holding, months, DELIVERED + timedelta(days=days))
            later = segment_of(holding, months, DELIVERED + timedelta(days=days + 30))
            assert order.index(first) <= order.index(later)


def test_years_of_daily_readings_are_thinned_without_losing_the_first_and_the_last() -> None:
    daily = [reading(day, 40 * day) for day in range(1, 1500)]
    (holding,) = fold_vehicle([record(), *daily], PLANS)
    assert holding.first_reading is not None
    assert holding.last_reading is not None
    assert (holding.first_reading.km, holding.last_reading.km) == (40, 40 * 1499)


def test_a_moment_is_the_same_whatever_offset_it_came_with() -> None:
    here = reading(10, 500, at="2023-02-01T23:30:00+08:00")
    there = reading(10, 500, at="2023-02-01T15:30:00Z")
    assert here == there
    assert here.model_dump_json() == there.model_dump_json()
