"""Of an owner whose data was erased nothing comes back, whatever was still under way."""

import pytest

from shared.adapters.conversations_table import ConversationsTable
from shared.domain.conversations import Conversation
from tests.integration.sentiment_escalation.conversation_world import ADVISOR, World, all_items, message

WORDS = "[3 legal_threat] I am Mrs Lee and I shall see you in court"


def test_what_was_posted_before_the_erasure_is_left_out_after_it(
    world: World, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    world.write("Is my car ready?")
    world.post(WORDS)
    world.post("Mrs Lee, I'll call you tomorrow before noon.", ADVISOR)
    world.erase()
    caplog.clear()
    assert len(world.work()) == 2
    assert all_items(world.dynamodb) == []
    assert (world.requested(), world.told()) == ([], [])
    assert capsys.readouterr().out.count('"MessagesLeftOut":[1') == 2
    logged = repr([vars(record) for record in caplog.records])
    assert "centre-1#c-1" in logged
    assert "owner-1" not in logged
    assert "Mrs Lee" not in logged


@pytest.mark.parametrize("owner_id", ["owner-1", None])
def test_who_is_unknown_to_the_registry_was_not_erased(
    world: World, capsys: pytest.CaptureFixture[str], owner_id: str | None
) -> None:
    world.erase("owner-2")
    assert world.receive(message(1, WORDS, owner_id=owner_id)) == []
    assert world.conversation().message_count == 1
    assert "MessagesLeftOut" not in capsys.readouterr().out


def test_a_message_that_names_nobody_goes_with_the_owner_of_its_conversation(world: World) -> None:
    world.receive(message(1))
    before = all_items(world.dynamodb)
    world.erase(as_far_as_closed=True)
    assert world.receive(message(2, "Mrs Lee?", "staff", owner_id=None)) == []
    assert all_items(world.dynamodb) == before


def test_who_is_erased_while_a_message_is_being_taken_in_is_noticed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    find = ConversationsTable.find

    def find_and_be_overtaken(table: ConversationsTable, centre_id: str, conversation_id: str) -> Conversation | None:
        found = find(table, centre_id, conversation_id)
        world.erase()
        return found

    world.receive(message(1))
    monkeypatch.setattr(ConversationsTable, "find", find_and_be_overtaken)
    assert world.receive(message(2, WORDS)) == []
    assert all_items(world.dynamodb) == []
