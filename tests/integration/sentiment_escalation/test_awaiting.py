"""Who waits for a reply of a centre is listed for its staff: the longest first, with heat, due time and case."""

from collections.abc import Mapping
from typing import Any

import pytest

from functions.sentiment_escalation import answer_request
from shared.domain.cases import State
from tests.integration.sentiment_escalation.conversation_world import (
    ADVISOR,
    INTEGRATOR,
    MANAGER,
    OTHER_MANAGER,
    OTHER_OWNER,
    OWNER,
    World,
)
from tests.integration.sentiment_escalation.test_escalation import open_case


def waiting(world: World, claims: Mapping[str, str] = ADVISOR, after: str | None = None) -> Any:
    answer = world.call("GET", "/conversations", claims, query={} if after is None else {"after": after})
    assert answer.status == 200, answer.json
    return answer.json


def listed(world: World, after: str | None = None) -> list[tuple[int, str]]:
    return [(one["place"], one["conversation_id"]) for one in waiting(world, after=after)["conversations"]]


def write(world: World, conversation: str, words: str, claims: dict[str, str] = OWNER) -> None:
    world.write(words, claims, conversation=conversation)


def test_who_has_waited_longest_comes_first(world: World) -> None:
    write(world, "first", "where is my car")
    write(world, "second", "[2] nobody answers", OTHER_OWNER)
    write(world, "first", "[2] hello?")
    assert listed(world) == [(1, "first"), (2, "second")]


def test_whoever_is_answered_or_only_thanks_leaves_the_list(world: World) -> None:
    write(world, "asked", "where is my car")
    write(world, "thanked", "thanks!")
    assert listed(world) == [(1, "asked")]
    write(world, "asked", "On its way.", ADVISOR)
    assert listed(world) == []


def test_what_is_shown_of_a_conversation(world: World) -> None:
    write(world, "c-1", "[1] where is my car")
    since = world.now
    world.pass_time(hours=24)
    [one] = waiting(world, MANAGER)["conversations"]
    assert one == {
        "place": 1, "conversation_id": "c-1", "href": "/conversations/c-1", "owner_id": "owner-1",
        "waiting_since": since.isoformat(), "unanswered": 1, "temperature": one["temperature"], "hot": False,
        "due_at": world.show().json["owes"]["next_step_at"], "case": None,
    }  # fmt: skip
    assert one["due_at"] is not None
    assert one["temperature"] == world.show().json["temperature"]["now"]


def test_the_case_of_a_conversation_is_linked_and_its_deadline_is_what_is_due(world: World) -> None:
    write(world, "c-1", "[3] thieves!")
    [request] = world.requested()
    assert waiting(world)["conversations"][0]["case"] is None
    case = open_case(world, request["case_id"], State.NEW)
    [one] = waiting(world)["conversations"]
    assert one["case"] == {
        "case_id": case.case_id, "href": f"/cases/{case.case_id}", "state": "new", "answered_by": "Wang Wei",
    }  # fmt: skip
    assert one["hot"]
    assert case.clocks[0].due_at is not None
    assert one["due_at"] == case.clocks[0].due_at.isoformat()


def test_a_long_list_comes_in_pages_with_places_that_go_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answer_request, "WAITING_PAGE", 2)
    for number in range(1, 6):
        write(world, f"c-{number}", "where is my car")
    page = waiting(world)
    pages = [page]
    while page["next"] is not None:
        page = waiting(world, after=page["next"])
        pages.append(page)
    seen = [(one["place"], one["conversation_id"]) for page in pages for one in page["conversations"]]
    assert seen == [(number, f"c-{number}") for number in range(1, 6)]


def test_a_page_goes_on_where_it_ended_though_somebody_was_answered(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answer_request, "WAITING_PAGE", 2)
    for number in range(1, 5):
        write(world, f"c-{number}", "where is my car")
    first = waiting(world)
    write(world, "c-2", "On its way.", ADVISOR)
    assert listed(world, after=first["next"]) == [(2, "c-3"), (3, "c-4")]


def test_the_list_reads_one_page_of_the_index_and_no_table(world: World) -> None:
    for number in range(1, 4):
        write(world, f"c-{number}", "where is my car")
    world.dynamodb.delete_item(
        TableName="Conversations", Key={"pk": {"S": "CONVERSATION#centre-1#c-2"}, "sk": {"S": "HEAD"}}
    )
    assert listed(world) == [(1, "c-1"), (2, "c-3")], "what is erased is gone from it too"


@pytest.mark.parametrize(
    ("claims", "query", "status"),
    [
        (OWNER, {}, 403),
        (INTEGRATOR, {}, 403),
        (OTHER_MANAGER, {"centre": "centre-1"}, 403),
        (ADVISOR, {"centre": "centre-9"}, 403),
        (ADVISOR, {"after": "yesterday"}, 422),
    ],
)
def test_the_list_is_for_staff_of_the_centre(
    world: World, claims: dict[str, str], query: dict[str, str], status: int
) -> None:
    assert world.call("GET", "/conversations", claims, query=query).status == status


def test_another_centre_sees_its_own(world: World) -> None:
    write(world, "c-1", "where is my car")
    assert waiting(world, OTHER_MANAGER) == {"conversations": [], "next": None}
