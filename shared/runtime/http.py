"""HTTP around a use case: who calls, what they accept, and errors as RFC 9457 problems."""

import json
import re
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from shared.domain import errors
from shared.domain.access import Caller, Role
from shared.runtime.observability import count, log_failure

_STATUS: dict[type[errors.AftercareError], tuple[int, str]] = {
    errors.InvalidInput: (422, "The content breaks a rule"),
    errors.UnreadableInput: (400, "The content cannot be read"),
    errors.UnsupportedInput: (415, "This kind of content is not known"),
    errors.NotAcceptable: (406, "Not acceptable"),
    errors.InputTooLarge: (413, "The content is too large"),
    errors.NotAuthenticated: (401, "Not authenticated"),
    errors.NotAllowed: (403, "Not allowed"),
    errors.NotFound: (404, "Not found"),
    errors.LinkExpired: (410, "The link has expired"),
    errors.Conflict: (409, "This contradicts what is stored"),
}
# Explanations are personal: no shared cache, no sniffing, no framing, no referrer with a token.
SECURITY_HEADERS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000",
}


# Lambda hands over 6 MB at most (6,291,556 bytes), the body written as JSON in ASCII: up to 12 for a character.
_LARGEST_ANSWER = 6_200_000


def fits_answer(body: str) -> bool:
    """Whether Lambda can hand over an answer with this body."""
    return 12 * len(body) <= _LARGEST_ANSWER or len(json.dumps(body)) <= _LARGEST_ANSWER


def answer(status: int, body: str, media_type: str, headers: Mapping[str, str] | None = None) -> Response[str]:
    """A response with the headers that every answer carries. Raises InputTooLarge when it could not be sent."""
    if not fits_answer(body):
        raise errors.InputTooLarge("the answer is too large to be sent in one piece")
    if media_type.startswith("text/"):
        media_type += "; charset=utf-8"
    merged: dict[str, str | list[str]] = {**SECURITY_HEADERS, **(headers or {})}
    return Response(status, media_type, body, merged)


def answer_json(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response[str]:
    """A JSON response; its strings stay readable, its numbers are the caller's own."""
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return answer(status, body, "application/json", headers)


def problem(status: int, title: str, detail: str, violations: Sequence[errors.Violation] = ()) -> Response[str]:
    """An RFC 9457 problem document; `errors` points at each field."""
    content: dict[str, Any] = {"type": "about:blank", "title": title, "status": status}
    content["detail"] = detail
    if violations:
        content["errors"] = [{"pointer": v.pointer, "detail": v.detail} for v in violations]
    body = json.dumps(content, ensure_ascii=False)
    return answer(status, body, "application/problem+json")


def _domain_problem(error: errors.AftercareError) -> Response[str]:
    for kind in type(error).__mro__:
        if kind in _STATUS:
            status, title = _STATUS[kind]
            if isinstance(error, errors.InvalidInput):
                return problem(status, title, "See the fields named in errors", error.violations)
            return problem(status, title, error.detail)
    return _unexpected_problem(error)


def _unexpected_problem(error: Exception) -> Response[str]:
    log_failure("request failed", error)
    count("UnexpectedErrors")
    return problem(500, "Something went wrong here", "It has been recorded; please try again later")


def http_app() -> APIGatewayHttpResolver:
    """A resolver whose errors are problem documents."""
    app = APIGatewayHttpResolver()
    app.exception_handler(errors.AftercareError)(_domain_problem)
    app.exception_handler(Exception)(_unexpected_problem)
    app.not_found(lambda _: problem(404, "Not found", "There is no such route"))
    return app


class Request:
    """One HTTP request as API Gateway hands it over (payload format 2.0)."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event
        self._headers = {name.lower(): v for name, v in (event.get("headers") or {}).items()}

    @property
    def caller(self) -> Caller:
        """The caller as the JWT authorizer verified them.

        API Gateway writes a list claim as "[owner manager]". Unknown groups are no roles.
        Raises NotAuthenticated when no claims were handed over.
        """
        authorizer = self._event.get("requestContext", {}).get("authorizer") or {}
        claims: Mapping[str, str] = authorizer.get("jwt", {}).get("claims") or {}
        if "sub" not in claims:
            raise errors.NotAuthenticated("a token is needed")
        groups = set(re.split(r"[\s,\[\]]+", str(claims.get("cognito:groups", ""))))
        return Caller(
            subject=claims["sub"],
            roles=frozenset(role for role in Role if role.value in groups),
            owner_id=claims.get("custom:owner_id"),
            centre_id=claims.get("custom:centre_id"),
            staff_id=claims.get("custom:staff_id"),
        )

    @property
    def body(self) -> bytes:
        """The body as bytes. Raises UnreadableInput when its transfer encoding is broken."""
        body = self._event.get("body") or ""
        if not self._event.get("isBase64Encoded"):
            return str(body).encode()
        try:
            return b64decode(body, validate=True)
        except ValueError:
            raise errors.UnreadableInput("the body is not base64") from None

    @property
    def media_type(self) -> str:
        """The body's media type with its parameters, or an empty text."""
        return str(self._headers.get("content-type", ""))

    @property
    def json(self) -> Any:
        """The body as JSON. Raises UnsupportedInput or UnreadableInput."""
        if not self.media_type.partition(";")[0].strip().lower().endswith("json"):
            raise errors.UnsupportedInput("send application/json")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            raise errors.UnreadableInput("the body is not JSON in UTF-8") from None

    @property
    def form(self) -> dict[str, str]:
        """The fields of an HTML form. Raises UnsupportedInput or UnreadableInput."""
        if not self.media_type.lower().startswith("application/x-www-form-urlencoded"):
            raise errors.UnsupportedInput("send application/x-www-form-urlencoded")
        try:
            return dict(parse_qsl(self.body.decode(), max_num_fields=20))
        except ValueError:
            raise errors.UnreadableInput("the body is not a form in UTF-8") from None

    def query(self, name: str) -> str | None:
        """A query parameter, or None."""
        return (self._event.get("queryStringParameters") or {}).get(name)

    def header(self, name: str) -> str | None:
        """A header by its name in lower case, or None."""
        return self._headers.get(name)

    def accepted(self, offered: Sequence[str]) -> str | None:
        """The offered media type that the Accept header prefers, or None."""
        return choose(self._headers.get("accept"), offered)

    def locale(self, default: str, offered: Sequence[str]) -> str:
        """The language of the `locale` query, else of Accept-Language, else the default.

        Where the header wishes for several alike (`*`), it is the default.
        """
        wished = self.query("locale")
        if wished in offered:
            return str(wished)
        default_first = sorted(offered, key=lambda locale: locale != default)
        return choose(self._headers.get("accept-language"), default_first) or default


def request_of(app: APIGatewayHttpResolver) -> Request:
    """The request that a resolver is answering."""
    return Request(app.current_event.raw_event)


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """The offered media type or language that the header prefers (RFC 9110, 12.5), or None.

    No header takes the first. A language range matches its regional kind (`zh` takes `zh-CN`).
    """
    if not accept:
        return offered[0]
    wishes = [_wish(part) for part in accept.lower().split(",")]
    best: tuple[float, int] | None = None
    chosen = None
    for position, offer in enumerate(offered):
        quality = _quality(offer.lower(), wishes)
        if quality > 0 and (best is None or (quality, -position) > best):
            best, chosen = (quality, -position), offer
    return chosen


def _wish(part: str) -> tuple[str, float]:
    name, _, parameters = part.strip().partition(";")
    match = re.search(r"q\s*=\s*([01](?:\.\d{0,3})?)", parameters)
    return name.strip(), float(match.group(1)) if match else 1.0


def _quality(offer: str, wishes: Sequence[tuple[str, float]]) -> float:
    best_length, quality = -1, 0.0
    for name, wished in wishes:
        stem = name.removesuffix("*").rstrip("/-")
        matches = name in ("*", "*/*") or offer == name or (stem and _within(offer, stem, name))
        if matches and len(stem) > best_length:
            best_length, quality = len(stem), wished
    return quality


def _within(offer: str, stem: str, name: str) -> bool:
    if "/" in offer:
        return name.endswith("/*") and offer.startswith(stem + "/")
    return offer.startswith(stem + "-") or stem.startswith(offer + "-")
