"""Time alone: deadlines are missed once and climb, promises are recalled, resolved cases close."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.case_desk import work_off_due
from functions.case_desk.fall_due import fall_due
from shared.adapters.cases_table import CasesTable
from shared.adapters.centres_table import CentresTable
from shared.domain.cases import Case, Change, ClockKind, PromiseState, State
from shared.domain.centres import Rung
from tests.integration.case_desk.desk_world import ADVISOR, CENTRE, MANAGER, NOW, OWNER, SHANGHAI, World, request
from tests.integration.case_desk.test_opening import resolve


def local(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


def test_nothing_happens_before_it_is_due(world: World) -> None:
    world.receive(request(case_id="c"))
    world.tick(NOW + timedelta(minutes=30) - timedelta(seconds=1))
    assert world.kinds("c") == ["opened"]


def test_a_case_that_nobody_answers_climbs_the_ladder_on_time_and_is_missed_once(world: World) -> None:
    world.receive(request(case_id="c"))
    world.told()
    pages = []
    for minutes in range(0, 115, 5):
        world.tick(NOW + timedelta(minutes=minutes))
        world.tick()
        pages += [(minutes, message["kind"], message["to"]) for message in world.told()]
    staff = [(minutes, to["staff_id"]) for minutes, kind, to in pages if kind == "case_climbed"]
    assert staff == [(30, "regional-1"), (60, "on-call-1")]
    assert [minutes for minutes, kind, _ in pages if kind == "case_climbed_owner"] == [30, 60]
    assert world.kinds("c").count("deadline_missed") == 1
    case = world.case("c")
    assert (case.rung, case.staff_id, case.deadlines_missed) == (Rung.ON_CALL, "on-call-1", 1)
    clock = case.clock(ClockKind.ACKNOWLEDGE)
    assert clock is not None
    assert clock.climbs_at == NOW + timedelta(minutes=120)


def paged_again(world: World, *minutes: int) -> list[tuple[int, str]]:
    """Let the timer look at these minutes, twice each; when whom it paged again."""
    pages = []
    for minute in minutes:
        world.tick(NOW + timedelta(minutes=minute))
        world.tick()
        pages += [(minute, told["to"]["staff_id"]) for told in world.told() if told["kind"] == "case_paged_again"]
    return pages


def test_those_on_call_are_paged_again_until_somebody_acknowledges(world: World) -> None:
    world.receive(request(case_id="c"))
    # Two opening hours are left until lunch; the next page after it comes an opening hour later.
    paged = paged_again(world, 30, 60, 119, 120, 179, 180, 239, 240)
    assert paged == [(120, "on-call-1"), (240, "on-call-1")]
    assert world.case("c").times_paged_again == 2
    assert world.kinds("c").count("climbed") == 2
    assert world.act("c", "acknowledge").status == 200
    assert paged_again(world, 300, 360, 420) == []


def test_an_answer_in_the_conversation_ends_the_pages_too(world: World) -> None:
    world.receive(request(case_id="c"))
    assert paged_again(world, 30, 60, 120) == [(120, "on-call-1")]
    world.receive(
        {
            "type": "staff_answered", "request_id": "a-1", "centre_id": "centre-1", "owner_id": "owner-1",
            "conversation_id": "conversation-1", "message_id": "staff:m-1", "staff_id": "manager-1", "role": "manager",
            "answered_at": world.now.isoformat(),
        }
    )  # fmt: skip
    assert paged_again(world, 240, 300, 360) == []


def test_where_several_are_on_call_they_are_paged_by_turns(world: World) -> None:
    second = CENTRE.ladder[-1].model_copy(update={"id": "on-call-2", "phone": "+8613800000005"})
    CentresTable(world.dynamodb, "Centres").put_centre(CENTRE.model_copy(update={"ladder": (*CENTRE.ladder, second)}))
    world.receive(request(case_id="c", reason="safety"))
    pages = paged_again(world, *range(0, 105, 15))
    assert [staff for _, staff in pages] == ["on-call-2", "on-call-1", "on-call-2", "on-call-1"]


def test_a_matter_of_safety_is_paged_again_through_the_night(world: World) -> None:
    world.now = local(25, 22)
    world.receive(request(case_id="c", reason="safety", requested_at=world.now.isoformat()))
    for minutes in range(15, 600, 15):
        world.tick(local(25, 22) + timedelta(minutes=minutes))
    assert world.case("c").times_paged_again > 30


def test_a_case_that_turns_out_to_be_dangerous_does_not_wait_for_the_morning(world: World) -> None:
    world.now = local(25, 17, 30)
    world.receive(request(case_id="c", requested_at=world.now.isoformat()))
    world.tick(local(25, 18))
    world.tick(local(26, 9))
    world.now = local(26, 18, 30)
    before = world.case("c").clock(ClockKind.ACKNOWLEDGE)
    assert before is not None
    world.receive(request("r-2", reason="safety", requested_at=world.now.isoformat()))
    after = world.case("c").clock(ClockKind.ACKNOWLEDGE)
    assert after is not None
    assert after.climbs_at is not None
    assert after.climbs_at <= local(26, 18, 45)


def test_a_case_that_is_paged_again_is_shown_to_staff_only(world: World) -> None:
    world.receive(request(case_id="c"))
    paged_again(world, 30, 60, 120)
    assert world.call("GET", "/cases/c", MANAGER).json["times_paged_again"] == 1
    assert "paged" not in world.call("GET", "/cases/c", OWNER).text


def test_a_ladder_starts_with_the_advisor_where_it_is_not_urgent(world: World) -> None:
    world.receive(request(case_id="c", reason="delay"))
    assert world.case("c").staff_id == "advisor-1"
    world.tick(local(25, 11, 59))
    assert world.case("c").rung is Rung.ADVISOR
    # Two opening hours, and two more: lunch does not count.
    world.tick(local(25, 12, 0))
    assert world.case("c").staff_id == "manager-1"
    world.tick(local(25, 14, 59))
    assert world.case("c").rung is Rung.MANAGER
    world.tick(local(25, 15, 0))
    assert world.case("c").rung is Rung.REGIONAL_MANAGER


def test_a_late_timer_records_the_miss_once_and_climbs_one_rung(world: World) -> None:
    world.receive(request(case_id="c"))
    world.tick(NOW + timedelta(minutes=55))
    case = world.case("c")
    assert case.rung is Rung.REGIONAL_MANAGER
    assert world.kinds("c") == ["opened", "deadline_missed", "climbed"]


def test_who_works_on_a_case_keeps_it_when_it_climbs(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "acknowledge", ADVISOR)
    world.tick(local(25, 16, 0))
    case = world.case("c")
    assert (case.staff_id, case.rung) == ("advisor-1", Rung.REGIONAL_MANAGER)
    missed = world.entries("c", "deadline_missed")
    assert [entry.data["clock"] for entry in missed] == ["update"]


def test_what_is_answered_late_stops_climbing(world: World) -> None:
    world.receive(request(case_id="c"))
    world.tick(NOW + timedelta(minutes=30))
    world.pass_time(minutes=10)
    assert world.act("c", "acknowledge").status == 200
    world.tick(NOW + timedelta(minutes=110))
    assert world.kinds("c").count("climbed") == 1
    assert world.case("c").seconds_to["acknowledge"] == 40 * 60


def test_clocks_stand_still_while_the_customer_is_asked(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "start")
    before = world.case("c").clock(ClockKind.RESOLVE)
    world.pass_time(minutes=60)
    world.act("c", "wait", waiting_for="customer")
    world.tick(NOW + timedelta(days=20))
    assert "deadline_missed" not in world.kinds("c")
    assert world.act("c", "resume").status == 200
    after = world.case("c").clock(ClockKind.RESOLVE)
    assert before is not None
    assert after is not None
    assert after.used_s == 60 * 60
    assert after.target_s == before.target_s


def test_clocks_run_while_parts_are_awaited(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "start")
    world.act("c", "wait", waiting_for="parts")
    world.tick(NOW + timedelta(days=2))
    assert "deadline_missed" in world.kinds("c")


def test_a_resolved_case_closes_by_itself_and_lets_go_of_its_conversation(world: World) -> None:
    world.receive(request(case_id="c"))
    resolve(world, "c")
    world.tick(NOW + timedelta(days=6, hours=23))
    assert world.case("c").state is State.RESOLVED
    world.tick(NOW + timedelta(days=7))
    case = world.case("c")
    assert case.state is State.CLOSED
    assert case.next_event_at is None
    assert world.cases.open_case_of("centre-1#conversation#conversation-1") is None


def test_a_promise_is_recalled_before_when_due_and_after(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "reply", words="I will look into it. I'll call you tomorrow before noon.")
    world.told()
    promise = world.case("c").promises[1]
    assert promise.due_at == local(26, 12)
    told = []
    for at in (local(26, 10, 59), local(26, 11), local(26, 11, 30), local(26, 12), local(26, 12, 59), local(26, 13)):
        world.tick(at)
        world.tick(at)
        told += [
            (at.strftime("%H:%M"), message["kind"], message["to"]["staff_id"])
            for message in world.told()
            if message["kind"].startswith("promise") and "12:00" in message["text"]
        ]
    assert told == [
        ("11:00", "promise_reminded", "manager-1"),
        ("12:00", "promise_due", "manager-1"),
        ("13:00", "promise_missed", "manager-1"),
    ]
    assert world.case("c").promises[1].state is PromiseState.MISSED


def test_the_manager_hears_of_a_promise_that_an_advisor_missed(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "reply", ADVISOR, words="I'll call you at 11:00.")
    world.told()
    world.tick(local(25, 12, 30))
    missed = [message["to"]["staff_id"] for message in world.told() if message["kind"] == "promise_missed"]
    assert sorted(missed) == ["advisor-1", "manager-1"]


def test_a_promise_that_was_kept_is_recalled_no_more(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "reply", words="I'll call you tomorrow before noon.")
    promise_id = world.case("c").promises[0].promise_id
    assert world.act("c", "keep_promise", promise_id=promise_id).status == 200
    world.told()
    world.tick(local(27, 9))
    assert not [message for message in world.told() if message["kind"].startswith("promise")]


def test_a_promise_outlives_the_case_it_was_made_in(world: World) -> None:
    world.receive(request(case_id="c"))
    world.act("c", "reply", words="I'll call you on 10 December.")
    resolve(world, "c")
    world.act("c", "close")
    world.tick(datetime(2026, 12, 10, 18, 0, tzinfo=SHANGHAI))
    assert world.kinds("c")[-1] == "promise_due"


def test_the_timer_reads_what_is_due_and_nothing_else(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    get = CasesTable.get

    def get_and_note(table: CasesTable, case_id: str) -> Case:
        read.append(case_id)
        return get(table, case_id)

    monkeypatch.setattr(CasesTable, "get", get_and_note)
    for number in range(12):
        due_first = number < 2
        world.receive(
            request(
                f"r-{number}",
                case_id=f"c-{number}",
                conversation_id=f"conversation-{number}",
                reason="agitation" if due_first else "bill_question",
            )
        )
    read.clear()
    world.tick(NOW + timedelta(minutes=31))
    assert sorted(read) == ["c-0", "c-1"]


def test_a_case_that_fails_holds_up_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.receive(
        request("r-1", case_id="bad", conversation_id="a"), request("r-2", case_id="good", conversation_id="b")
    )

    def failing(case: Case, *rest: Any) -> Change | None:
        if case.case_id == "bad":
            raise RuntimeError
        return fall_due(case, *rest)

    monkeypatch.setattr(work_off_due, "fall_due", failing)
    with pytest.raises(Exception, match="1 cases"):
        world.tick(NOW + timedelta(minutes=31))
    assert "deadline_missed" in world.kinds("good")


def test_a_centre_with_nobody_on_duty_pages_those_on_call(world: World) -> None:
    world.receive(request(case_id="c", reason="safety"))
    world.tick(NOW + timedelta(minutes=15))
    # Lunch: of a critical case's ladder only those on call are there.
    world.now = local(25, 12, 10)
    world.receive(request("r-9", case_id="d", reason="legal", conversation_id="x", requested_at=world.now.isoformat()))
    assert world.case("c").rung is Rung.REGIONAL_MANAGER
    assert world.case("d").staff_id == "on-call-1"
    assert MANAGER["custom:staff_id"] != world.case("d").staff_id
