"""The case desk, empty, at ten on a Wednesday morning."""

from collections.abc import Iterator

import pytest

from tests.integration.case_desk.desk_world import World, forget


@pytest.fixture
def world(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield World(monkeypatch)
    forget()
