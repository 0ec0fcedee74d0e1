"""What staff write in the conversation answers its case: acknowledged, counted, and it climbs no further."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.domain.cases import ClockKind, State
from shared.domain.centres import Rung
from tests.integration.case_desk.desk_world import ADVISOR, MANAGER, NOW, OWNER, World, all_items, request
from tests.integration.case_desk.test_opening import close, resolve


def answer(minutes: float = 5, staff: str = "manager-1", **fields: Any) -> dict[str, Any]:
    """A message of staff in the conversation, so many minutes after the customer's."""
    at = NOW + timedelta(minutes=minutes)
    return {
        "type": "staff_answered",
        "request_id": f"answer#centre-1#conversation-1#staff:m-{minutes}",
        "centre_id": "centre-1",
        "owner_id": "owner-1",
        "conversation_id": "conversation-1",
        "message_id": f"staff:m-{minutes}",
        "staff_id": staff,
        "role": "advisor" if staff == "advisor-1" else "manager",
        "answered_at": at.isoformat(timespec="microseconds"),
        **fields,
    }


def receive(world: World, *messages: dict[str, Any]) -> None:
    world.pass_time(minutes=10)
    assert world.receive(*messages) == []


def test_whoever_answers_in_the_conversation_acknowledges_the_case(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(staff="advisor-1"))
    case = world.case("c")
    assert (case.state, case.staff_id, case.staff_name) == (State.ACKNOWLEDGED, "advisor-1", "Li Na")
    assert case.entered[State.ACKNOWLEDGED] == case.first_reply_at == NOW + timedelta(minutes=5)
    assert case.seconds_to == {"acknowledge": 300, "first_reply": 300}
    update = case.clock(ClockKind.UPDATE)
    assert update is not None
    assert update.running_since == NOW + timedelta(minutes=5)


def test_a_case_that_was_answered_in_the_conversation_does_not_climb(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer())
    world.told()
    world.tick(NOW + timedelta(minutes=110))
    assert world.case("c").rung is Rung.MANAGER
    assert world.told() == []


def test_an_answer_after_the_missed_deadline_stops_the_climb(world: World) -> None:
    world.receive(request(case_id="c"))
    world.tick(NOW + timedelta(minutes=30))
    world.receive(answer(30.5))
    world.pass_time(minutes=1)
    world.receive(answer(30.5))
    world.told()
    world.tick(NOW + timedelta(minutes=110))
    assert world.told() == []


def test_the_customer_sees_who_answered_and_by_when_there_is_news(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer())
    seen = world.call("GET", "/cases/c", OWNER).json
    assert seen["answered_by"] == "Wang Wei"
    assert seen["next_deadline"]["kind"] == "update"
    assert [entry["kind"] for entry in seen["timeline"]] == ["opened", "acknowledged", "answered"]
    last = seen["timeline"][-1]
    assert (last["staff_name"], last["role"]) == ("Wang Wei", "manager")
    assert last["what"] == "We answered you in the conversation."


def test_staff_see_which_message_it_was(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer())
    [entry] = world.entries("c", "answered")
    assert (entry.by, entry.data["message_id"]) == ("manager-1", "staff:m-5")


def test_it_counts_in_the_figures_of_the_week(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer())
    times = world.call("GET", "/cases/productivity", MANAGER, query={"week": "2026-W48"}).json["times"]
    assert times["time_to_acknowledge"]["median_minutes"] == times["time_to_first_reply"]["median_minutes"] == 5.0


def test_somebody_who_is_on_no_ladder_answers_and_the_case_stays_with_whom_it_had(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(staff="s-77", role="advisor"))
    case = world.case("c")
    assert (case.state, case.staff_id) == (State.ACKNOWLEDGED, "manager-1")
    [entry] = world.entries("c", "answered")
    assert (entry.by, entry.data.get("staff_name"), entry.data["role"]) == ("s-77", None, "advisor")


def test_who_has_taken_on_a_case_keeps_it_when_others_write_too(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "acknowledge", ADVISOR)
    receive(world, answer())
    case = world.case("c")
    assert (case.staff_id, case.seconds_to) == ("advisor-1", {"acknowledge": 0, "first_reply": 300})


def test_each_further_answer_moves_the_next_update(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(1), answer(9, "advisor-1"))
    case = world.case("c")
    update = case.clock(ClockKind.UPDATE)
    assert update is not None
    assert update.running_since == NOW + timedelta(minutes=9)
    assert (case.staff_id, case.seconds_to["first_reply"]) == ("manager-1", 60)


@pytest.mark.parametrize("minutes", [-5, 0])
def test_a_message_from_before_the_case_is_no_answer(world: World, minutes: int) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(minutes))
    assert (world.case("c").state, world.kinds("c")) == (State.NEW, ["opened"])


def test_it_counts_once_and_a_late_one_changes_nothing_more(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(7), answer(7))
    before = all_items(world.dynamodb)
    receive(world, answer(7), answer(3, "advisor-1"))
    assert all_items(world.dynamodb) == before


def test_an_answer_that_overtakes_the_request_is_not_lost(world: World) -> None:
    late, first, second = answer(-5), answer(2, "advisor-1"), answer(6)
    ends = []
    for number, order in enumerate(permutations((late, first, second, request(case_id="c")))):
        here = {"conversation_id": f"conversation-{number}"}
        for message in order:
            own = {**message, **here, "request_id": f"{message['request_id']}-{number}"}
            if "case_id" in own:
                own["case_id"] = f"c-{number}"
            receive(world, own)
        case = world.case(f"c-{number}")
        if order.index(first) < order.index(second):
            ends.append((case.state, case.staff_id, case.seconds_to, case.first_reply_at, len(case.clocks)))
        assert case.state is State.ACKNOWLEDGED
        assert case.last_answer is not None
        assert case.last_answer.message_id == "staff:m-6"
    assert set(map(repr, ends)) == {repr(ends[0])}


def test_an_answer_that_was_kept_is_not_counted_a_second_time(world: World) -> None:
    receive(world, answer(2))
    world.receive(request(case_id="c"))
    before = all_items(world.dynamodb)
    receive(world, answer(2))
    assert all_items(world.dynamodb) == before
    assert world.kinds("c") == ["opened", "acknowledged", "answered"]


def test_answers_without_a_case_are_few_and_forgotten_after_a_while(world: World) -> None:
    for minutes in range(30):
        receive(world, answer(minutes))
    [kept] = [item for item in all_items(world.dynamodb) if item["sk"]["S"] == "OPEN"]
    assert kept["answers"]["S"].count("message_id") == 10
    assert "expires_at" in kept
    assert world.cases.open_case_of("centre-1#conversation#conversation-1") is None
    world.receive(request(case_id="c"))
    [held] = [item for item in all_items(world.dynamodb) if item["sk"]["S"] == "OPEN"]
    assert held.keys() == {"pk", "sk", "case_id"}


def test_a_promise_that_opens_a_case_finds_the_link_with_answers_free(world: World) -> None:
    report = {
        "type": "promise_made", "request_id": "m-9", "centre_id": "centre-1", "owner_id": "owner-1",
        "conversation_id": "conversation-1", "staff_id": "manager-1", "words": "I'll call you at 5 pm.",
        "made_at": (NOW + timedelta(minutes=5)).isoformat(), "locale": "en",
    }  # fmt: skip
    receive(world, answer(5), report)
    case = world.only_case()
    assert (case.state, case.first_reply_at) == (State.IN_PROGRESS, None)


def test_on_a_closed_case_it_changes_nothing_and_does_not_leak_into_the_next(world: World) -> None:
    world.receive(request(case_id="first"))
    close(world, "first")
    version = world.case("first").version
    receive(world, answer(5))
    assert world.case("first").version == version
    world.pass_time(hours=1)
    world.receive(request("r-2", case_id="second", requested_at=world.now.isoformat()))
    assert world.case("second").state is State.NEW


def test_a_request_that_it_has_overtaken_reopens_a_resolved_case_answered(world: World) -> None:
    world.receive(request(case_id="c"))
    resolve(world, "c")
    world.pass_time(hours=1)
    asked = world.now
    world.receive(answer(65))
    assert world.case("c").state is State.RESOLVED
    world.pass_time(minutes=5)
    world.receive(answer(65, request_id="again"), request("r-2", requested_at=asked.isoformat()))
    case = world.case("c")
    assert (case.state, case.staff_id) == (State.ACKNOWLEDGED, "manager-1")


def test_a_reopened_case_is_not_answered_by_what_was_written_before(world: World) -> None:
    world.receive(request(case_id="c"))
    resolve(world, "c")
    world.pass_time(hours=1)
    world.act("c", "reopen", OWNER, words="It rattles again.")
    world.receive(answer(30))
    assert world.case("c").state is State.REOPENED
    world.pass_time(minutes=3)
    world.receive(answer(62))
    assert world.case("c").state is State.ACKNOWLEDGED


def test_somebody_elses_case_is_not_answered(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(owner_id="owner-2"))
    assert world.case("c").state is State.NEW


def test_a_clock_that_runs_ahead_is_not_believed(world: World) -> None:
    world.receive(request(case_id="c"))
    receive(world, answer(60 * 24))
    assert world.case("c").first_reply_at == world.now


def test_while_the_customer_is_asked_the_clocks_stand_still(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "start")
    world.act("c", "wait", waiting_for="customer")
    receive(world, answer())
    assert world.case("c").next_event_at is None
