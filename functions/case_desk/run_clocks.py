"""Start, pause, meet and tighten the clocks of a case; each keeps how its deadline was computed."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from functions.case_desk.desk import Desk
from functions.case_desk.policies import Policy
from shared.domain.business_time import Calendar, Clock, Deadline, add_business_time
from shared.domain.cases import CaseClock, ClockKind, Stretch, seconds


def start_clock(kind: ClockKind, policy: Policy, desk: Desk, at: datetime) -> CaseClock:
    """A clock that begins to run at `at`."""
    clock = CaseClock(
        kind=kind,
        target_s=seconds(policy.target(kind)),
        used_s=0,
        round_the_clock=policy.hours == "always",
        running_since=at,
        due_at=None,
        steps=(),
    )
    return _with_deadline(clock, desk)


def pause(clock: CaseClock, desk: Desk, at: datetime) -> CaseClock:
    """The clock stopped; one that was missed stops climbing, but stays missed."""
    if not clock.is_running:
        return clock
    if clock.breached_at is not None:
        return clock.model_copy(update={"running_since": None, "climbs_at": None})
    paused = _of(clock).paused(at, desk.hours(round_the_clock=clock.round_the_clock))
    return clock.model_copy(update={"used_s": seconds(paused.used), "running_since": None, "due_at": None, "steps": ()})


def resume(clock: CaseClock, policy: Policy, desk: Desk, at: datetime) -> CaseClock:
    """The clock running on where it was paused."""
    if clock.met_at is not None or clock.running_since is not None:
        return clock
    running = clock.model_copy(update={"running_since": at})
    return _with_deadline(running, desk) if clock.breached_at is None else climb_after(running, policy, desk, at)


def meet(clock: CaseClock, at: datetime) -> CaseClock:
    """The clock met: nothing is due of it any more."""
    return clock if clock.met_at is not None else clock.model_copy(update={"met_at": at, "climbs_at": None})


def tighten(clock: CaseClock, policy: Policy, desk: Desk, at: datetime) -> CaseClock:
    """The clock by a stricter policy, counted from `at` on; never due later than it was."""
    if clock.met_at is not None:
        return clock
    if clock.breached_at is not None:
        return _sooner(clock, policy, desk, at)
    stricter = start_clock(clock.kind, policy, desk, at)
    if clock.due_at is not None and stricter.due_at is not None and stricter.due_at >= clock.due_at:
        return clock
    return stricter if clock.running_since is not None else pause(stricter, desk, at)


def climb_after(clock: CaseClock, policy: Policy, desk: Desk, at: datetime) -> CaseClock:
    """The missed clock with the time of its next climb."""
    next_climb = add_business_time(at, timedelta(minutes=policy.climb), _calendar(clock, policy, desk)).due_at
    return clock.model_copy(update={"climbs_at": next_climb})


def page_after(clock: CaseClock, policy: Policy, desk: Desk, at: datetime) -> CaseClock:
    """The missed clock, at the top of the ladder, with the time at which those on call are paged again."""
    next_page = add_business_time(at, timedelta(minutes=policy.page_again), _calendar(clock, policy, desk)).due_at
    return clock.model_copy(update={"climbs_at": next_page})


def _sooner(clock: CaseClock, policy: Policy, desk: Desk, at: datetime) -> CaseClock:
    """A missed clock climbs, or pages again, no later than a stricter policy has it."""
    if clock.climbs_at is None or clock.running_since is None:
        return clock
    stricter = climb_after(clock, policy, desk, at)
    sooner = stricter.climbs_at is not None and stricter.climbs_at < clock.climbs_at
    return stricter if sooner else clock


def used_up(clock: CaseClock, desk: Desk, at: datetime) -> int:
    """The seconds that counted until `at`."""
    return seconds(_of(clock).used_up(at, desk.hours(round_the_clock=clock.round_the_clock)))


def replaced(
    clocks: Iterable[CaseClock], kind: ClockKind, change: Callable[[CaseClock], CaseClock]
) -> tuple[CaseClock, ...]:
    """The clocks with one of them changed."""
    return tuple(change(clock) if clock.kind is kind else clock for clock in clocks)


def _calendar(clock: CaseClock, policy: Policy, desk: Desk) -> Calendar:
    """The hours of the clock; round the clock where the case has become so severe since it was started."""
    return desk.hours(round_the_clock=clock.round_the_clock or policy.hours == "always")


def _of(clock: CaseClock) -> Clock:
    return Clock(timedelta(seconds=clock.target_s), timedelta(seconds=clock.used_s), clock.running_since)


def _with_deadline(clock: CaseClock, desk: Desk) -> CaseClock:
    deadline = _of(clock).deadline(desk.hours(round_the_clock=clock.round_the_clock))
    if deadline is None:
        return clock
    return clock.model_copy(update={"due_at": deadline.due_at, "steps": _stretches(deadline)})


def _stretches(deadline: Deadline) -> tuple[Stretch, ...]:
    return tuple(Stretch(start=step.start, end=step.end, counted_s=seconds(step.counted)) for step in deadline.steps)
