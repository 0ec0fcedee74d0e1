"""Put a finished text into the form of its channel: who is writing and how to stop, in the recipient's language."""

from datetime import datetime, timedelta

from functions.notifications.models import NoticeRequest
from shared.content import wording
from shared.domain.links import sign_link
from shared.domain.owners import Purpose
from shared.domain.sms_text import sms_segments
from shared.domain.statements import Wording

STOP_LINK = "stop"
# CAN-SPAM asks for 30 days at least; people search their mailbox for longer.
STOP_LINK_LIFETIME = timedelta(days=400)


def stop_url(request: NoticeRequest, channel: str, public_url: str, key: bytes) -> str:
    """The signed link by which the owner of this notice stops more of its kind on this channel.

    Counted from when the notice was asked for, so that it is the same at every attempt.
    """
    thing = f"{channel}/{request.purpose}/{request.locale}/{request.to.owner_id}"
    token = sign_link(STOP_LINK, thing, _whole(request.requested_at) + STOP_LINK_LIFETIME, key)
    return f"{public_url}/stop/{token}"


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def sms_text(request: NoticeRequest, sender: str, *, takes_replies: bool, stop: str | None, most_segments: int) -> str:
    """The SMS: sender, text, link and, for owners (who have a `stop` link), how to stop.

    Where the text would take too many segments, its subject and the link stand for it.
    """
    words = wording(request.locale)
    ending = _fill(words, "notice.sms.link", url=request.url) if request.url else ""
    if stop is not None:
        by_link = _fill(words, "notice.sms.stop_by_link", url=stop)
        ending += words.template("notice.sms.stop_by_reply") if takes_replies else by_link
    whole = _fill(words, "notice.sms", sender=sender, text=request.text) + ending
    if request.url and request.subject and sms_segments(whole) > most_segments:
        return _fill(words, "notice.sms", sender=sender, text=request.subject) + ending
    return whole


def email_text(request: NoticeRequest, sender: str, stop: str | None) -> str:
    """The e-mail's text: the message, the link, and at the foot who wrote, why, and how to stop."""
    words = wording(request.locale)
    parts = [request.text]
    if request.url:
        parts.append(_fill(words, "notice.email.link", url=request.url))
    if stop is None:
        parts.append(f"-- \n{_fill(words, 'notice.email.staff', sender=sender)}")
    else:
        why = "marketing" if request.purpose is Purpose.MARKETING else "service"
        because = _fill(words, f"notice.email.why.{why}", sender=sender)
        parts.append(f"-- \n{because}\n{_fill(words, 'notice.email.stop', url=stop)}")
    return "\n\n".join(parts) + "\n"


def chat_text(request: NoticeRequest) -> str:
    """What is posted to a chat."""
    words = wording(request.locale)
    text = _fill(words, "notice.chat", subject=request.subject, text=request.text).strip()
    return f"{text}\n{request.url}" if request.url else text


def _fill(words: Wording, key: str, **values: str) -> str:
    return words.template(key).format(**values)
