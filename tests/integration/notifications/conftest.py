"""The room on AWS in process, for the tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.integration.notifications.room import Room, build_room, forget_parts


@pytest.fixture
def room(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """The room, empty but for one owner of one centre."""
    yield build_room(monkeypatch)
    forget_parts()
