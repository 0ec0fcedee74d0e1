"""The house rules of outreach, out of content/outreach_rules.json."""

from collections.abc import Mapping
from datetime import time, timedelta
from functools import cache
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from shared.content import load
from shared.domain.owners import Channel


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Reach(_Model):
    """How likely somebody answers: by whether the number was verified, and less after each call in vain."""

    verified: float
    unverified: float
    each_unanswered: float


class Ranking(_Model):
    """Weights of the rank; see rank_task."""

    head_start_days: int
    half_value: Mapping[str, float]
    half_value_otherwise: float
    value_unknown: float
    reach: Reach
    half_days_overdue: int
    least_time: float


class EffectRules(_Model):
    """How the effect is measured, and when a report says that it cannot tell."""

    within_days: int
    confidence_percent: int
    z: float
    least_arm: int
    no_difference_within: float

    @property
    def within(self) -> timedelta:
        """How long after a task was made a visit still counts as its effect."""
        return timedelta(days=self.within_days)


class Policies(_Model):
    """All of them, as a service manager set them."""

    run_at_hour: int
    campaign: str
    channel: Literal[Channel.CALL]
    attempts_at_most: int
    claim_minutes: int
    contacted_within_days: int
    charge_daily_to_percent: int
    parts_of_day: Mapping[str, tuple[time, time]]
    rest_days: Mapping[str, int]
    look_again_days: Mapping[str, int]
    ranking: Ranking
    effect: EffectRules

    @property
    def claim_lasts(self) -> timedelta:
        """How long a call that was begun is believed to go on."""
        return timedelta(minutes=self.claim_minutes)

    def part_of_day(self, moment: time) -> str | None:
        """The part of the day that a time of day lies in, if any."""
        return next((name for name, (start, end) in self.parts_of_day.items() if start <= moment < end), None)

    @classmethod
    def of(cls, entries: Mapping[str, Any]) -> Self:
        """The rules out of the entries of the content file."""
        return cls.model_validate(entries)


@cache
def policies() -> Policies:
    """The rules of this deployment."""
    return Policies.of(load("outreach_rules")["entries"])
