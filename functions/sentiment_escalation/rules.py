"""The rules of conversations, out of content/conversation_rules.json."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from functools import cache
from typing import Self

from pydantic import BaseModel, ConfigDict

from shared.content import load
from shared.domain.conversations import DelayKind
from shared.domain.trajectory import TrajectoryRules


class Step(StrEnum):
    """What is done about a delay, in this order."""

    TELL_CUSTOMER = "tell_customer"
    PAGE_MANAGER = "page_manager"
    ESCALATE = "escalate"


STEPS = tuple(Step)


class ConversationRules(BaseModel):
    """How heat is followed, which signals are enough by themselves, and when a delay is acted on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trajectory: TrajectoryRules
    hard: Mapping[str, str]
    delays: Mapping[DelayKind, Mapping[Step, int]]
    steps_apart_minutes: int

    @classmethod
    @cache
    def of_content(cls) -> Self:
        """The rules as they are deployed."""
        return cls.model_validate(load("conversation_rules")["entries"])

    @property
    def steps_apart(self) -> timedelta:
        """What lies at least between two steps, by the clock."""
        return timedelta(minutes=self.steps_apart_minutes)

    def patience(self, kind: DelayKind, step: Step) -> timedelta:
        """Opening hours after which a step is due."""
        return timedelta(minutes=self.delays[kind][step])
