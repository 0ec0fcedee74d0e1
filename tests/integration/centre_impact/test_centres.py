"""The doors of a centre's own data."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.centre_impact import api, wiring
from shared.adapters.centres_table import CentresTable, RememberedCentres
from tests.integration.conftest import create_table

EVENTS = Path(__file__).parents[3] / "events" / "centre_impact"


@pytest.fixture(autouse=True)
def room(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CENTRES_TABLE", create_table("Centres"))
    wiring.api_parts.cache_clear()
    yield
    wiring.api_parts.cache_clear()


def call(name: str, body: Any = None, headers: dict[str, str] | None = None, **claims: str) -> tuple[int, Any, str]:
    event = json.loads((EVENTS / f"{name}.json").read_text())
    event["requestContext"]["authorizer"]["jwt"]["claims"] |= {k.replace("__", ":"): v for k, v in claims.items()}
    event["headers"] |= headers or {}
    if body is not None:
        event["body"] = json.dumps(json.loads(event["body"]) | body)
    answer = api.handler(event, None)
    return answer["statusCode"], json.loads(answer["body"]), answer["headers"].get("ETag", "")


def test_a_centre_is_kept_and_shown_to_its_staff() -> None:
    assert call("api_get_centre")[0] == 404
    status, kept, tag = call("api_put_centre")
    assert (status, tag) == (201, '"1"')
    assert call("api_get_centre") == (200, kept, '"1"')
    assert kept["tariffs"]["fuel_per_litre"] == "7.90"


def test_owners_see_how_to_reach_it_and_nothing_else() -> None:
    call("api_put_centre")
    _, shown, _ = call("api_get_centre", cognito__groups="[owner]")
    assert "hours" in shown
    assert not {"ladder", "tariffs", "webhooks", "outreach"} & shown.keys()
    assert call("api_get_centre", cognito__groups="[owner]", custom__centre_id="other")[0] == 404
    assert call("api_get_centre", custom__centre_id="other")[0] == 404


def test_only_its_manager_or_integrator_changes_a_centre() -> None:
    assert call("api_put_centre", cognito__groups="[advisor]")[0] == 403
    assert call("api_put_centre", custom__centre_id="other")[0] == 403
    status, refused, _ = call("api_put_centre", {"zone": "Mars/Olympus", "id": "demo-centre"})
    assert (status, [e["pointer"] for e in refused["errors"]]) == (422, ["/zone"])
    assert call("api_put_centre", {"id": "other"})[1]["errors"][0]["pointer"] == "/id"


def test_a_change_of_what_somebody_else_changed_is_refused() -> None:
    call("api_put_centre")
    assert call("api_put_centre", {"name": "Two"}, {"if-match": '"1"'})[0] == 200
    assert call("api_put_centre", {"name": "Three"}, {"if-match": '"1"'})[0] == 409
    assert call("api_put_centre", {"name": "Three"}, {"if-none-match": "*"})[0] == 409
    assert call("api_put_centre", {"name": "Three"}, {"if-match": "soon"})[0] == 422
    assert call("api_get_centre")[1]["name"] == "Two"


def test_a_remembered_centre_is_read_again_after_a_while() -> None:
    import boto3

    time = [0.0]
    centres = RememberedCentres(CentresTable(boto3.client("dynamodb"), "Centres"), max_age=60, tick=lambda: time[0])
    assert centres.find("demo-centre") is None
    call("api_put_centre")
    assert centres.find("demo-centre") is None
    time[0] = 61.0
    found = centres.find("demo-centre")
    assert found is not None
    assert found.id == "demo-centre"
