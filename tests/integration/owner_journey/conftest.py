"""A registry with nobody in it yet."""

from collections.abc import Iterator

import pytest

from functions.owner_journey import wiring
from tests.integration.conftest import create_queue, create_table


@pytest.fixture(autouse=True)
def queue(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = create_queue("OwnerRecords")
    monkeypatch.setenv("OWNERS_TABLE", create_table("Owners"))
    monkeypatch.setenv("CENTRES_TABLE", create_table("Centres"))
    monkeypatch.setenv("BILLS_TABLE", create_table("Bills"))
    monkeypatch.setenv("OWNER_RECORDS_QUEUE_URL", url)
    parts = (wiring.api_parts, wiring.worker_parts, wiring.stream_parts)
    for made in parts:
        made.cache_clear()
    yield url
    for made in parts:
        made.cache_clear()
