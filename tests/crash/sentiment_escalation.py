"""The doors of sentiment escalation, delivered to until they succeed."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.sentiment_escalation import stream, take_due_steps
from shared.adapters import conversations_table
from tests.crash.harness import Stage
from tests.integration.sentiment_escalation.conversation_world import (
    NOW,
    World,
    all_items,
    message,
    read_queue,
    stream_record,
)


class _Room:
    """A world whose deliveries can be repeated: each is a closure over what it brings, and when."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        # Each bucket is one more query to stop at.
        patch.setattr(conversations_table, "BUCKETS", 1)
        patch.setattr(take_due_steps, "BUCKETS", 1)
        self.world = World(patch)
        self._heard: set[str] = set()

    def receive(self, *messages: dict[str, Any]) -> Callable[[], None]:
        def deliver() -> None:
            assert self.world.receive(*messages) == []

        return deliver

    def tick(self, moment: datetime) -> Callable[[], None]:
        return lambda: self.world.tick(moment)

    def hear(self) -> None:
        """The stream hands over what is new; of a batch that failed, everything again, the newest first."""
        items = [item for item in self.world.outboxes() if _name(item) not in self._heard]
        if items:
            answer = stream.handler({"Records": [stream_record(item) for item in reversed(items)]}, None)
            assert answer == {"batchItemFailures": []}
        self._heard |= {_name(item) for item in items}

    def observe(self) -> dict[str, Any]:
        """Everything stored, and what other rooms were told: each deals with a key once."""
        told: dict[str, set[str]] = {}
        for sent in (*read_queue(self.world.requests_url), *read_queue(self.world.notifications_url)):
            key = sent.get("request_id") or sent["notification_id"]
            told.setdefault(key, set()).add(repr(sorted(sent.items())))
        items = sorted(all_items(self.world.dynamodb), key=_name)
        return {
            "stored": {_name(item): repr(sorted(item.items())) for item in items},
            "told": {key: sorted(texts) for key, texts in told.items()},
        }

    def essence(self) -> dict[str, Any]:
        """What must hold wherever another message came in between: nothing of anybody's is lost."""
        conversation = self.world.conversation()
        entries = self.world.table.messages(conversation.key, 50).entries
        return {
            "messages": sorted(entry.message.message_id for entry in entries),
            "counted": conversation.message_count,
            "trajectory": conversation.trajectory.model_dump_json(),
            "points": [entry.trajectory.model_dump_json() for entry in entries],
        }


def heating_up(patch: pytest.MonkeyPatch) -> Stage:
    """Two reproaches, a late message between them, a promise; then the word for a manager, and thanks."""
    room = _Room(patch)
    return Stage(
        [
            room.receive(message(1, "[2] nobody calls"), message(30, "[2] you forgot me")),
            room.receive(message(20, "I'll call you tomorrow before noon.", "staff")),
            room.hear,
            room.receive(
                message(40, "Escalate", asks_for_manager=True, case_id="case-1"), message(50, "thanks"),
            ),
            room.hear,
        ],
        room.observe,
        intrude=room.receive(message(25, "[1 repeated_contact] third time")),
        essence=room.essence,
    )  # fmt: skip


def waiting(patch: pytest.MonkeyPatch) -> Stage:
    """Nobody answers: the customer is told, the manager paged, a case raised; then an answer comes."""
    room = _Room(patch)
    return Stage(
        [
            room.receive(message(0, "where is my car")),
            room.tick(NOW + timedelta(minutes=31)),
            room.tick(NOW + timedelta(minutes=61)),
            room.tick(NOW + timedelta(hours=4)),
            room.receive(message(3_000, "here it is", "staff")),
            room.hear,
        ],
        room.observe,
    )


def erasing(patch: pytest.MonkeyPatch) -> Stage:
    """A conversation whose owner is erased while a message of theirs and a reply are still under way."""
    room = _Room(patch)
    return Stage(
        [
            room.receive(
                message(1, "[2] nobody calls"), message(2, "Escalate", asks_for_manager=True, case_id="case-1")
            ),
            room.hear,
            room.world.erase,
            room.receive(message(3, "[2] you forgot me"), message(4, "I'll call you tomorrow.", "staff")),
            room.hear,
        ],
        room.observe,
    )


def _name(item: dict[str, Any]) -> str:
    return f"{item['pk']['S']} {item['sk']['S']}"
