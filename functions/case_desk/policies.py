"""The policies of cases, out of content/case_policies.json: deadlines per severity, severity per reason."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict

from shared.content import load
from shared.domain.cases import ClockKind, Severity
from shared.domain.centres import Rung


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Policy(_Model):
    """What one severity asks for; times are minutes of its hours."""

    hours: Literal["business", "always"]
    acknowledge: int
    update: int
    resolve: int
    climb: int
    page_again: int
    starts_with: Rung
    urgency: Literal["routine", "urgent"]

    def target(self, kind: ClockKind) -> timedelta:
        """How long the centre has."""
        minutes = {
            ClockKind.ACKNOWLEDGE: self.acknowledge,
            ClockKind.UPDATE: self.update,
            ClockKind.RESOLVE: self.resolve,
        }
        return timedelta(minutes=minutes[kind])


class AfterResolution(_Model):
    """When a resolved case closes, and how long after its resolution it may be reopened."""

    close_after_hours: int
    reopen_within_hours: int

    @property
    def close_after(self) -> timedelta:
        """From the resolution until the case closes by itself."""
        return timedelta(hours=self.close_after_hours)

    @property
    def reopen_within(self) -> timedelta:
        """From the resolution until it is too late to reopen."""
        return timedelta(hours=self.reopen_within_hours)


class PromiseRules(_Model):
    """Minutes: until a promise without a time is due (opening hours), and around its due time (by the clock)."""

    default_minutes: int
    remind_before: int
    missed_after: int


class Policies(_Model):
    """All of them, as a service manager set them."""

    severities: Mapping[Severity, Policy]
    reasons: Mapping[str, Severity]
    asked_for: tuple[str, ...]
    signals: Mapping[str, Severity]
    grades: Mapping[int, Severity]
    after_resolution: AfterResolution
    promises: PromiseRules

    @classmethod
    @cache
    def of_content(cls) -> Self:
        """The policies as they are deployed."""
        return cls.model_validate(load("case_policies")["entries"])

    def severity_of(self, reason: str, grade: int | None = None, signals: Iterable[str] = ()) -> Severity:
        """The highest severity that the reason, the grade or a signal asks for; an unknown reason is medium."""
        asked = [self.reasons.get(reason, Severity.MEDIUM)]
        asked += [self.signals[signal] for signal in signals if signal in self.signals]
        if grade is not None and grade in self.grades:
            asked.append(self.grades[grade])
        return max(asked, key=lambda severity: severity.rank)
