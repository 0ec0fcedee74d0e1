"""A small HTTP client of the deployed API, for the walk and for tests from end to end."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

_PATIENCE_S = 60


@dataclass(frozen=True)
class Answer:
    """What the API answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def content_type(self) -> str:
        """The media type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip()

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Api:
    """The API at `url`, called with `token`, or as nobody when it is empty."""

    url: str
    token: str = ""

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """GET `path`."""
        return self.call("GET", path, None, headers)

    def post(self, path: str, body: bytes | dict[str, Any], headers: dict[str, str] | None = None) -> Answer:
        """POST `body` to `path`, as JSON unless the headers say otherwise."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.call("POST", path, content, {"content-type": "application/json", **(headers or {})})

    def call(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None = None) -> Answer:
        """Send one request; `path` may also be a whole address on the same host, as links are."""
        parts = urlsplit(self.url)
        authorization = {"authorization": f"Bearer {self.token}"} if self.token else {}
        connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=_PATIENCE_S)
        try:
            connection.request(method, path.removeprefix(self.url), body, {**authorization, **(headers or {})})
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()
