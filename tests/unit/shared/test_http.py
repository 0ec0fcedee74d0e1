import json
from typing import Any

import pytest

from shared.domain.access import Role
from shared.domain.errors import InvalidInput, NotAuthenticated, NotFound, UnreadableInput, UnsupportedInput, Violation
from shared.runtime.http import Request, choose, http_app

OFFERED = ("application/json", "text/plain", "text/html")


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("text/html", "text/html"),
        ("TEXT/HTML", "text/html"),
        ("text/*", "text/plain"),
        ("text/html;q=0.4, text/plain;q=0.5", "text/plain"),
        ("text/*;q=0.3, text/html;q=0.7, */*;q=0.1", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json;q=0, */*", "text/plain"),
        ("image/png", None),
        ("*/*;q=0", None),
    ],
)
def test_the_media_type_that_accept_prefers_is_chosen(accept: str | None, chosen: str | None) -> None:
    assert choose(accept, OFFERED) == chosen


@pytest.mark.parametrize(
    ("header", "chosen"),
    [("zh", "zh-CN"), ("zh-cn,en;q=0.5", "zh-CN"), ("en-GB,zh;q=0.9", "en"), ("de", None), ("de, *;q=0.1", "zh-CN")],
)
def test_a_language_is_matched_by_its_range(header: str, chosen: str | None) -> None:
    assert choose(header, ("zh-CN", "en")) == chosen


def request(**event: Any) -> Request:
    return Request(event)


def with_claims(**claims: str) -> Request:
    return request(requestContext={"authorizer": {"jwt": {"claims": claims}}})


@pytest.mark.parametrize(
    ("groups", "roles"),
    [
        ("[owner]", {Role.OWNER}),
        ("[advisor manager]", {Role.ADVISOR, Role.MANAGER}),
        ("[admin]", set()),
        ("", set()),
    ],
)
def test_roles_come_from_the_verified_groups(groups: str, roles: set[Role]) -> None:
    caller = with_claims(**{"sub": "s", "cognito:groups": groups}).caller
    assert caller.roles == roles


def test_a_request_without_verified_claims_has_no_caller() -> None:
    with pytest.raises(NotAuthenticated):
        _ = request(requestContext={}).caller


def test_a_base64_body_is_decoded_and_a_broken_one_refused() -> None:
    assert request(body="5rGJ", isBase64Encoded=True).body == "汉".encode()
    with pytest.raises(UnreadableInput):
        _ = request(body="x", isBase64Encoded=True).body


def test_json_needs_its_media_type_and_its_syntax() -> None:
    headers = {"Content-Type": "application/json"}
    assert request(headers=headers, body='{"a":1}').json == {"a": 1}
    with pytest.raises(UnsupportedInput):
        _ = request(headers={"Content-Type": "text/plain"}, body="{}").json
    for broken in ("{", "[" * 100_000):
        with pytest.raises(UnreadableInput):
            _ = request(headers=headers, body=broken).json


def answer_to(error: Exception) -> dict[str, Any]:
    app = http_app()

    @app.get("/x")
    def fail() -> None:
        raise error

    event = {"version": "2.0", "routeKey": "GET /x", "rawPath": "/x", "headers": {}, "requestContext": {
        "http": {"method": "GET", "path": "/x"}, "stage": "$default"}}  # fmt: skip
    return app.resolve(event, None)  # type: ignore[arg-type]  # no context is needed


def test_a_domain_error_becomes_a_problem_that_points_at_the_field() -> None:
    answer = answer_to(InvalidInput([Violation("/lines/0/net", "must be a number")]))
    assert answer["statusCode"] == 422
    assert answer["headers"]["Content-Type"] == "application/problem+json"
    assert json.loads(answer["body"])["errors"] == [{"pointer": "/lines/0/net", "detail": "must be a number"}]


def test_not_found_is_404() -> None:
    assert answer_to(NotFound("there is no such bill"))["statusCode"] == 404


def test_an_unexpected_error_is_a_plain_500_and_its_message_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    answer = answer_to(RuntimeError("Mrs Wang, 13800000000"))
    assert answer["statusCode"] == 500
    assert "Wang" not in answer["body"]
    logged = str([vars(record) for record in caplog.records])
    assert "RuntimeError" in logged
    assert "Wang" not in logged
