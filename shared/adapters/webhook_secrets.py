"""The secrets that sign what is posted to webhooks: in Secrets Manager, one JSON object by `<centre>/<webhook>`."""

import json
import time
from collections.abc import Callable
from typing import Any


class WebhookSecrets:
    """Secrets of webhooks, read at most every `max_age` seconds, and only once a webhook is posted to."""

    def __init__(self, make_client: Callable[[], Any], secret_arn: str, max_age: float = 300) -> None:
        self._make_client = make_client
        self._secret_arn = secret_arn
        self._max_age = max_age
        self._secrets: dict[str, str] | None = None
        self._read_at = 0.0

    def find(self, name: str) -> str:
        """The secret of a webhook, or an empty text where it has none: then what is posted is not signed."""
        if self._secrets is None or time.monotonic() - self._read_at > self._max_age:
            answer = self._make_client().get_secret_value(SecretId=self._secret_arn)
            self._secrets = {str(key): str(value) for key, value in json.loads(answer["SecretString"]).items()}
            self._read_at = time.monotonic()
        return self._secrets.get(name, "")
