"""Messages come in once, in their order, and the conversation is what they made of it, however they arrived."""

import json
from datetime import timedelta
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient

from functions.sentiment_escalation import api, stream, timer, worker
from shared.domain.conversations import LONGEST_MESSAGE
from tests.integration.sentiment_escalation.conversation_world import (
    ADVISOR,
    INTEGRATOR,
    NOW,
    OTHER_MANAGER,
    OTHER_OWNER,
    OWNER,
    STRANGER,
    World,
    all_items,
    message,
    read_queue,
)

EVENTS = Path(__file__).parents[3] / "events" / "sentiment_escalation"


# ------------------------------------------------------------------------------------------------ what comes in


def test_a_message_is_one_durable_effect_and_then_a_conversation(world: World) -> None:
    answer = world.post("Is my car ready?", channel="app", vin="V-1")
    assert answer.status == 202
    assert answer.json["escalation"] is None
    assert all_items(world.dynamodb) == []
    [sent] = world.work()
    assert (sent["author"], sent["owner_id"], sent["received_at"]) == (
        "customer",
        "owner-1",
        "2026-11-25T02:00:00.000000+00:00",
    )
    shown = world.show(OWNER).json
    assert [m["words"] for m in shown["messages"]] == ["Is my car ready?"]
    assert shown["owes"]["who"] == "centre"
    assert world.conversation().vin == "V-1"


@pytest.mark.parametrize("with_key", [True, False])
def test_the_same_message_sent_again_stays_one(world: World, with_key: bool) -> None:
    fields: dict[str, Any] = {"message_id": "m-1"} if with_key else {}
    first = world.write("Hello?", **fields)
    world.pass_time(seconds=5)
    assert world.write("Hello?", **fields).json["message_id"] == first.json["message_id"]
    world.pass_time(hours=5)  # Longer than the queue itself remembers.
    if with_key:
        world.write("Hello?", **fields)
    assert world.conversation().message_count == 1


def test_an_idempotency_key_makes_a_message_one_and_sides_may_count_alike(world: World) -> None:
    world.write("one", key="k 1")
    world.pass_time(hours=1)
    world.write("one, sent again", key="k 1")
    world.write("two", ADVISOR, message_id="m-1")
    world.write("three", message_id="m-1")
    assert [m["words"] for m in world.show().json["messages"]] == ["one", "two", "three"]


def test_the_same_words_again_later_are_another_message(world: World) -> None:
    world.write("Hello?")
    world.pass_time(minutes=2)
    world.write("Hello?")
    assert world.conversation().message_count == 2


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"words": ""}, "/words"),
        ({"words": "   \n "}, "/words"),
        ({"words": "x" * (LONGEST_MESSAGE + 1)}, "/words"),
        ({"words": "\x00\x01\x02\x03PK\x04"}, "/words"),
        ({"words": "\ud800"}, "/words"),
        ({"words": 7}, "/words"),
        ({"words": "hi", "channel": "pigeon"}, "/channel"),
        ({"words": "hi", "vin": "a/b"}, "/vin"),
        ({"words": "hi", "sent_at": "yesterday"}, "/sent_at"),
        ({"words": "hi", "author": "staff"}, "/author"),
        ({"words": "hi", "owner_id": "owner-2"}, "/owner_id"),
        ({"words": "hi", "closes": True}, "/closes"),
        ({"words": "hi", "surprise": 1}, "/surprise"),
    ],
)
def test_bad_input_is_refused_with_the_place_and_leaves_nothing(
    world: World, fields: dict[str, Any], pointer: str
) -> None:
    answer = world.post(**fields)
    assert answer.status == 422
    assert pointer in answer.pointers
    assert read_queue(world.messages_url) == []


def test_what_is_not_json_or_far_too_large_is_refused(world: World) -> None:
    path = "/conversations/c-1/messages"
    assert world.call("POST", path, OWNER, "{").status == 400
    assert world.call("POST", path, OWNER, "x" * 100_001).status == 413
    assert world.call("POST", "/conversations/a%20b/messages", OWNER, {"words": "hi"}).status == 422
    assert world.show(before="yesterday").status == 422


def test_a_long_message_of_many_scripts_is_kept_as_it_was_written(world: World) -> None:
    words = ("Мой EV 坏了 سيارتي \u200d👩‍🔧 ½ naïve\n" * 400)[: LONGEST_MESSAGE - 2].strip()
    world.write(words + "\ufffe\x07")
    assert world.show().json["messages"][0]["words"] == words


def test_a_clock_that_runs_ahead_is_not_believed(world: World) -> None:
    world.write("from the future", sent_at=(NOW + timedelta(days=3)).isoformat())
    [shown] = world.show().json["messages"]
    assert shown["sent_at"] == world.now.isoformat() == shown["received_at"]


# --------------------------------------------------------------------------------------------- whose it is


def test_somebody_elses_conversation_is_neither_seen_nor_written_to(world: World) -> None:
    world.write("mine")
    assert world.show(OTHER_OWNER).status == 403
    assert world.post("let me in", OTHER_OWNER).status == 403
    assert world.show(OTHER_MANAGER).status == 404
    assert world.show(STRANGER).status == 404
    assert world.post("hi", {**OWNER, "custom:owner_id": ""}).status in (403, 422)
    assert world.post("hi", {k: v for k, v in OWNER.items() if k != "custom:owner_id"}).status == 403
    assert world.post("hi", {k: v for k, v in OWNER.items() if k != "custom:centre_id"}).status == 403
    assert world.post("hi", {**OWNER, "cognito:groups": "[]"}).status == 403
    assert read_queue(world.messages_url) == []


def test_another_centre_may_use_the_same_id(world: World) -> None:
    world.write("mine")
    world.write("ours", OTHER_MANAGER, owner_id="owner-9")
    assert [m["words"] for m in world.show().json["messages"]] == ["mine"]
    assert [m["words"] for m in world.show(OTHER_MANAGER).json["messages"]] == ["ours"]


def test_two_owners_who_begin_with_the_same_id_at_once_do_not_meet(world: World) -> None:
    assert world.post("mine").status == 202
    assert world.post("also mine", OTHER_OWNER).status == 202
    world.work()
    assert [m["words"] for m in world.show(OWNER).json["messages"]] == ["mine"]
    assert world.show(OTHER_OWNER).status == 403


def test_an_integrator_passes_on_what_others_wrote(world: World) -> None:
    world.write("[2] your service is a joke", INTEGRATOR, channel="social")
    assert world.conversation().owner_id is None
    assert world.post("mine now", OWNER).status == 403
    world.write("on it", INTEGRATOR, author="staff", author_id="advisor-1")
    world.write("closing words", INTEGRATOR, author="customer", owner_id="owner-1")
    assert [m["author"] for m in world.show(OWNER).json["messages"]] == ["customer", "staff", "customer"]
    assert world.post("hi", INTEGRATOR, owner_id="owner-2").pointers == ["/owner_id"]
    assert world.post("hi", ADVISOR, author="customer").pointers == ["/author"]


# --------------------------------------------------------------------------------------- in whatever order


def test_only_what_customers_write_is_scored(world: World) -> None:
    world.receive(message(1), message(2, "on it", "staff"), message(3, "auto reply", "system"))
    assert world.engine.reads == 1


def stored(world: World) -> list[str]:
    """What the conversation came to. What was asked of the case desk before all was known cannot be unsaid."""
    items = []
    passing = ("version", "expires_at", "outbox", "due_pk", "due_sk", "awaiting")
    for item in all_items(world.dynamodb):
        kept = {name: value for name, value in item.items() if name not in passing}
        if "body" in kept:
            body = json.loads(kept["body"]["S"])
            kept["body"] = {name: value for name, value in body.items() if name not in ("version", "episode", "delays")}
        items.append(json.dumps(kept, sort_keys=True))
    return sorted(items)


CONVERSATION = [
    message(1, "[1] where is my car"),
    message(20, "[1 repeated_contact] again: where is it"),
    message(30, "I will find out today.", "staff"),
    message(60, "thanks"),
    message(300, "[2] so you forgot me"),
]


def test_in_every_order_with_repetitions_the_conversation_comes_out_the_same(world: World) -> None:
    world.receive(*CONVERSATION)
    expected = stored(world)
    for number, order in enumerate(list(permutations(CONVERSATION))[7::13], 2):
        renamed = [{**m, "conversation_id": f"c-{number}"} for m in order]
        world.receive(*renamed)
        world.receive(*reversed(renamed))
        mine = [line for line in stored(world) if f'#c-{number}"' in line or f"c-{number}#" in line]
        assert [line.replace(f"c-{number}", "c-1") for line in mine] == expected, [m["message_id"] for m in order]


def test_a_late_reply_ends_the_wait_and_what_was_left_of_it(world: World) -> None:
    world.receive(message(1, "where is my car"), message(40, "hello?"))
    assert world.conversation().delays
    world.receive(message(50, "here it is", "staff"))
    assert world.conversation().delays == ()
    assert world.show().json["owes"]["who"] == "nobody"


def test_a_poison_message_fails_alone(world: World) -> None:
    assert world.receive(message(1), {"type": "message_received"}, message(2)) == ["m-1"]
    assert world.conversation().message_count == 2


def test_a_message_costs_the_same_however_long_the_conversation_is(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    make: Any = BaseClient._make_api_call  # type: ignore[attr-defined]

    def count(client: BaseClient, operation: str, arguments: Any) -> Any:
        calls.append(operation)
        return make(client, operation, arguments)

    monkeypatch.setattr(BaseClient, "_make_api_call", count)
    world.receive(message(1))
    for number in range(2, 121):
        calls.clear()
        world.receive(message(number))
        # The conversation; once a human was asked for, also the case; the owner; and one write. Never a query.
        assert calls in (["GetItem"] * 2 + ["TransactWriteItems"], ["GetItem"] * 3 + ["TransactWriteItems"])


def test_thanks_start_no_clock_and_end_none(world: World) -> None:
    world.write("thanks!")
    assert world.show().json["owes"]["who"] == "nobody"
    world.pass_time(minutes=2)
    world.write("and when is it ready?")
    world.pass_time(minutes=2)
    world.write("好的，谢谢")
    assert world.show().json["owes"]["who"] == "centre"


def test_a_question_of_ours_waits_for_the_customer(world: World) -> None:
    world.write("my car makes a noise")
    world.pass_time(minutes=2)
    world.write("Since when?", ADVISOR)
    assert world.show().json["owes"]["who"] == "customer"


def test_messages_are_paged_back(world: World) -> None:
    world.receive(*(message(number, f"n{number}") for number in range(1, 131)))
    newest = world.show().json
    assert len(newest["messages"]) == 100
    assert newest["messages"][-1]["words"] == "n130"
    older = world.show(before=newest["older"]).json
    assert [m["words"] for m in older["messages"]] == [f"n{number}" for number in range(1, 31)]
    assert older["older"] is None


# ------------------------------------------------------------------------------------------ the sample events


def test_the_sample_events_are_answered(world: World) -> None:
    def sample(name: str) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text("utf-8"))
        return loaded

    assert api.handler(sample("api_post_message"), None)["statusCode"] == 202
    escalated = api.handler(sample("api_post_escalate"), None)
    assert json.loads(escalated["body"])["escalation"]["case_id"]
    assert worker.handler(sample("worker_messages_received"), None) == {"batchItemFailures": []}
    assert api.handler(sample("api_get_conversation"), None)["statusCode"] == 200
    assert api.handler(sample("api_get_conversations"), None)["statusCode"] == 200
    timer.handler(sample("timer_tick"), None)
    assert stream.handler(sample("stream_something_to_tell"), None) == {"batchItemFailures": []}
    assert read_queue(world.requests_url)
