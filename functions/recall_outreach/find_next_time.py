"""Find the next time to call: while the centre is open, outside quiet hours, at a time of day not tried yet."""

from collections.abc import Set as AbstractSet
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from functions.recall_outreach.policies import Policies
from shared.domain.centres import Centre
from shared.domain.contact_rules import Rules
from shared.domain.owners import Channel, Purpose

_STEP = timedelta(minutes=30)
_WITHIN = timedelta(days=21)


def find_next_time(
    after: datetime,
    *,
    zone: str,
    centre: Centre,
    rules: Rules,
    policies: Policies,
    tried: AbstractSet[str] = frozenset(),
) -> datetime:
    """The first half hour from `after` (aware) on in which the owner, who lives in `zone`, may be called.

    Where no time of day is left that was not `tried`, the next one that is; where the centre does not open within
    three weeks, `after` itself, since quiet hours are looked at again before every call.
    """
    start = _next_half_hour(after)
    again: datetime | None = None
    at = start
    while at <= start + _WITHIN:
        if centre.is_open(at) and rules.quiet_until(Channel.CALL.value, Purpose.MARKETING, zone, at) is None:
            if part_of_day(at, zone, policies) not in tried:
                return at
            again = again or at
        at += _STEP
    return again or after


def part_of_day(at: datetime, zone: str, policies: Policies) -> str:
    """The part of the day in a zone; hours that belong to none are one of their own."""
    return policies.part_of_day(at.astimezone(ZoneInfo(zone)).time()) or "other"


def _next_half_hour(at: datetime) -> datetime:
    past = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return at if not past else at - past + _STEP
