"""Of an owner whose data was erased nothing comes back, whatever was still under way."""

from collections.abc import Sequence
from typing import Any

import pytest

from shared.adapters.cases_table import CasesTable, Found
from tests.integration.case_desk.desk_world import NOW, World, all_items, request
from tests.integration.case_desk.test_answers import answer


def promise(**fields: Any) -> dict[str, Any]:
    return {
        "type": "promise_made",
        "request_id": "promise#conversation-1#staff:m-1",
        "centre_id": "centre-1",
        "owner_id": "owner-1",
        "conversation_id": "conversation-1",
        "staff_id": "advisor-1",
        "words": "Mrs Lee, I'll call you at 5 pm.",
        "made_at": NOW.isoformat(),
        **fields,
    }


UNDER_WAY = [
    request(),
    request("q-1", reason="bill_dispute", bill_id="bill-1", conversation_id=None),
    request("outreach#t-1#a-1", reason="win_back", conversation_id=None),
    promise(),
    answer(),
]


@pytest.mark.parametrize("message", UNDER_WAY, ids=lambda message: message.get("reason", message["type"]))
def test_a_message_that_comes_after_the_erasure_is_left_out(
    world: World,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    message: dict[str, Any],
) -> None:
    world.erase()
    assert world.receive(message) == []
    assert all_items(world.dynamodb) == []
    assert world.told() == []
    assert '"MessagesLeftOut":[1' in capsys.readouterr().out
    logged = repr([vars(record) for record in caplog.records])
    assert message["request_id"] in logged
    assert "owner-1" not in logged
    assert message.get("words", "owner-1") not in logged


@pytest.mark.parametrize("message", UNDER_WAY, ids=lambda message: message.get("reason", message["type"]))
def test_an_owner_whom_the_registry_does_not_know_was_not_erased(
    world: World, capsys: pytest.CaptureFixture[str], message: dict[str, Any]
) -> None:
    world.erase("owner-2")
    assert world.receive(message) == []
    assert all_items(world.dynamodb) != []
    assert "MessagesLeftOut" not in capsys.readouterr().out


def test_an_erased_case_does_not_come_back_and_its_conversation_is_free_again(world: World) -> None:
    world.receive(request("r-1", case_id="gone"))
    world.erase()
    assert world.receive(request("r-2", case_id="next"), promise(), answer()) == []
    assert [item for item in all_items(world.dynamodb) if item["pk"]["S"].startswith("CASE#")] == []
    assert world.cases.open_case_of("centre-1#conversation#conversation-1") is None


def test_a_message_that_names_nobody_goes_with_the_owner_of_the_case_that_it_would_join(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.receive(request("r-1", case_id="c"))
    before = all_items(world.dynamodb)
    world.erase(as_far_as_closed=True)
    assert world.receive(request("r-2", owner_id=None)) == []
    assert all_items(world.dynamodb) == before
    assert '"MessagesLeftOut":[1' in capsys.readouterr().out


def test_who_is_erased_while_a_message_is_being_taken_in_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = CasesTable.find

    def find_and_be_overtaken(table: CasesTable, request_id: str, links: Sequence[str], proposed: str | None) -> Found:
        found = find(table, request_id, links, proposed)
        world.erase()
        return found

    monkeypatch.setattr(CasesTable, "find", find_and_be_overtaken)
    assert world.receive(*UNDER_WAY) == []
    assert all_items(world.dynamodb) == []
