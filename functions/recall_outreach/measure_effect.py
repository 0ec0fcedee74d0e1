"""Measure what asking achieves: shares of owners who came back, asked against held out, with how sure that is.

Everybody who was given a task counts as asked, reached or not, since only then do both groups differ in nothing but
the asking. Shares carry Wilson's interval, their difference Newcombe's (1998, method 10), which stays honest for few.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from math import sqrt
from typing import NamedTuple

from functions.recall_outreach.policies import EffectRules
from shared.domain.outreach import Outcome, State, Task


class Finding(StrEnum):
    """What the report may say."""

    TOO_FEW = "too_few"
    RAISES = "raises"
    LOWERS = "lowers"
    NO_DIFFERENCE = "no_difference"


class Arm(NamedTuple):
    """A group of which enough time has passed, and how many of it came back in time."""

    size: int
    came_back: int

    @property
    def share(self) -> float | None:
        """Of those in it, how many came back."""
        return self.came_back / self.size if self.size else None


class Interval(NamedTuple):
    """A share or a difference of shares, with its interval of confidence."""

    low: float
    value: float
    high: float


class Effect(NamedTuple):
    """What became of the tasks of a centre and month."""

    made: int
    contacted: int
    reached: int
    won_back: int
    waiting: int
    outcomes: dict[str, int]
    asked: Arm
    held_out: Arm
    uplift: Interval | None
    finding: Finding


def measure_effect(tasks: Iterable[Task], rules: EffectRules, now: datetime) -> Effect:
    """The effect as known at `now`; owners whose time is not yet over are waiting and count for neither group."""
    asked_all: list[Task] = []
    held_all: list[Task] = []
    for task in tasks:
        (held_all if task.state is State.HELD_OUT else asked_all).append(task)
    asked, held_out = _arm(asked_all, rules, now), _arm(held_all, rules, now)
    over = sum(now >= task.made_at + rules.within for task in (*asked_all, *held_all))
    uplift = compare_shares(asked, held_out, rules.z)
    outcomes: dict[str, int] = {}
    for task in asked_all:
        for attempt in task.attempts:
            if attempt.outcome is not Outcome.CALLING:
                outcomes[attempt.outcome.value] = outcomes.get(attempt.outcome.value, 0) + 1
    return Effect(
        made=len(asked_all),
        contacted=sum(bool(task.attempts) for task in asked_all),
        reached=sum(task.reached_at is not None for task in asked_all),
        won_back=sum(task.is_won_back and _in_time(task, rules) for task in asked_all),
        waiting=len(asked_all) + len(held_all) - over,
        outcomes=outcomes,
        asked=asked,
        held_out=held_out,
        uplift=uplift,
        finding=judge_uplift(asked, held_out, uplift, rules),
    )


def judge_uplift(asked: Arm, held_out: Arm, uplift: Interval | None, rules: EffectRules) -> Finding:
    """A difference only where the interval leaves zero out; none only where it leaves every one that matters out."""
    if uplift is None or min(asked.size, held_out.size) < rules.least_arm:
        return Finding.TOO_FEW
    if uplift.low > 0:
        return Finding.RAISES
    if uplift.high < 0:
        return Finding.LOWERS
    within = rules.no_difference_within
    return Finding.NO_DIFFERENCE if -within < uplift.low and uplift.high < within else Finding.TOO_FEW


def wilson(arm: Arm, z: float) -> Interval | None:
    """A share with Wilson's score interval (1927); None of nobody."""
    n, share = arm.size, arm.share
    if share is None:
        return None
    centre = share + z * z / (2 * n)
    width = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return Interval(max((centre - width) / scale, 0.0), share, min((centre + width) / scale, 1.0))


def compare_shares(first: Arm, second: Arm, z: float) -> Interval | None:
    """The difference of two shares with Newcombe's hybrid score interval; None where one of them is empty."""
    a, b = wilson(first, z), wilson(second, z)
    if a is None or b is None:
        return None
    difference = a.value - b.value
    low = difference - sqrt((a.value - a.low) ** 2 + (b.high - b.value) ** 2)
    high = difference + sqrt((a.high - a.value) ** 2 + (b.value - b.low) ** 2)
    return Interval(low, difference, high)


def _arm(tasks: Iterable[Task], rules: EffectRules, now: datetime) -> Arm:
    over = [task for task in tasks if now >= task.made_at + rules.within]
    return Arm(len(over), sum(_in_time(task, rules) for task in over))


def _in_time(task: Task, rules: EffectRules) -> bool:
    return task.returned_at is not None and task.returned_at <= task.made_at + rules.within
