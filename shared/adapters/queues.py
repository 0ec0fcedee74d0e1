"""Sending to a queue: one JSON message, whole or not at all."""

import json
from collections.abc import Mapping
from typing import Any


class Queue:
    """One SQS queue to send to."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message. Its business key is part of it: consumers see it once or more often."""
        body = json.dumps(message, ensure_ascii=False)
        self._client.send_message(QueueUrl=self._url, MessageBody=body)
