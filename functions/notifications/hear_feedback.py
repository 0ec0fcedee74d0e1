"""Hear what comes back: SES tells what it took, what bounced and who complained; people text STOP and START."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any, Literal, NamedTuple

from functions.notifications.models import InboundSms
from shared.adapters.mail import ATTEMPT_TAG, NOTICE_TAG
from shared.adapters.notices_table import NoticesTable, address_digest
from shared.content import load, wording
from shared.domain.owners import Channel

_NOISE = re.compile(r"[\W_]+", re.UNICODE)


class SmsAnswer(NamedTuple):
    """What an inbound SMS was taken for, and the one message that confirms it. None: an ordinary message."""

    taken_as: Literal["stop", "start"] | None
    reply: str | None


def hear_mail_event(event: Mapping[str, Any], notices: NoticesTable, now: datetime) -> str:
    """Take in one event of SES (its event publishing format) and name what was done. Again it changes nothing.

    A hard bounce or a complaint suppresses the address for good; a soft bounce is left to SES's own retries.
    """
    mail = event["mail"]
    match event["eventType"]:
        case "Send":
            tags = mail.get("tags", {})
            if NOTICE_TAG not in tags:
                return "ignored"
            key, attempt = tags[NOTICE_TAG][0], int(tags[ATTEMPT_TAG][0])
            return "settled" if notices.settle(key, attempt, now, str(mail["messageId"])) else "known"
        case "Bounce" if event["bounce"]["bounceType"] == "Permanent":
            _suppress([r["emailAddress"] for r in event["bounce"]["bouncedRecipients"]], "bounced", notices, now)
            return "suppressed"
        case "Complaint":
            people = event["complaint"]["complainedRecipients"]
            _suppress([r["emailAddress"] for r in people], "complained", notices, now)
            return "suppressed"
    return "ignored"


def _suppress(addresses: list[str], why: str, notices: NoticesTable, now: datetime) -> None:
    for address in addresses:
        bare = address.rpartition("<")[2].rstrip(">")
        notices.suppress_address(address_digest(Channel.EMAIL, bare), why, now)


def hear_sms(sms: InboundSms, notices: NoticesTable, now: datetime) -> SmsAnswer:
    """Take in an SMS: STOP and START, in any of our languages, take effect at once; all else is not ours.

    The confirmation is given only when something changed, so that a repeated STOP is answered once.
    """
    taken_as = meaning_of(sms.text)
    if taken_as is None:
        return SmsAnswer(None, None)
    digest, at = address_digest(Channel.SMS, sms.sender), sms.heard_at(now)
    if taken_as == "stop":
        changed = notices.stop_address(digest, at)
        key = "notice.stopped"
    else:
        changed = notices.resume_address(digest, at)
        key = "notice.started"
    return SmsAnswer(taken_as, wording(_locale_of(sms)).template(key) if changed else None)


def _locale_of(sms: InboundSms) -> str:
    return "zh-CN" if re.search(r"[\u4e00-\u9fff]", sms.text) or sms.sender.startswith("+86") else sms.locale


def meaning_of(text: str) -> Literal["stop", "start"] | None:
    """Whether a text asks to stop or to start, being that and nothing else, however it is written."""
    plain = _plain(text)
    if plain in _words("stop"):
        return "stop"
    return "start" if plain in _words("start") else None


@cache
def _words(kind: str) -> frozenset[str]:
    return frozenset(_plain(word) for word in load("stop_words")["entries"][kind])


def _plain(text: str) -> str:
    return _NOISE.sub("", unicodedata.normalize("NFKC", text).casefold())
