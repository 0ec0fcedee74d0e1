"""The keys that sign links: a secret in Secrets Manager, and the one it replaced."""

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError


class LinkKeys:
    """The current signing key, read at most every `max_age` seconds, and the previous one.

    After a rotation old links stay valid until they expire or the secret rotates once more.
    """

    def __init__(self, make_client: Callable[[], Any], secret_arn: str, max_age: float = 300) -> None:
        self._make_client = make_client
        self._secret_arn = secret_arn
        self._max_age = max_age
        self._client: Any = None
        self._current: bytes | None = None
        self._read_at = 0.0

    def current(self) -> bytes:
        """The key that new links are signed with."""
        if self._current is None or time.monotonic() - self._read_at > self._max_age:
            self._current = self._read("AWSCURRENT")
            self._read_at = time.monotonic()
        return self._current

    def honoured(self) -> Iterator[bytes]:
        """The keys that links may be signed with; the previous one is read only when needed."""
        yield self.current()
        try:
            yield self._read("AWSPREVIOUS")
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise

    def _read(self, stage: str) -> bytes:
        if self._client is None:
            self._client = self._make_client()
        answer = self._client.get_secret_value(SecretId=self._secret_arn, VersionStage=stage)
        return str(answer["SecretString"]).encode()
