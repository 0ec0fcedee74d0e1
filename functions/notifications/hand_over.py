"""Make a notice ready for its channel, so that handing it to the provider is one call and nothing else can fail."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from functions.notifications.compose_text import chat_text, email_text, sms_text, stop_url
from functions.notifications.find_recipient import Recipient, Way
from functions.notifications.models import NoticeRequest
from shared.adapters.mail import Letter
from shared.adapters.webhooks import Post
from shared.domain.delivery import Outcome, Verdict
from shared.domain.owners import Purpose
from shared.domain.sms_text import sms_segments
from shared.runtime.observability import count


class SendsMail(Protocol):
    """An outlet for e-mail."""

    def send(self, letter: Letter) -> Outcome: ...  # noqa: D102


class SendsSms(Protocol):
    """An outlet for SMS."""

    takes_replies: bool

    def send(self, number: str, text: str, *, promotional: bool) -> Outcome: ...  # noqa: D102


class SendsPosts(Protocol):
    """An outlet for webhooks."""

    def send(self, post: Post, at: int) -> Outcome: ...  # noqa: D102


class Keys(Protocol):
    """Where the key of signed links comes from."""

    def current(self) -> bytes: ...  # noqa: D102


class Secrets(Protocol):
    """Where the secrets that sign what is posted come from."""

    def find(self, name: str) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Outlets:
    """The providers, by channel, and what links are made of."""

    mail: SendsMail
    sms: SendsSms
    webhooks: SendsPosts
    link_keys: Keys
    webhook_secrets: Secrets
    public_url: str
    most_sms_segments: int


def make_ready(
    request: NoticeRequest, recipient: Recipient, way: Way, attempt: int, outlets: Outlets, now: datetime
) -> Callable[[], Outcome]:
    """What hands the notice over, once.

    Texts are composed, and secrets read, before the notice is claimed: what fails here leaves nothing in doubt.
    """
    sender = recipient.centre.name
    stop = None
    if request.to.owner_id is not None:
        stop = stop_url(request, way.channel, outlets.public_url, outlets.link_keys.current())
    match way.channel:
        case "email":
            text = email_text(request, sender, stop)
            letter = Letter(way.address, sender, request.subject, text, request.key, attempt, stop)
            return lambda: outlets.mail.send(letter)
        case "sms":
            text = sms_text(
                request,
                sender,
                takes_replies=outlets.sms.takes_replies,
                stop=stop,
                most_segments=outlets.most_sms_segments,
            )
            return lambda: _send_sms(request, way.address, text, outlets.sms)
        case _:
            post = _post(request, recipient, outlets)
            return lambda: outlets.webhooks.send(post, int(now.timestamp()))


def _send_sms(request: NoticeRequest, number: str, text: str, sms: SendsSms) -> Outcome:
    outcome = sms.send(number, text, promotional=request.purpose is Purpose.MARKETING)
    if outcome.verdict is Verdict.ACCEPTED:
        count("SmsSegments", sms_segments(text))  # what is paid for
    return outcome


def _post(request: NoticeRequest, recipient: Recipient, outlets: Outlets) -> Post:
    webhook = recipient.webhook
    if webhook is None:
        raise ValueError("only a webhook is posted to")
    fields: Mapping[str, str | None] = {
        "notification_id": request.notification_id,
        "kind": request.kind,
        "centre_id": request.centre_id,
        "urgency": request.urgency,
        "subject": request.subject,
        "text": request.text,
        "url": request.url,
        "requested_at": request.requested_at.astimezone(UTC).isoformat(timespec="seconds"),
    }
    secret = outlets.webhook_secrets.find(f"{request.centre_id}/{webhook.id}")
    content = {name: value for name, value in fields.items() if value is not None}
    return Post(webhook.kind, webhook.url, chat_text(request), content, secret)
