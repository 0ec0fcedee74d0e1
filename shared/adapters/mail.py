"""E-mail through Amazon SES, with one-click unsubscribe (RFC 8058) where a letter may be stopped."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Any

from shared.adapters.attempts import attempt
from shared.domain.delivery import Outcome, Verdict

NOTICE_TAG = "notice"
ATTEMPT_TAG = "attempt"
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]+")
_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """One e-mail. `notice` and `attempt` come back in SES's own events, which prove what it took."""

    to: str
    sender_name: str
    subject: str
    text: str
    notice: str
    attempt: int
    unsubscribe_url: str | None


class Mail:
    """The SES identity that letters are sent from."""

    def __init__(self, client: Any, sender_address: str, configuration_set: str) -> None:
        self._client = client
        self._sender_address = sender_address
        self._configuration_set = configuration_set

    def send(self, letter: Letter) -> Outcome:
        """Hand one letter to SES, once."""
        if not self._sender_address:
            return Outcome(Verdict.REFUSED, "MailNotSetUp")
        name, _, domain = self._sender_address.rpartition("@")
        sender = Address(one_line(letter.sender_name), name, domain)
        return attempt(
            lambda: self._client.send_email(
                FromEmailAddress=encoded(sender),
                Destination={"ToAddresses": [letter.to]},
                Content={
                    "Simple": {
                        "Subject": {"Data": one_line(letter.subject)[:_LONGEST_SUBJECT], "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": letter.text, "Charset": "UTF-8"}},
                        "Headers": headers(letter),
                    }
                },
                ConfigurationSetName=self._configuration_set,
                EmailTags=[
                    {"Name": NOTICE_TAG, "Value": letter.notice},
                    {"Name": ATTEMPT_TAG, "Value": str(letter.attempt)},
                ],
            )
        )


def headers(letter: Letter) -> list[dict[str, str]]:
    """The headers of RFC 2369 and RFC 8058, for a letter that may be stopped."""
    if letter.unsubscribe_url is None:
        return []
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{letter.unsubscribe_url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]


def one_line(text: str) -> str:
    """A header's text: without line breaks, which would start a header of their own."""
    return _BREAKS.sub(" ", text).strip()


def encoded(address: Address) -> str:
    """An address as SES takes it: a name beyond ASCII as an encoded word (RFC 2047)."""
    if address.display_name.isascii():
        return str(address)
    from email.header import Header

    return f"{Header(address.display_name, 'utf-8', maxlinelen=10_000).encode()} <{address.addr_spec}>"
