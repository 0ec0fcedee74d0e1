"""The parts of the local cloud that need no cloud: the proxy, the remedy for streams, ports, digests."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.api import Api
from local.cloud import HOST, Cloud, forget_stream_positions, require_free_port
from local.errors import LocalCloudError
from local.proxy import Proxy


class Gateway(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        said = {
            "method": self.command,
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "body": body.decode(),
        }
        self.send_response(418)
        self.send_header("content-type", "application/problem+json")
        self.send_header("x-own", "kept")
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    do_GET = do_POST = answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxied() -> Iterator[str]:
    """The address of a proxy before a gateway that echoes."""
    gateway = ThreadingHTTPServer((HOST, 0), Gateway)
    threading.Thread(target=gateway.serve_forever, daemon=True).start()
    proxy = Proxy(free_port(), gateway.server_address[1], "/_aws/execute-api/abc")
    proxy.start()
    yield proxy.url
    proxy.stop()
    gateway.shutdown()
    gateway.server_close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def test_the_proxy_passes_on_method_path_query_headers_and_body(proxied: str) -> None:
    answer = Api(proxied, "token").post("/bills/1/questions?a=%2F&b=1", "读".encode(), {"accept": "text/html"})
    said = answer.json()
    assert (said["method"], said["path"]) == ("POST", "/_aws/execute-api/abc/bills/1/questions?a=%2F&b=1")
    assert said["body"] == "读"
    assert said["headers"]["authorization"] == "Bearer token"
    assert said["headers"]["accept"] == "text/html"


def test_the_proxy_gives_back_status_headers_and_body(proxied: str) -> None:
    answer = Api(proxied).get("/")
    assert answer.status == 418
    assert answer.content_type == "application/problem+json"
    assert answer.headers["x-own"] == "kept"


def test_the_proxy_says_when_the_cloud_is_gone() -> None:
    proxy = Proxy(free_port(), free_port(), "")
    proxy.start()
    try:
        assert Api(proxy.url).get("/").status == 502
    finally:
        proxy.stop()


def test_the_proxy_refuses_a_body_that_is_too_large(proxied: str) -> None:
    port = int(proxied.rpartition(":")[2])
    with socket.create_connection((HOST, port)) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 413")


def test_a_port_in_use_is_one_sentence() -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(LocalCloudError, match=rf"^Port {port} is in use: .*PORT="):
            require_free_port(port)


def test_a_missing_emulator_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.cloud.PROJECT", tmp_path)
    with pytest.raises(LocalCloudError, match="make tools"):
        Cloud(free_port(), tmp_path).start()


def test_stream_positions_are_forgotten_wherever_they_are_saved(tmp_path: Path) -> None:
    state = {"a": {"dynamodb_stream_positions": {"x": 1}, "functions": ["f"]}, "dynamodb_stream_positions": 2, "l": [1]}
    (tmp_path / "lambda.json").write_text(json.dumps(state))
    forget_stream_positions(tmp_path)
    assert json.loads((tmp_path / "lambda.json").read_text()) == {"a": {"functions": ["f"]}, "l": [1]}


def test_a_first_start_has_no_positions_to_forget(tmp_path: Path) -> None:
    forget_stream_positions(tmp_path)
    assert list(tmp_path.iterdir()) == []
