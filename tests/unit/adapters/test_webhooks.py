"""Webhooks: the right shape for each receiver, and nothing that a hostile URL could gain."""

from __future__ import annotations

import base64
import datetime as dt
import hmac
import json
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shared.adapters import webhooks
from shared.adapters.webhooks import Kind, Post, Webhooks, is_public, judged, shaped
from shared.domain.delivery import Verdict

AT = 1_795_406_400
HOST = "hooks.example.com"


def post(kind: Kind = "slack", **changes: Any) -> Post:
    fields = {"notification_id": "n-1", "text": "一位客户很生气 <b> & more"}
    return Post(**{"kind": kind, "url": f"https://{HOST}/a?b=1", "text": fields["text"], "fields": fields, **changes})


# ------------------------------------------------------------------------------------------------------- shapes


def body_of(kind: Kind, **changes: Any) -> Any:
    return json.loads(shaped(post(kind, **changes), AT)[2])


def test_each_receiver_gets_its_shape() -> None:
    text = post().text
    assert body_of("slack") == {"text": "一位客户很生气 &lt;b&gt; &amp; more"}
    assert body_of("feishu") == {"msg_type": "text", "content": {"text": text}}
    assert body_of("dingtalk") == {"msgtype": "text", "text": {"content": text}}
    assert body_of("wecom") == {"msgtype": "text", "text": {"content": text}}
    assert body_of("generic") == {"notification_id": "n-1", "text": text}


def test_a_generic_receiver_can_check_who_posted_and_drop_repetitions() -> None:
    _, headers, body = shaped(post("generic", secret="s"), AT)
    expected = hmac.digest(b"s", f"{AT}.".encode() + body, "sha256").hex()
    assert headers["Aftercare-Signature"] == f"t={AT},v1={expected}"
    assert headers["Idempotency-Key"] == "n-1"


def test_feishu_is_signed_as_it_asks() -> None:
    # Documented by Feishu: HMAC-SHA-256 of nothing, keyed by "<timestamp>\n<secret>".
    expected = base64.b64encode(hmac.digest(f"{AT}\ns".encode(), b"", "sha256")).decode()
    assert body_of("feishu", secret="s")["sign"] == expected
    assert body_of("feishu", secret="s")["timestamp"] == str(AT)


def test_dingtalk_is_signed_as_it_asks() -> None:
    # Documented by DingTalk: HMAC-SHA-256 of "<milliseconds>\n<secret>", keyed by the secret, in the query.
    url, _, _ = shaped(post("dingtalk", secret="s"), AT)
    query = parse_qs(urlsplit(url).query)
    expected = base64.b64encode(hmac.digest(b"s", f"{AT}000\ns".encode(), "sha256")).decode()
    assert (query["b"], query["timestamp"], query["sign"]) == (["1"], [f"{AT}000"], [expected])


@pytest.mark.parametrize(
    ("kind", "status", "body", "verdict"),
    [
        ("slack", 200, b"ok", Verdict.ACCEPTED),
        ("generic", 204, b"", Verdict.ACCEPTED),
        ("slack", 429, b"", Verdict.BUSY),
        ("slack", 503, b"", Verdict.BUSY),
        ("slack", 500, b"", Verdict.UNKNOWN),
        ("generic", 500, b"", Verdict.BUSY),
        ("slack", 404, b"no_service", Verdict.REFUSED),
        ("slack", 302, b"", Verdict.REFUSED),
        ("feishu", 200, b'{"code":0,"msg":"success"}', Verdict.ACCEPTED),
        ("feishu", 200, b'{"StatusCode":0}', Verdict.ACCEPTED),
        ("feishu", 200, b'{"code":19021,"msg":"sign match fail"}', Verdict.REFUSED),
        ("feishu", 200, b'{"code":11232}', Verdict.BUSY),
        ("dingtalk", 200, b'{"errcode":310000}', Verdict.REFUSED),
        ("wecom", 200, b'{"errcode":0}', Verdict.ACCEPTED),
        ("wecom", 200, b'{"errcode":45009}', Verdict.BUSY),
        ("wecom", 200, b"<html>", Verdict.UNKNOWN),
        ("wecom", 200, b"[]", Verdict.UNKNOWN),
    ],
)
def test_an_answer_is_judged_by_what_the_receiver_means(kind: Kind, status: int, body: bytes, verdict: Verdict) -> None:
    assert judged(kind, status, body).verdict is verdict


# ------------------------------------------------------------------------------------------------ hostile URLs


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",  # noqa: S104
        "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "ff02::1", "198.18.0.1", "192.0.2.1",
    ],
)  # fmt: skip
def test_what_is_not_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "::ffff:8.8.8.8"])
def test_what_is_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], []])
def test_a_name_that_leads_inside_is_refused(addresses: list[str]) -> None:
    outcome = Webhooks(resolve=lambda *_: addresses).send(post(), AT)
    assert (outcome.verdict, outcome.detail) == (Verdict.REFUSED, "AddressNotPublic")


@pytest.mark.parametrize(
    "url",
    [f"http://{HOST}/", f"https://user@{HOST}/", f"https://{HOST}:22/", "https:///x", "file:///etc/passwd", "https://"],
)
def test_only_https_on_its_own_ports_without_a_user_is_allowed(url: str) -> None:
    outcome = Webhooks(resolve=lambda *_: pytest.fail("was resolved")).send(post(url=url), AT)
    assert (outcome.verdict, outcome.detail) == (Verdict.REFUSED, "UrlNotAllowed")


def test_a_name_that_cannot_be_resolved_is_tried_again_later() -> None:
    def fail(*_: object) -> list[str]:
        raise socket.gaierror

    assert Webhooks(resolve=fail).send(post(), AT).verdict is Verdict.BUSY


# ---------------------------------------------------------------------------------------------- over a real socket

type Behaviour = Callable[[ssl.SSLSocket], None]


@dataclass
class Receiver:
    """An HTTPS server on loopback that behaves as told, and remembers what it got."""

    context: ssl.SSLContext
    behave: Behaviour
    got: list[bytes] = field(default_factory=list)
    port: int = 0

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                plain, _ = listener.accept()
            except OSError:
                return
            try:
                with self.context.wrap_socket(plain, server_side=True) as tls:
                    self.got.append(tls.recv(65_536))
                    self.behave(tls)
            except OSError:
                continue


def answering(status: str, body: bytes = b"ok", headers: str = "") -> Behaviour:
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode()
    return lambda tls: tls.sendall(head + body)


def dripping(tls: ssl.SSLSocket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n" * 100:
        tls.sendall(bytes([byte]))
        time.sleep(0.05)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for HOST, signed by itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "both.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def receive(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Behaviour], tuple[Receiver, Webhooks]]]:
    """Starts a receiver, and gives a client that takes loopback for the internet."""
    listeners: list[socket.socket] = []
    monkeypatch.setattr(webhooks, "is_public", lambda _: True)

    def start(behave: Behaviour) -> tuple[Receiver, Webhooks]:
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate)
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        receiver = Receiver(server, behave, port=listener.getsockname()[1])
        threading.Thread(target=receiver.serve, args=[listener], daemon=True).start()
        monkeypatch.setattr(webhooks, "_PUBLIC_PORTS", {receiver.port})
        trusting = ssl.create_default_context(cafile=str(certificate))
        return receiver, Webhooks(resolve=lambda *_: ["127.0.0.1"], context=trusting, deadline=0.5)

    yield start
    for listener in listeners:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


type Receive = Callable[[Behaviour], tuple[Receiver, Webhooks]]


def url(receiver: Receiver, host: str = HOST) -> str:
    return f"https://{host}:{receiver.port}/hook"


def test_a_post_arrives_at_the_address_that_was_checked(receive: Receive) -> None:
    receiver, client = receive(answering("200 OK"))
    assert client.send(post(url=url(receiver)), AT).verdict is Verdict.ACCEPTED
    assert receiver.got[0].startswith(b"POST /hook HTTP/1.1")
    assert f"Host: {HOST}".encode() in receiver.got[0]


def test_a_redirect_is_not_followed(receive: Receive) -> None:
    receiver, client = receive(answering("302 Found", headers="Location: https://169.254.169.254/\r\n"))
    assert client.send(post(url=url(receiver)), AT).verdict is Verdict.REFUSED
    assert len(receiver.got) == 1


def test_a_certificate_of_another_name_is_not_accepted(receive: Receive) -> None:
    receiver, client = receive(answering("200 OK"))
    assert client.send(post(url=url(receiver, "other.example.com")), AT).verdict is Verdict.BUSY
    assert receiver.got == []


@pytest.mark.parametrize("hang", [lambda _: time.sleep(3), dripping], ids=["silent", "dripping"])
def test_a_receiver_that_hangs_is_cut_off_in_time_and_then_left_alone(receive: Receive, hang: Behaviour) -> None:
    receiver, client = receive(hang)
    started = time.monotonic()
    assert client.send(post(url=url(receiver)), AT).verdict is Verdict.UNKNOWN
    assert time.monotonic() - started < 2
    again = client.send(post(url=url(receiver)), AT)
    assert (again.verdict, again.detail) == (Verdict.BUSY, "HostHung")
    client.tick = lambda: time.monotonic() + 61
    assert client.send(post("generic", url=url(receiver)), AT).verdict is Verdict.BUSY  # tried, and hung again
    assert len(receiver.got) <= 2


def test_nobody_listening_is_tried_again_later(receive: Receive) -> None:
    receiver, client = receive(answering("200 OK"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    webhooks._PUBLIC_PORTS = frozenset({port})
    assert client.send(post(url=f"https://{HOST}:{port}/"), AT).verdict is Verdict.BUSY
    assert receiver.got == []
