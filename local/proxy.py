"""Gives the HTTP API of the local cloud the plain address `http://127.0.0.1:PORT/`, as one origin for a browser."""

from __future__ import annotations

import http.client
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from local.cloud import HOST, require_free_port

# Meant for one connection, so not passed on (RFC 9110, section 7.6.1); the length is set anew.
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer"}
    | {"transfer-encoding", "upgrade", "content-length", "host", "expect", "server", "date"}
)
_LONGEST_ANSWER_S = 35  # API Gateway gives up after 30
_LARGEST_BODY = 10 * 1024 * 1024  # API Gateway's limit


class Proxy:
    """A server thread that passes every request on to `gateway_path` of the emulator at `gateway_port`."""

    def __init__(self, port: int, gateway_port: int, gateway_path: str) -> None:
        require_free_port(port)
        handler = type("Handler", (_Handler,), {"gateway_port": gateway_port, "gateway_path": gateway_path})
        self._server = ThreadingHTTPServer((HOST, port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="proxy", daemon=True)
        self.url = f"http://{HOST}:{port}"

    def start(self) -> None:
        """Serve in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop serving and free the port."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gateway_port: int
    gateway_path: str

    def _pass_on(self) -> None:
        try:
            length = int(self.headers.get("content-length", "0"))
        except ValueError:
            self._answer_plainly(400, "The content-length is not a number.")
            return
        if "chunked" in self.headers.get("transfer-encoding", "").lower() or not 0 <= length <= _LARGEST_BODY:
            self._answer_plainly(413, "The body is larger than 10 MiB or of unknown length.")
            return
        body = self.rfile.read(length) if length else None
        connection = http.client.HTTPConnection(HOST, self.gateway_port, timeout=_LONGEST_ANSWER_S)
        try:
            connection.putrequest(self.command, self.gateway_path + self.path, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _HOP_BY_HOP:
                    connection.putheader(name, value)
            if body is not None:
                connection.putheader("content-length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            self._answer_plainly(502, "The local cloud does not answer.")
            return
        finally:
            connection.close()
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def _answer_plainly(self, status: int, sentence: str) -> None:
        content = f"{sentence}\n".encode()
        self.close_connection = True
        self.send_response(status)
        self.send_header("content-type", "text/plain; charset=utf-8")
        self.send_header("content-length", str(len(content)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = _pass_on  # noqa: N815

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: paths may hold a link's token."""
