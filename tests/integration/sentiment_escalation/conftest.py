"""A world in which nobody has written yet."""

from collections.abc import Iterator

import pytest

from tests.integration.sentiment_escalation.conversation_world import World, forget


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield World(monkeypatch)
    forget()
