"""What the doors of this room are made of, put together once per container."""

import os
from dataclasses import dataclass
from functools import cache

from functions.notifications.contact_rules import contact_rules
from functions.notifications.deliver_notice import Parts
from functions.notifications.hand_over import Outlets
from shared.adapters.attempts import ONCE
from shared.adapters.centres_table import CentresTable, RememberedCentres
from shared.adapters.clients import client
from shared.adapters.link_keys import LinkKeys
from shared.adapters.mail import Mail
from shared.adapters.notices_table import NoticesTable
from shared.adapters.owners_table import OwnersTable
from shared.adapters.queues import Queue
from shared.adapters.sms import Sms
from shared.adapters.webhook_secrets import WebhookSecrets
from shared.adapters.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class ApiParts:
    """What the HTTP door needs."""

    notices: NoticesTable
    link_keys: LinkKeys


@dataclass(frozen=True, slots=True)
class TimerParts:
    """What the schedule door needs."""

    notices: NoticesTable
    queue: Queue


@dataclass(frozen=True, slots=True)
class StreamParts:
    """What the stream door needs."""

    owner_records: Queue


def _notices() -> NoticesTable:
    return NoticesTable(client("dynamodb"), os.environ["NOTIFICATIONS_TABLE"])


def _link_keys() -> LinkKeys:
    return LinkKeys(lambda: client("secretsmanager"), os.environ["LINK_SECRET_ARN"])


@cache
def api_parts() -> ApiParts:
    """Raises KeyError for a missing setting, at the first request."""
    return ApiParts(_notices(), _link_keys())


@cache
def timer_parts() -> TimerParts:
    """Raises KeyError for a missing setting, at the first tick."""
    return TimerParts(_notices(), Queue(client("sqs"), os.environ["NOTIFICATIONS_QUEUE_URL"]))


@cache
def stream_parts() -> StreamParts:
    """Raises KeyError for a missing setting, at the first batch."""
    return StreamParts(Queue(client("sqs"), os.environ["OWNER_RECORDS_QUEUE_URL"]))


@cache
def worker_parts() -> Parts:
    """Raises KeyError for a missing setting, at the first batch."""
    rules, dynamodb = contact_rules(), client("dynamodb")
    outlets = Outlets(
        mail=Mail(client("sesv2", ONCE), os.environ["MAIL_FROM"], os.environ["MAIL_CONFIGURATION_SET"]),
        sms=Sms(client("sns", ONCE), os.environ.get("SMS_ORIGINATION_NUMBER", ""), os.environ.get("SMS_SENDER_ID", "")),
        webhooks=Webhooks(),
        link_keys=_link_keys(),
        webhook_secrets=WebhookSecrets(lambda: client("secretsmanager"), os.environ["WEBHOOK_SECRETS_ARN"]),
        public_url=os.environ["PUBLIC_URL"],
        most_sms_segments=rules.most_sms_segments,
    )
    return Parts(
        notices=_notices(),
        owners=OwnersTable(dynamodb, os.environ["OWNERS_TABLE"]),
        centres=RememberedCentres(CentresTable(dynamodb, os.environ["CENTRES_TABLE"])),
        requests=Queue(client("sqs"), os.environ["NOTIFICATIONS_QUEUE_URL"]),
        outlets=outlets,
        rules=rules,
    )
