"""However few calls a day there are, and whoever comes in between, nobody on the list waits for ever."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.recall_outreach.list_calls import list_calls
from functions.recall_outreach.policies import policies
from tests.unit.recall_outreach.in_memory import Outreach
from tests.unit.recall_outreach.people import centre, consent, holding, owner

HEAD_START_DAYS = policies().ranking.head_start_days


def becomes_due(world: Outreach, number: int, paid: str | None) -> str:
    """Somebody new is due: worth nothing that is known, or more than anybody, with the best of numbers."""
    owner_id = f"owner-{number}"
    spent = {"amount": paid, "currency": "CNY", "visits": 2} if paid else None
    phone = {"number": "+8613800138000", "kind": "mobile", "verified": paid is not None}
    agreed = [consent(at=world.now - timedelta(days=400))]
    last = world.now - timedelta(days=2_000 if paid else 244)
    world.owners.put(
        owner(owner_id, phones=[phone], consents=agreed),
        holding(owner_id, f"LRW3E7FA0RC{number:06d}", spent=spent, last_visit_at=last),
    )
    return owner_id


@settings(max_examples=10, deadline=None)
@given(st.integers(1, 3), st.integers(0, 4))
def test_with_a_few_calls_a_day_the_least_of_all_is_called_in_the_end(calls_a_day: int, others: int) -> None:
    """Every day brings as many of a high rank as may be called, so that by rank alone the least would never be."""
    world = Outreach(centre(outreach={"calls_a_day": calls_a_day}))
    least = becomes_due(world, 0, None)
    for number in range(1, others + 1):
        becomes_due(world, number, "9000.00")
    number = others + 1
    for days in range(HEAD_START_DAYS + others + 3):
        for _ in range(calls_a_day):
            becomes_due(world, number, "900000.00")
            number += 1
        world.run()
        listed = list_calls(world.centre, world.tasks, world, by="manager-1", now=world.now, locale="en")["calls"]
        assert len(listed) <= calls_a_day
        if least in [entry["owner"]["id"] for entry in listed]:
            assert days >= 5, "newcomers of a higher rank come first, for a while"
            return
        for entry in listed:
            world.report(world.tasks.get_task(entry["task_id"]), "fine")
        world.now += timedelta(days=1)
    raise AssertionError("the least of all still waits")


def test_of_two_who_came_on_the_same_day_the_one_of_higher_rank_is_called_first() -> None:
    world = Outreach(centre(outreach={"calls_a_day": 1}))
    becomes_due(world, 0, None)
    richer = becomes_due(world, 1, "900000.00")
    world.run()
    [entry] = list_calls(world.centre, world.tasks, world, by="manager-1", now=world.now, locale="en")["calls"]
    assert entry["owner"]["id"] == richer
