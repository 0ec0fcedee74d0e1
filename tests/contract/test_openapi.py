"""The published description of the API is valid, current, and names just the routes that are deployed."""

import json
import re
from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from local.openapi import DOCUMENT, written
from tests.template import model

PUBLISHED: Any = json.loads(DOCUMENT.read_text("utf-8"))
# api_docs describes the others, not itself.
UNDESCRIBED = {"GET /docs", "GET /openapi.json"}


def route_of(key: str) -> str:
    return re.sub(r"\{\w+\}", "{}", key)


def deployed_routes() -> dict[str, bool]:
    """Each deployed route, and whether it asks for a token."""
    resources = model.load()["Resources"].values()
    routes = [r["Properties"] for r in resources if r["Type"] == model.ROUTE]
    return {
        route_of(route["RouteKey"]): route["AuthorizationType"] == "JWT"
        for route in routes
        if route["RouteKey"] not in UNDESCRIBED
    }


def described_routes() -> dict[str, bool]:
    """Each described operation, and whether it asks for a token."""
    return {
        route_of(f"{method.upper()} {path}"): bool(operation["security"])
        for path, operations in PUBLISHED["paths"].items()
        for method, operation in operations.items()
    }


def test_the_document_is_what_the_rooms_say_now() -> None:
    assert DOCUMENT.read_text("utf-8") == written(), "run `make openapi`"


def test_the_document_is_valid_openapi_31() -> None:
    OpenAPIV31SpecValidator(PUBLISHED).validate()


def test_the_routes_described_are_the_routes_deployed_with_the_same_protection() -> None:
    assert described_routes() == deployed_routes()


def test_every_operation_has_its_own_id() -> None:
    ids = [o["operationId"] for operations in PUBLISHED["paths"].values() for o in operations.values()]
    assert len(ids) == len(set(ids))
