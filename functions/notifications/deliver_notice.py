"""Deliver a notice: claim it, hand it over, record what became of it. Once, however often it is asked for.

    (new) ─► pending ─► sending ─► sent            pending: quiet hours, caps, a busy provider, an unknown recipient
               ▲  │        │  └──► in doubt        in doubt: the provider may have it, but nobody wrote that down
               └──┼────────┘         │
                  └─► withheld, failed             what is not finished has a due time, at which a timer wakes it

A notice is claimed before it is sent. Who finds a claim that was never concluded cannot know whether the provider has
the message, so it is not sent again blindly: SES proves in its own events what it took, and only an e-mail for which
that proof stays away is sent once more. See docs/decisions/ on why.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.notifications.choose_way import UNDELIVERABLE, Wait, Withhold, choose_way
from functions.notifications.contact_rules import Rules
from functions.notifications.find_recipient import Centres, Owners, Recipient, Way, find_recipient
from functions.notifications.hand_over import Outlets, make_ready
from functions.notifications.models import NoticeRequest
from shared.adapters.notices_table import Notice, NoticesTable, PersonRecord, State
from shared.domain.delivery import Outcome, Verdict
from shared.domain.errors import Erased
from shared.domain.owners import Purpose

LEASE = timedelta(seconds=60)
"""How long a claim is believed to be worked on: twice the time after which the worker is stopped."""
PROOF_WITHIN = timedelta(minutes=15)
"""How long SES's own event is waited for before an e-mail in doubt is sent once more."""
_PROVABLE = "email"
_DECISIONS = 8  # the person or the address changed while we decided; after so many times the queue tries again


class Requests(Protocol):
    """Where further requests are sent."""

    def send(self, message: Mapping[str, Any]) -> None: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Parts:
    """What delivering needs."""

    notices: NoticesTable
    owners: Owners
    centres: Centres
    requests: Requests
    outlets: Outlets
    rules: Rules


class Contended(Exception):
    """The recipient's record changed at every attempt to claim; try again later."""


def deliver_notice(request: NoticeRequest, parts: Parts, now: datetime) -> Notice | None:
    """Bring a request as far as it gets now; the notice as it then stands, or None when there was nothing to do."""
    stored = parts.notices.find_notice(request.key)
    if stored is not None:
        return _look_after(stored, parts, now)
    try:
        return _advance(_new(request), request, parts, now)
    except Erased:  # nothing is kept of them, not even that there was something to tell
        return None


def continue_notice(key: str, parts: Parts, now: datetime) -> Notice | None:
    """Look after a stored notice whose time has come; as `deliver_notice`."""
    stored = parts.notices.find_notice(key)
    return None if stored is None else _look_after(stored, parts, now)


def _new(request: NoticeRequest) -> Notice:
    return Notice(
        key=request.key,
        notification_id=request.notification_id,
        kind=request.kind,
        purpose=request.purpose.value,
        urgency=request.urgency,
        centre_id=request.centre_id,
        recipient=request.to.written,
        request=request.model_dump(mode="json"),
    )


def _look_after(notice: Notice, parts: Parts, now: datetime) -> Notice | None:
    if notice.due_at is None or now < notice.due_at or notice.request is None:
        return None
    if notice.state is State.SENDING:
        return _saved(_doubted(notice, "not_concluded", now), parts)
    try:
        return _advance(notice, NoticeRequest.model_validate(notice.request), parts, now)
    except Erased:
        return _saved(notice.moved(State.WITHHELD, now, reason="erased"), parts)


def _advance(notice: Notice, request: NoticeRequest, parts: Parts, now: datetime) -> Notice | None:
    for _ in range(_DECISIONS):
        recipient = find_recipient(
            request,
            parts.rules.channels,
            owners=parts.owners,
            centres=parts.centres,
            contacts=parts.notices,
            now=now,
        )
        if recipient is None:
            return _saved(_put_off(notice, "unknown_recipient", parts.rules, now), parts)
        if not notice.attempts:
            _copy_to_webhooks(request, recipient, parts)
        contacts = recipient.person.contacts if recipient.person else {}
        others = {key: contact for key, contact in contacts.items() if key != notice.key}
        choice = choose_way(request, recipient, others, notice.exhausted, parts.rules, now)
        match choice:
            case Wait(until, reason):
                return _saved(notice.moved(State.PENDING, now, due_at=until, reason=reason), parts)
            case Withhold(reason):
                state = State.FAILED if reason == UNDELIVERABLE else State.WITHHELD
                return _saved(notice.moved(state, now, reason=reason), parts)
        step = _send(notice, request, recipient, choice.way, parts, now)
        if step is None or step.state is not State.PENDING or step.due_at != now:
            return step
        notice = step
    raise Contended(notice.key)


def _send(
    notice: Notice, request: NoticeRequest, recipient: Recipient, way: Way, parts: Parts, now: datetime
) -> Notice | None:
    """Claim the notice and hand it over. A notice that is pending, due now, is to be decided anew."""
    claim = notice.moved(
        State.SENDING, now, due_at=now + LEASE, channel=way.channel, attempts=notice.attempts + 1, reason=""
    )
    hand_over = make_ready(request, recipient, way, claim.attempts, parts.outlets, now)
    match parts.notices.claim(claim, _counted(recipient.person, claim, parts.rules, now), way.record, now):
        case "moved":
            return None
        case "outdated":
            return replace(notice, state=State.PENDING, due_at=now)
    return _saved(_concluded(claim, hand_over(), parts.rules, now), parts)


def _copy_to_webhooks(request: NoticeRequest, recipient: Recipient, parts: Parts) -> None:
    """Ask for one notice per webhook that wants to know, so that one that hangs holds up nobody."""
    for webhook_id in recipient.copies:
        copy = request.model_copy(update={"notification_id": f"{request.notification_id}#webhook#{webhook_id}"})
        message = copy.model_dump(mode="json", exclude_none=True)
        parts.requests.send({**message, "to": {"webhook_id": webhook_id}})


def _counted(person: PersonRecord | None, claim: Notice, rules: Rules, now: datetime) -> PersonRecord | None:
    if person is None:
        return None
    counts_as = rules.class_of(claim.kind, Purpose(claim.purpose))
    return person.with_contact(claim.key, now, counts_as, since=now - rules.longest_window)


def _concluded(claim: Notice, outcome: Outcome, rules: Rules, now: datetime) -> Notice:
    match outcome.verdict:
        case Verdict.ACCEPTED:
            return claim.moved(State.SENT, now, provider_id=outcome.provider_id)
        case Verdict.REFUSED:
            tried = (*claim.exhausted, claim.channel)
            return claim.moved(State.PENDING, now, due_at=now, exhausted=tried, reason=outcome.detail)
        case Verdict.BUSY:
            return _put_off(claim, outcome.detail, rules, now)
    return _doubted(claim, outcome.detail, now)


def _put_off(notice: Notice, reason: str, rules: Rules, now: datetime) -> Notice:
    """Try again later, each time after a longer wait; in the end give up on the channel, or on the notice."""
    waits = notice.waits
    if waits < len(rules.retries):
        return notice.moved(State.PENDING, now, due_at=now + rules.retries[waits], reason=reason, waits=waits + 1)
    if notice.state is State.SENDING:
        tried = (*notice.exhausted, notice.channel)
        return notice.moved(State.PENDING, now, due_at=now, exhausted=tried, reason=reason, waits=0)
    return notice.moved(State.FAILED, now, reason=reason)


def _doubted(notice: Notice, reason: str, now: datetime) -> Notice:
    """The provider may have it. Only for a first e-mail is there a proof to wait for before it is sent again."""
    due_at = now + PROOF_WITHIN if notice.channel == _PROVABLE and not notice.doubts else None
    return notice.moved(State.IN_DOUBT, now, due_at=due_at, reason=reason, doubts=notice.doubts + 1)


def _saved(notice: Notice, parts: Parts) -> Notice | None:
    return notice if parts.notices.save(notice) else None
