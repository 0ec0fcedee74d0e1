"""Sending to a queue: one JSON message, whole or not at all."""

import json
from collections.abc import Mapping, Sequence
from itertools import batched
from typing import Any


class SendFailed(Exception):
    """A queue refused messages of a batch; those it took are sent."""


class Queue:
    """One SQS queue to send to."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message. Its business key is part of it: consumers see it once or more often."""
        body = json.dumps(message, ensure_ascii=False)
        self._client.send_message(QueueUrl=self._url, MessageBody=body)

    def send_all(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Send messages ten at a call. Raises SendFailed when the queue did not take every one of them."""
        for batch in batched(messages, 10, strict=False):
            entries = [
                {"Id": str(number), "MessageBody": json.dumps(message, ensure_ascii=False)}
                for number, message in enumerate(batch)
            ]
            failed = self._client.send_message_batch(QueueUrl=self._url, Entries=entries).get("Failed", [])
            if failed:
                raise SendFailed(f"{len(failed)} of {len(entries)} messages: {failed[0]['Code']}")


class FifoQueue:
    """One FIFO queue to send to: messages of a group keep their order."""

    def __init__(self, client: Any, url: str) -> None:
        self._client = client
        self._url = url

    def send(self, message: Mapping[str, Any], *, group: str, once: str) -> None:
        """Send one message; sent again within five minutes with the same `once` it stays one."""
        body = json.dumps(message, ensure_ascii=False)
        self._client.send_message(
            QueueUrl=self._url, MessageBody=body, MessageGroupId=group, MessageDeduplicationId=once
        )
