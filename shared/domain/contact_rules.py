"""Rules of contact (content/contact_rules.json): when, how often and through what people may be told something."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.domain.owners import Purpose

COMPLAINT = "complaint"
"""What a notice counts as that answers the customer's own complaint."""


class Cap(NamedTuple):
    """At most so many contacts of these classes within a time; more of the classes held back have to wait.

    The class of a contact is its purpose, or `complaint`.
    """

    counts: frozenset[str]
    holds_back: frozenset[str]
    at_most: int
    within: timedelta


class Rules(NamedTuple):
    """The rules, read once."""

    quiet_from: time
    quiet_to: time
    quiet_channels: Mapping[str, frozenset[str]]
    caps: tuple[Cap, ...]
    complaint_kinds: frozenset[str]
    lifetimes: Mapping[str, timedelta]
    channels: Mapping[str, Mapping[str, tuple[str, ...]]]
    retries: tuple[timedelta, ...]
    most_sms_segments: int

    def quiet_until(self, channel: str, purpose: Purpose, zone: str, at: datetime) -> datetime | None:
        """The end of the quiet hours that `at` lies in, in the recipient's zone, or None outside of them."""
        if channel not in self.quiet_channels[purpose]:
            return None
        local = at.astimezone(ZoneInfo(zone))
        if not self._is_quiet(local.time()):
            return None
        day = local.date() if local.time() < self.quiet_to else local.date() + timedelta(days=1)
        end = datetime.combine(day, self.quiet_to, ZoneInfo(zone)).astimezone(at.tzinfo)
        # Clocks may be changed in these very hours: then the end comes once more, an hour later.
        return end if end > at else end + timedelta(hours=1)

    def _is_quiet(self, moment: time) -> bool:
        if self.quiet_from > self.quiet_to:
            return moment >= self.quiet_from or moment < self.quiet_to
        return self.quiet_from <= moment < self.quiet_to

    def class_of(self, kind: str, purpose: Purpose) -> str:
        """What a notice of this kind and purpose counts as, and is held back as."""
        return COMPLAINT if purpose is Purpose.SERVICE and kind in self.complaint_kinds else purpose.value

    def free_at(self, counts_as: str, contacts: Mapping[str, tuple[datetime, str]]) -> datetime | None:
        """When every cap allows one more contact of this class; None when that was never in question.

        `contacts` holds the time and class of each.
        """
        free: list[datetime] = []
        for cap in self.caps:
            if counts_as not in cap.holds_back:
                continue
            counted = sorted(at for at, counted_as in contacts.values() if counted_as in cap.counts)
            if len(counted) >= cap.at_most:
                free.append(counted[-cap.at_most] + cap.within)
        return max(free, default=None)

    @property
    def longest_window(self) -> timedelta:
        """How long a contact counts."""
        return max(cap.within for cap in self.caps)


def rules_from(entries: Mapping[str, Any]) -> Rules:
    """The rules out of the entries of the content file."""
    quiet = entries["quiet_hours"]
    return Rules(
        quiet_from=time.fromisoformat(quiet["from"]),
        quiet_to=time.fromisoformat(quiet["to"]),
        quiet_channels={purpose: frozenset(channels) for purpose, channels in quiet["channels"].items()},
        caps=tuple(
            Cap(frozenset(c["counts"]), frozenset(c["holds_back"]), int(c["at_most"]), timedelta(hours=int(c["hours"])))
            for c in entries["caps"]
        ),
        complaint_kinds=frozenset(entries["complaint_kinds"]),
        lifetimes={purpose: timedelta(hours=int(hours)) for purpose, hours in entries["lifetime_hours"].items()},
        channels={
            kind: {urgency: tuple(order) for urgency, order in orders.items()}
            for kind, orders in entries["channels"].items()
        },
        retries=tuple(timedelta(minutes=int(minutes)) for minutes in entries["retry_minutes"]),
        most_sms_segments=int(entries["most_sms_segments"]),
    )
