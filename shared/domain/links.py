"""Signed, expiring links that open one thing without a login.

A token is `base64url(kind|id|expiry) . base64url(HMAC-SHA-256)`; whoever holds it may read until
the expiry, so it is never logged.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from datetime import datetime

from shared.domain.errors import LinkExpired, NotAuthenticated


def sign_link(kind: str, thing_id: str, expires_at: datetime, key: bytes) -> str:
    """A token for one thing, valid until `expires_at` (aware, whole seconds)."""
    payload = f"{kind}|{thing_id}|{int(expires_at.timestamp())}".encode()
    return f"{_encode(payload)}.{_encode(_signature(payload, key))}"


def open_link(token: str, kind: str, now: datetime, keys: Iterable[bytes]) -> str:
    """The id that a token opens. `keys` are the current key and those still honoured.

    Raises NotAuthenticated for a token that no key signed or that is for another kind of thing,
    LinkExpired for one whose time is over.
    """
    try:
        encoded, signature = token.split(".")
        payload, given = _decode(encoded), _decode(signature)
        token_kind, thing_id, expiry = payload.decode().split("|")
    except ValueError:
        raise NotAuthenticated("this link is not valid") from None
    genuine = any(hmac.compare_digest(_signature(payload, key), given) for key in keys)
    if not genuine or token_kind != kind:
        raise NotAuthenticated("this link is not valid")
    if now.timestamp() >= int(expiry):
        raise LinkExpired("this link has expired")
    return thing_id


def _signature(payload: bytes, key: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")


def _encode(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
