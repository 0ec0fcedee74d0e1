"""Who waits is seen: first the customer is told, then the manager is paged, then it becomes a case; each step once."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.sentiment_escalation import timer
from shared.domain.conversations import DelayKind
from tests.integration.sentiment_escalation.conversation_world import (
    ADVISOR,
    INTEGRATOR,
    NOW,
    SHANGHAI,
    STRANGER,
    World,
)


def later(**duration: float) -> datetime:
    return NOW + timedelta(**duration)


def kinds(told: list[dict[str, Any]]) -> list[str]:
    return [message["kind"] for message in told]


def test_an_unanswered_message_goes_three_steps_each_once(world: World) -> None:
    world.write("where is my car", locale="en")
    world.tick(later(minutes=29))
    assert world.told() == []
    for _ in range(2):
        world.tick(later(minutes=31))
    [told] = world.told()
    assert told["to"] == {"owner_id": "owner-1"}
    assert "2026-11-25 10:00" in told["text"]
    assert "11:00" in told["text"]
    for _ in range(2):
        world.tick(later(minutes=61))
    [paged] = world.told()
    assert (paged["to"], paged["urgency"], paged["locale"]) == ({"staff_id": "manager-1"}, "urgent", "zh-CN")
    # Lunch is not counted: two hours after ten it is one o'clock.
    world.tick(later(minutes=179))
    assert world.requested() == []
    for _ in range(2):
        world.tick(later(hours=3, minutes=1))
    [request] = world.requested()
    assert (request["reason"], request["requested_at"]) == ("delay", later(hours=3, minutes=1).isoformat())
    for day in range(1, 9):
        world.tick(later(days=day))
    assert world.told() == world.requested() == []
    owes = world.show().json["owes"]
    assert (owes["who"], owes["next_step_at"]) == ("centre", None)
    assert owes["steps_taken"] == ["tell_customer", "page_manager", "escalate"]


def test_a_reply_in_between_cancels_the_rest(world: World) -> None:
    world.write("where is my car")
    world.tick(later(minutes=31))
    world.now = later(minutes=40)
    world.write("On the lift.", ADVISOR)
    world.tick(later(hours=9))
    assert kinds(world.told()) == ["delay_told"]
    assert world.requested() == []


def test_after_a_standstill_the_steps_are_taken_in_their_order(world: World) -> None:
    world.write("where is my car")
    seen = []
    for minute in (0, 0, 5, 10, 10, 19, 20, 30):
        world.tick(later(days=2, minutes=minute))
        seen += [(minute, kind) for kind in kinds(world.told())]
        seen += [(minute, request["reason"]) for request in world.requested()]
    assert seen == [(0, "delay_told"), (10, "delay_paged"), (20, "delay")]


def test_a_system_that_answers_by_itself_is_no_answer(world: World) -> None:
    world.write("where is my car")
    world.write("We have received your message.", INTEGRATOR, author="system")
    world.tick(later(minutes=31))
    assert kinds(world.told()) == ["delay_told"]


def test_a_case_takes_over_with_clocks_of_its_own(world: World) -> None:
    world.write("where is my car")
    world.write("Escalate")
    world.tick(later(hours=9))
    assert world.told() == []
    assert world.conversation().due_at is None


def test_a_repair_that_waits_for_parts_is_told_with_what_and_until_when(world: World) -> None:
    expected = datetime(2026, 12, 1, 12, tzinfo=SHANGHAI)
    waiting = {"what": "parts", "words": "a charging port", "expected_at": expected.isoformat()}
    world.write("The part is ordered.", ADVISOR, waiting_for=waiting, owner_id="owner-1", locale="en")
    shown = world.show().json["waiting_for"]
    assert (shown["words"], shown["expected_at"]) == ("a charging port", "2026-12-01T04:00:00Z".replace("Z", "+00:00"))
    world.tick(later(days=1, hours=1))
    [told] = world.told()
    assert "a charging port" in told["text"]
    assert "2026-12-01 12:00" in told["text"]
    world.tick(later(days=6))  # Expected at noon of that Tuesday: not yet three days ago.
    assert world.told() == []
    world.tick(datetime(2026, 12, 4, 18, tzinfo=SHANGHAI).astimezone(UTC))
    assert kinds(world.told()) == ["delay_paged"]
    world.write("It is here.", ADVISOR, waiting_for={"what": "nothing"})
    world.tick(later(days=30))
    assert world.told() == world.requested() == []


def test_another_date_for_the_parts_is_told_anew(world: World) -> None:
    for day in (1, 9):
        expected = later(days=day).isoformat()
        world.write("Ordered.", ADVISOR, owner_id="owner-1", waiting_for={"what": "parts", "expected_at": expected})
        world.tick(later(days=1, hours=day))
    told = world.told()
    assert kinds(told) == ["delay_told"] * 2
    assert len({message["notification_id"] for message in told}) == 2


def test_where_no_customer_is_known_the_manager_still_is(world: World) -> None:
    world.write("[1] bad service", INTEGRATOR, channel="social")
    world.tick(later(minutes=31))
    assert world.told() == []
    world.tick(later(minutes=61))
    assert kinds(world.told()) == ["delay_paged"]


def test_a_centre_that_nobody_knows_pages_those_on_call(world: World) -> None:
    world.post("where is my car", STRANGER)
    world.work()
    world.tick(later(minutes=31))
    world.tick(later(minutes=61))
    paged, told = sorted(world.told(), key=lambda message: message["kind"])
    assert (told["kind"], paged["to"]) == ("delay_told", {"staff_id": "on-call"})


def test_out_of_hours_nothing_falls_due(world: World) -> None:
    world.now = datetime(2026, 11, 27, 19, tzinfo=SHANGHAI).astimezone(UTC)  # A Friday evening.
    world.write("where is my car")
    world.tick(datetime(2026, 11, 30, 9, 29, tzinfo=SHANGHAI).astimezone(UTC))
    assert world.told() == []
    world.tick(datetime(2026, 11, 30, 9, 30, tzinfo=SHANGHAI).astimezone(UTC))
    assert kinds(world.told()) == ["delay_told"]


def test_two_ticks_at_once_take_a_step_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("where is my car")
    world.now = later(minutes=31)
    find = type(world.table).find_by_key
    raced: list[str] = []

    def find_and_race(table: Any, key: str) -> Any:
        found = find(table, key)
        if not raced:
            raced.append(key)
            world.tick()
        return found

    monkeypatch.setattr(type(world.table), "find_by_key", find_and_race)
    world.tick()
    assert kinds(world.told()) == ["delay_told"]
    assert world.conversation().delays[0].steps_taken == 1


def test_one_conversation_that_fails_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.write("one", conversation="c-1")
    world.write("two", conversation="c-2")
    find = type(world.table).find_by_key

    def broken(table: Any, key: str) -> Any:
        if key.endswith("c-1"):
            raise RuntimeError
        return find(table, key)

    monkeypatch.setattr(type(world.table), "find_by_key", broken)
    with pytest.raises(timer.ConversationsFailed):
        world.tick(later(minutes=31))
    assert world.conversation("c-2").delays[0].steps_taken == 1
    assert world.conversation("c-2").delays[0].kind is DelayKind.REPLY
