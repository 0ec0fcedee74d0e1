"""Posting to webhooks: https only, to public addresses only, no redirects, and nothing that hangs is waited for.

The URL comes from a centre's settings, so it is treated as hostile: its name is resolved once, every address must be
public, and the connection goes to the very address that was checked (else a second look-up could lead inside).
"""

import base64
import contextlib
import http.client
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import digest as hmac_digest
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from shared.domain.delivery import Outcome, Verdict

type Kind = Literal["generic", "slack", "feishu", "dingtalk", "wecom"]
type Resolve = Callable[[str, int], Iterable[str]]

_DEADLINE_S = 4.0
_RESTS_FOR_S = 60.0
_LARGEST_ANSWER = 4_096
_PUBLIC_PORTS = frozenset({443, 8443})
# What the chat services answer, with status 200, to those who post too often.
_TOO_OFTEN = frozenset({9499, 11232, 45009, 130101})
_TOO_MANY_REQUESTS, _SERVER_ERROR, _UNAVAILABLE = 429, 500, 503


@dataclass(frozen=True, slots=True)
class Post:
    """What to post: `fields` as a whole to a generic webhook, `text` to a chat."""

    kind: Kind
    url: str
    text: str
    fields: dict[str, str]
    secret: str = ""


def _look_up(host: str, port: int) -> Iterable[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@dataclass(slots=True)
class Webhooks:
    """A client of webhooks. After one has hung, its host is left alone for a minute, so that others get their turn."""

    resolve: Resolve = field(default=_look_up)
    tick: Callable[[], float] = time.monotonic
    deadline: float = _DEADLINE_S
    context: ssl.SSLContext | None = None
    _resting: dict[str, float] = field(default_factory=dict)

    def send(self, post: Post, at: int) -> Outcome:
        """Post once, at the time `at` (seconds since 1970)."""
        url, headers, body = shaped(post, at)
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
        if parts.scheme != "https" or not host or parts.username or port not in _PUBLIC_PORTS:
            return Outcome(Verdict.REFUSED, "UrlNotAllowed")
        if self._resting.get(host, 0) > self.tick():
            return Outcome(Verdict.BUSY, "HostHung")
        try:
            address = self._public_address(host, port)
        except OSError:
            return Outcome(Verdict.BUSY, "HostUnknown")
        if address is None:
            return Outcome(Verdict.REFUSED, "AddressNotPublic")
        connection = _Connection(host, address, port, self._context, time.monotonic() + self.deadline)
        target = parts.path or "/"
        return self._exchange(post, connection, f"{target}?{parts.query}" if parts.query else target, headers, body)

    def _exchange(
        self, post: Post, connection: "_Connection", target: str, headers: dict[str, str], body: bytes
    ) -> Outcome:
        try:
            connection.connect()
        except OSError as error:  # not a byte of the message has left
            self._rest(connection.host)
            return Outcome(Verdict.BUSY, type(error).__name__)
        try:
            with _cut_off(connection.sock, connection.ends_at):
                connection.request("POST", target, body, headers)
                answer = connection.getresponse()
                return judged(post.kind, answer.status, answer.read(_LARGEST_ANSWER))
        except (OSError, http.client.HTTPException) as error:
            self._rest(connection.host)
            return Outcome(_after_silence(post.kind), type(error).__name__)
        finally:
            connection.close()

    def _rest(self, host: str) -> None:
        self._resting[host] = self.tick() + _RESTS_FOR_S

    @property
    def _context(self) -> ssl.SSLContext:
        if self.context is None:
            self.context = ssl.create_default_context()
        return self.context

    def _public_address(self, host: str, port: int) -> str | None:
        addresses = list(self.resolve(host, port))
        if not addresses or not all(is_public(address) for address in addresses):
            return None
        return addresses[0]


def is_public(address: str) -> bool:
    """Whether an IP address may be posted to: on the internet, and not one of this machine, network or cloud."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo and ip.teredo[1])
        if inner:
            return is_public(str(inner))
        if ip in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)))
    return ip.is_global and not ip.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class _Connection(http.client.HTTPSConnection):
    """HTTPS to an address that was checked, under the name that the certificate must bear, until `ends_at`."""

    def __init__(self, host: str, address: str, port: int, context: ssl.SSLContext, ends_at: float) -> None:
        super().__init__(host, port, context=context)
        self.ends_at = ends_at
        self._address = address
        self._tls = context

    def connect(self) -> None:
        plain = socket.create_connection((self._address, self.port), _left(self.ends_at))
        wrapped = self._tls.wrap_socket(plain, server_hostname=self.host, do_handshake_on_connect=False)
        try:
            with _cut_off(wrapped, self.ends_at):
                wrapped.do_handshake()
        except BaseException:
            wrapped.close()
            raise
        self.sock = wrapped


def _left(ends_at: float) -> float:
    return max(0.01, ends_at - time.monotonic())


class _cut_off:  # noqa: N801  reads as what it does
    """Cuts a connection when the time is up: a socket's own timeout starts anew with every byte that drips in."""

    def __init__(self, sock: socket.socket, ends_at: float) -> None:
        self._timer = threading.Timer(_left(ends_at), self._cut, [sock])
        self._timer.daemon = True

    def __enter__(self) -> None:
        self._timer.start()

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    @staticmethod
    def _cut(sock: socket.socket) -> None:
        with contextlib.suppress(OSError):  # it has ended by itself
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


def shaped(post: Post, at: int) -> tuple[str, dict[str, str], bytes]:
    """URL, headers and body in the form that the receiver of this kind takes, signed where there is a secret."""
    url, content = post.url, _content(post)
    headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Aftercare"}
    if post.secret and post.kind == "feishu":
        signature = _base64_hmac(f"{at}\n{post.secret}", "")
        content = {"timestamp": str(at), "sign": signature, **content}
    if post.secret and post.kind == "dingtalk":
        signature = _base64_hmac(post.secret, f"{at * 1000}\n{post.secret}")
        url += f"{'&' if '?' in url else '?'}timestamp={at * 1000}&sign={quote(signature, safe='')}"
    body = json.dumps(content, ensure_ascii=False).encode()
    if post.secret and post.kind == "generic":
        signed = hmac_digest(post.secret.encode(), f"{at}.".encode() + body, sha256).hex()
        headers |= {"Aftercare-Signature": f"t={at},v1={signed}", "Idempotency-Key": post.fields["notification_id"]}
    return url, headers, body


def _content(post: Post) -> dict[str, Any]:
    match post.kind:
        case "generic":
            return dict(post.fields)
        case "slack":
            escaped = post.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
            return {"text": escaped}
        case "feishu":
            return {"msg_type": "text", "content": {"text": post.text}}
        case "dingtalk" | "wecom":
            return {"msgtype": "text", "text": {"content": post.text}}


def _base64_hmac(key: str, message: str) -> str:
    return base64.b64encode(hmac_digest(key.encode(), message.encode(), sha256)).decode()


def _after_silence(kind: Kind) -> Verdict:
    # A generic receiver tells repetitions apart by the notification's id; a chat shows them.
    return Verdict.BUSY if kind == "generic" else Verdict.UNKNOWN


def judged(kind: Kind, status: int, body: bytes) -> Outcome:
    """What an answer means. Feishu, DingTalk and WeCom report their errors in the body of a 200."""
    if status in (_TOO_MANY_REQUESTS, _UNAVAILABLE):
        return Outcome(Verdict.BUSY, f"Status{status}")
    if status >= _SERVER_ERROR:
        return Outcome(_after_silence(kind), f"Status{status}")
    if not 200 <= status < 300:  # redirects too: the address that was checked is not the one they lead to
        return Outcome(Verdict.REFUSED, f"Status{status}")
    return Outcome(Verdict.ACCEPTED) if kind in ("generic", "slack") else _judged_by_body(body)


def _judged_by_body(body: bytes) -> Outcome:
    try:
        content = json.loads(body)
        code = int(content.get("errcode", content.get("code", content.get("StatusCode", 0))))
    except (ValueError, TypeError, AttributeError):
        return Outcome(Verdict.UNKNOWN, "AnswerUnreadable")
    if code == 0:
        return Outcome(Verdict.ACCEPTED)
    return Outcome(Verdict.BUSY if code in _TOO_OFTEN else Verdict.REFUSED, f"Code{code}")
