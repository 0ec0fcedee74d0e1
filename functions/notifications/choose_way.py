"""Choose how and when a notice goes out: consent before all, then quiet hours and caps, then preference. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from functions.notifications.contact_rules import Rules
from functions.notifications.find_recipient import Recipient, Way
from functions.notifications.models import NoticeRequest

UNDELIVERABLE = "undeliverable"
"""Every channel that may be used has refused the notice."""


class Go(NamedTuple):
    """It may go this way now."""

    way: Way


class Wait(NamedTuple):
    """It may go later."""

    until: datetime
    reason: str


class Withhold(NamedTuple):
    """It may not go at all."""

    reason: str


type Choice = Go | Wait | Withhold


def choose_way(
    request: NoticeRequest,
    recipient: Recipient,
    contacts: Mapping[str, tuple[datetime, str]],
    exhausted: tuple[str, ...],
    rules: Rules,
    now: datetime,
) -> Choice:
    """What to do with a notice now. `contacts` are those of other notices to the same person, with their class.

    Urgent service messages may ring at night and are not capped; what answers the customer's own complaint has a cap
    of its own, which ordinary messages do not use up. But nothing goes out against consent or to an
    address that is suppressed.
    """
    allowed = [way for way in recipient.ways if not way.blocked]
    usable = [way for way in allowed if way.channel not in exhausted]
    ends = request.requested_at + rules.lifetimes[request.purpose]
    if not allowed:
        return Withhold("+".join(sorted({way.blocked for way in recipient.ways})) or "no_address")
    if not usable:
        return Withhold(UNDELIVERABLE)
    if now >= ends:
        return Withhold("too_late")
    if request.is_urgent or recipient.webhook is not None:
        return Go(usable[0])
    free_at = rules.free_at(rules.class_of(request.kind, request.purpose), contacts)
    choice = _as_soon_as_allowed(request, recipient.zone, usable, free_at, rules, now)
    return Withhold("too_late") if isinstance(choice, Wait) and choice.until >= ends else choice


def _as_soon_as_allowed(
    request: NoticeRequest, zone: str, usable: list[Way], free_at: datetime | None, rules: Rules, now: datetime
) -> Go | Wait:
    """Caps first, then the hours: the channel that is open soonest, the preferred one where that is equal."""
    earliest = max(now, free_at) if free_at else now
    open_at = [(rules.quiet_until(way.channel, request.purpose, zone, earliest) or earliest, way) for way in usable]
    soonest, way = min(open_at, key=lambda opening: opening[0])
    if soonest <= now:
        return Go(way)
    return Wait(soonest, "frequency_cap" if earliest > now else "quiet_hours")
