"""The sample events of the room are what its doors take."""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.case_desk import api, stream, timer, worker
from tests.integration.case_desk.desk_world import World, read_queue

SAMPLES = Path(__file__).parents[3] / "events" / "case_desk"
CASE = "k7v3m2qd5xw4a6ht"


def sample(name: str) -> Any:
    return json.loads((SAMPLES / f"{name}.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "name", ["worker_case_requested", "worker_escalate_and_dispute", "worker_promise_made", "worker_staff_answered"]
)
def test_the_worker_takes_its_samples(world: World, name: str) -> None:
    assert worker.handler(sample(name), None) == {"batchItemFailures": []}


def test_the_stream_tells_of_its_sample(world: World) -> None:
    assert stream.handler(sample("stream_entry_added"), None) == {"batchItemFailures": []}
    assert [message["kind"] for message in read_queue(world.notifications_url)] == ["case_page", "case_opened"]


def test_the_timer_takes_its_sample_and_misses_the_deadline_of_the_other(world: World) -> None:
    worker.handler(sample("worker_case_requested"), None)
    timer.handler(sample("timer_tick"), None)
    assert "deadline_missed" in world.kinds(CASE)


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("api_get_case", 200),
        ("api_get_cases", 200),
        ("api_get_productivity", 200),
        ("api_get_false_alarms", 200),
        ("api_post_action_acknowledge", 200),
        ("api_post_action_reply", 200),
        ("api_post_draft", 200),
    ],
)
def test_the_api_answers_its_samples(world: World, name: str, status: int) -> None:
    worker.handler(sample("worker_case_requested"), None)
    assert api.handler(sample(name), None)["statusCode"] == status
