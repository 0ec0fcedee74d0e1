"""What the local cloud would have sent: every e-mail and SMS so far, read back from the emulator."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from local.cloud import HOST, Cloud

MAIL_IDENTITY = "aftercare.example"
MAIL_FROM = f"care@{MAIL_IDENTITY}"
_SENT_WITHIN_S = 20


@dataclass(frozen=True)
class Message:
    """One message as its recipient would have got it."""

    channel: str
    to: str
    subject: str
    text: str

    def lines(self) -> Iterator[str]:
        """The message, to be printed."""
        yield f"{self.channel} to {self.to}" + (f": {self.subject}" if self.subject else "")
        yield from (f"  {line}" for line in self.text.splitlines())


def open_mail(cloud: Cloud) -> None:
    """Let the emulated SES send: a verified domain, outside of its sandbox."""
    ses = cloud.client("sesv2")
    try:
        ses.create_email_identity(EmailIdentity=MAIL_IDENTITY)
    except ClientError as error:
        if error.response["Error"]["Code"] != "AlreadyExistsException":
            raise
    ses.put_account_details(
        MailType="TRANSACTIONAL",
        WebsiteURL="https://aftercare.example",
        UseCaseDescription="local",
        ProductionAccessEnabled=True,
    )


def sent(cloud: Cloud) -> list[Message]:
    """Everything sent so far: e-mails, then SMS by number, each in the order they were sent."""
    mails = _read(cloud, "/_ministack/ses/messages")["messages"]
    texts = _read(cloud, "/_ministack/sns/sms-messages")["sms_messages"]
    return [
        *(
            Message("e-mail", ", ".join(mail["To"]), mail["Subject"], mail["BodyText"].strip())
            for account in mails.values()
            for mail in account
        ),
        *(Message("SMS", number, "", text["Message"]) for number, sent_there in texts.items() for text in sent_there),
    ]


def wait_for(cloud: Cloud, wanted: Callable[[Message], bool], within: float = _SENT_WITHIN_S) -> list[Message]:
    """The messages that are wanted, as soon as there is one; none when there is none in time (seconds)."""
    deadline = time.monotonic() + within
    while not (found := [message for message in sent(cloud) if wanted(message)]) and time.monotonic() < deadline:
        time.sleep(0.2)
    return found


def wait_until_quiet(cloud: Cloud, before: list[Message], within: float = _SENT_WITHIN_S) -> list[Message]:
    """What was sent beyond `before`, once there is something and nothing more has come for two seconds."""
    deadline = time.monotonic() + within
    found: list[Message] = []
    while time.monotonic() < deadline:
        time.sleep(2 if found else 0.2)
        now = [message for message in sent(cloud) if message not in before]
        if found and now == found:
            break
        found = now
    return found


def _read(cloud: Cloud, path: str) -> Any:
    connection = http.client.HTTPConnection(HOST, cloud.port, timeout=10)
    try:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()
