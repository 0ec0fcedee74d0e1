"""Take in a message of the worker's queues: a request, a wake-up call, a call that was made, what senders report."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.notifications.count_contact import count_contact
from functions.notifications.deliver_notice import Parts, continue_notice, deliver_notice
from functions.notifications.hear_feedback import hear_mail_event, hear_sms
from functions.notifications.models import ContactMade, InboundSms, NoticeDue, NoticeRequest
from shared.adapters.notices_table import Notice, State
from shared.domain.errors import UnsupportedInput
from shared.domain.validation import read_as
from shared.runtime.observability import count, logger

_COUNTED = {
    State.SENT: "NoticesSent",
    State.WITHHELD: "NoticesWithheld",
    State.PENDING: "NoticesPostponed",
}


def take_in_message(message: Mapping[str, Any], parts: Parts, now: datetime) -> None:
    """Do what a message asks; done again it changes nothing more.

    Raises InvalidInput or UnsupportedInput for a message that nobody can process.
    """
    match message:
        case {"type": "notification_requested"}:
            _report(deliver_notice(read_as(NoticeRequest, message), parts, now))
        case {"type": "notification_due"}:
            _report(continue_notice(read_as(NoticeDue, message).key, parts, now))
        case {"type": "contact_made"}:
            contact = read_as(ContactMade, message)
            if count_contact(contact, parts, now):
                logger.info("contact counted", channel=contact.channel, counts=contact.counts)
        case {"eventType": str(kind), "mail": _}:
            done = hear_mail_event(message, parts.notices, now)
            if done != "known":
                logger.info("mail event", kind=kind, done=done)
        case {"originationNumber": str(number), "messageBody": str(text)}:
            _answer_sms(InboundSms(sender=number, text=text[:2_000]), parts, now)
        case _:
            raise UnsupportedInput("messages of this kind are not known here")


def _report(notice: Notice | None) -> None:
    if notice is None or notice.state is None:
        return
    given_up = notice.state is State.FAILED or (notice.state is State.IN_DOUBT and notice.due_at is None)
    name = "NoticesGivenUp" if given_up else _COUNTED.get(notice.state)
    if name is not None:
        count(name)
    logger.info(
        "notice",
        key=notice.key,
        kind=notice.kind,
        state=notice.state.value,
        channel=notice.channel,
        reason=notice.reason,
        attempts=notice.attempts,
    )


def _answer_sms(sms: InboundSms, parts: Parts, now: datetime) -> None:
    """The one confirming message that a STOP may be answered with; lost in a crash, it is not sent again."""
    heard = hear_sms(sms, parts.notices, now)
    if heard.reply:
        outcome = parts.outlets.sms.send(sms.sender, heard.reply, promotional=False)
        count("ContactsStopped" if heard.taken_as == "stop" else "ContactsResumed")
        logger.info("sms heard", taken_as=heard.taken_as, confirmed=outcome.verdict.value)
