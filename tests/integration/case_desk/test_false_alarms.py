"""What managers marked "not upset" comes out as lines that the training reads, without the words of who is gone."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from shared.adapters.personal_data import Drawer
from tests.integration.case_desk.desk_world import (
    ADVISOR,
    INTEGRATOR,
    MANAGER,
    OTHER_MANAGER,
    OWNER,
    World,
    request,
)

READ: dict[str, Any] = {
    "grade": 2, "signals": ["repeated_contact"], "probability": 0.8125, "engine": "7", "language": "en",
    "channel": "app",
}  # fmt: skip


def exported(
    world: World, claims: Mapping[str, str] = MANAGER, query: dict[str, str] | None = None
) -> list[dict[str, Any]]:
    answer = world.call("GET", "/cases/false-alarms", claims, query=query)
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/jsonl"
    return [json.loads(line) for line in answer.text.splitlines()]


def mark(world: World, case_id: str, **fields: Any) -> None:
    assert world.act(case_id, "mark_false_alarm", **fields).status == 200


def test_a_false_alarm_is_a_line_as_the_corpus_has_them(world: World) -> None:
    world.receive(request(case_id="c", **READ))
    mark(world, "c")
    assert exported(world) == [
        {
            "id": "c-1", "lang": "en", "text": "This is the third time I ask!", "grade": 0,
            "signals": ["repeated_contact"], "topic": "agitation", "source": "app", "read_grade": 2,
            "probability": 0.8125, "engine": "7",
        }
    ]  # fmt: skip


def test_the_grade_is_that_of_the_mark(world: World) -> None:
    world.receive(request(case_id="c", **READ))
    assert world.act("c", "mark_false_alarm", grade=2).status == 422
    mark(world, "c", grade=1)
    assert [line["grade"] for line in exported(world)] == [1]


def test_every_message_read_before_the_mark_is_a_line_and_none_after_it(world: World) -> None:
    world.receive(request("r-1", case_id="c", **READ), request("r-2", words="Hello?", **READ))
    world.receive(request("r-3", reason="delay", words=""), request("r-4", reason="bill_question", words="Why 7?"))
    mark(world, "c")
    world.receive(request("r-5", words="Now I am really upset!", **READ))
    assert [line["text"] for line in exported(world)] == ["This is the third time I ask!", "Hello?"]


def test_cases_that_nobody_marked_stay_in(world: World) -> None:
    world.receive(request(case_id="c", **READ))
    assert exported(world) == []


def test_the_period_is_that_of_the_marks(world: World) -> None:
    for number in range(3):
        at = world.now.isoformat()
        world.receive(
            request(f"r-{number}", case_id=f"c-{number}", conversation_id=f"k-{number}", requested_at=at, **READ)
        )
        mark(world, f"c-{number}")
        world.now += timedelta(weeks=1)
    assert [line["id"] for line in exported(world, query={"from": "2026-W49", "to": "2026-W50"})] == ["c-1-1", "c-2-1"]
    assert [line["id"] for line in exported(world, query={"to": "2026-W48"})] == ["c-0-1"]


def test_the_words_of_somebody_erased_are_left_out(world: World) -> None:
    world.receive(request(case_id="c", **READ))
    mark(world, "c")
    Drawer(world.dynamodb, "Cases", "cases").erase_of("owner-1")
    assert exported(world) == []


def test_another_centre_has_its_own(world: World) -> None:
    world.receive(request(case_id="c", **READ))
    mark(world, "c")
    assert exported(world, OTHER_MANAGER) == []


@pytest.mark.parametrize(
    ("claims", "query", "status"),
    [
        (ADVISOR, {}, 403),
        (OWNER, {}, 403),
        (INTEGRATOR, {}, 403),
        (OTHER_MANAGER, {"centre": "centre-1"}, 403),
        (MANAGER, {"from": "2026-01-01"}, 422),
        (MANAGER, {"to": "2026-W60"}, 422),
        (MANAGER, {"from": "2025-W53", "to": "2026-W01"}, 422),
        (MANAGER, {"from": "2026-W12", "to": "2026-W11"}, 422),
        (MANAGER, {"from": "2025-W01", "to": "2026-W30"}, 422),
    ],
)
def test_the_lines_are_for_managers_of_the_centre(
    world: World, claims: dict[str, str], query: dict[str, str], status: int
) -> None:
    assert world.call("GET", "/cases/false-alarms", claims, query=query).status == status
