"""The platform under every room: tokens, routes, rights, streams and settings of the deployed system."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from local.api import Answer, Api
from local.seed import PEOPLE
from tests.e2e.conftest import System
from tests.template.model import ROUTE, Template, load

TEMPLATE = Template(load())
PROTECTED = sorted(r["RouteKey"] for _, r in TEMPLATE.of_type(ROUTE) if r["AuthorizationType"] == "JWT")
UNAUTHORIZED = b'{"message": "Unauthorized"}'  # the gateway's own words; a door would answer with a problem
PUBLIC = sorted(r["RouteKey"] for _, r in TEMPLATE.of_type(ROUTE) if r["AuthorizationType"] == "NONE")


def call(api: Api, route: str) -> Answer:
    method, path = route.split()
    return api.call(method, path.replace("{", "").replace("}", ""), b"{}" if method == "POST" else None, {})


@pytest.mark.parametrize("route", PROTECTED)
def test_without_a_token_the_answer_is_401(system: System, route: str) -> None:
    answer = call(system.api(), route)
    assert (answer.status, answer.body) == (401, UNAUTHORIZED)


@pytest.mark.parametrize("route", PROTECTED)
def test_with_a_token_of_no_use_the_answer_is_401(system: System, route: str) -> None:
    header, claims, signature = system.api("owner").token.split(".")
    raised: dict[str, Any] = json.loads(base64.urlsafe_b64decode(claims + "=="))
    raised["custom:owner_id"] = "owner-2"
    edited = base64.urlsafe_b64encode(json.dumps(raised).encode()).decode().rstrip("=")
    for token in ("garbage", "a.b.c", f"{header}.{edited}.{signature}", f"{header}.{claims}."):
        assert call(Api(system.url, token), route).status == 401


@pytest.mark.parametrize("route", PUBLIC)
def test_a_public_route_reaches_its_door_without_a_token(system: System, route: str) -> None:
    answer = call(system.api(), route)
    assert answer.status < 500
    assert answer.body != UNAUTHORIZED


def test_what_is_not_routed_is_404(system: System) -> None:
    assert system.api("manager").get("/nowhere").status == 404


@pytest.mark.parametrize("person", PEOPLE)
def test_a_token_says_who_and_whose(system: System, person: str) -> None:
    claims = json.loads(base64.urlsafe_b64decode(system.api(person).token.split(".")[1] + "=="))
    expected = PEOPLE[person]
    assert claims["cognito:groups"] == [expected.role]
    assert claims["custom:centre_id"] == expected.centre_id
    assert claims.get("custom:owner_id", "") == expected.owner_id


def test_a_table_forgets_what_has_expired_and_can_be_restored(system: System) -> None:
    dynamodb, table = system.cloud.client("dynamodb"), system.deployment.outputs["BillsTable"]
    ttl = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    assert (ttl["TimeToLiveStatus"], ttl["AttributeName"]) == ("ENABLED", "expires_at")
    backups = dynamodb.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"


def test_functions_run_from_byte_code_of_the_layer(system: System) -> None:
    functions = system.cloud.client("lambda").list_functions()["Functions"]
    assert {function["Runtime"] for function in functions} == {"python3.13"}
    layers = {function["FunctionName"].split("-")[1]: len(function["Layers"]) for function in functions}
    assert {name for name, count in layers.items() if count != 1} == {"ConversationWorker"}
    assert all(function["TracingConfig"]["Mode"] == "Active" for function in functions)
