"""SMS through Amazon SNS, to a number in E.164."""

import re
from typing import Any

from shared.adapters.attempts import attempt
from shared.domain.delivery import Outcome, Verdict

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_LONGEST = 1_600  # what SNS splits into segments; longer texts are refused


class Sms:
    """The sender of SMS. `origination_number` can be replied to; a `sender_id` is a name that cannot."""

    def __init__(self, client: Any, origination_number: str = "", sender_id: str = "") -> None:
        self._client = client
        self._attributes: dict[str, dict[str, str]] = {}
        if origination_number:
            self._attributes["AWS.MM.SMS.OriginationNumber"] = _text(origination_number)
        if sender_id:
            self._attributes["AWS.SNS.SMS.SenderID"] = _text(sender_id)
        self.takes_replies = bool(origination_number)

    def send(self, number: str, text: str, *, promotional: bool) -> Outcome:
        """Hand one text to SNS, once."""
        if not _E164.fullmatch(number):
            return Outcome(Verdict.REFUSED, "NotE164")
        if len(text) > _LONGEST:
            return Outcome(Verdict.REFUSED, "TooLong")
        kind = _text("Promotional" if promotional else "Transactional")
        return attempt(
            lambda: self._client.publish(
                PhoneNumber=number, Message=text, MessageAttributes={**self._attributes, "AWS.SNS.SMS.SMSType": kind}
            )
        )


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}
