"""Crash enumeration: stops a door at each single AWS call in turn, lets it be tried again, and compares the end.

A scenario is a list of deliveries (an event to a door, tried again until it succeeds) over an empty account, and a way
to observe the end. For each AWS call of the undisturbed run the scenario is run anew twice:

- **stopped**: the process dies when the call has taken effect, before its answer is read; the delivery comes again;
- **overtaken**: before the call, another process handles the same delivery from beginning to end;
- **intruded**: before the call, another process makes a change of its own, where the scenario names one.

To die before a call is to die after the one before it. The end must be the same as undisturbed; after an intrusion,
whose place in the order differs, its essence must be the same wherever it came. `replay` delivers everything once more,
the last first; `strip` takes a condition off the writes, which the harness must notice.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pytest
from botocore.client import BaseClient
from moto import mock_aws

type Delivery = Callable[[], None]


class Stage:
    """A built scenario: what is delivered, and what there is to see in the end.

    `intrude` is a change that somebody else may make at any time; `essence` is what must then be true of the end,
    whenever that was: nothing of either is lost.
    """

    def __init__(
        self,
        deliveries: Sequence[Delivery],
        observe: Callable[[], Any],
        *,
        intrude: Delivery | None = None,
        essence: Callable[[], Any] | None = None,
    ) -> None:
        self.deliveries = deliveries
        self.observe = observe
        self.intrude = intrude
        self.essence = essence


@dataclass(frozen=True)
class Scenario:
    """A named way to build a stage in an empty account; the monkeypatch is undone after the run."""

    name: str
    build: Callable[[pytest.MonkeyPatch], Stage]


class How(StrEnum):
    """What befalls a call."""

    STOPPED = "stopped"
    OVERTAKEN = "overtaken"
    INTRUDED = "intruded"


class Crash(BaseException):
    """The process ends here. No handler of exceptions may catch it, as none can catch a time-out of Lambda."""


@dataclass(frozen=True)
class Difference:
    """A disturbance after which the end was another one."""

    how: str
    call: int
    operation: str
    what: str


class _Interceptor:
    """Stands before every AWS call while a delivery is being handled."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.strike: tuple[int, How] | None = None
        self.handle_again: Delivery | None = None
        self.intrude: Delivery | None = None
        self.active = False
        self.strip: str | None = None
        self.stripped = 0

    def __call__(self, make: Callable[..., Any], client: BaseClient, operation: str, arguments: Any) -> Any:
        if self.strip is not None:
            arguments = self._weaken(arguments)
        if not self.active:
            return make(client, operation, arguments)
        self.calls.append(operation)
        number, how = self.strike or (0, None)
        if len(self.calls) != number:
            return make(client, operation, arguments)
        other = {How.OVERTAKEN: self.handle_again, How.INTRUDED: self.intrude}.get(how) if how else None
        if other is not None:
            self.active = False
            other()
            self.active = True
        answer = make(client, operation, arguments)
        if how is How.STOPPED:
            raise Crash
        return answer

    def _weaken(self, arguments: Any) -> Any:
        if isinstance(arguments, dict):
            if arguments.get("ConditionExpression") == self.strip:
                self.stripped += 1
                arguments = {key: value for key, value in arguments.items() if key != "ConditionExpression"}
            return {key: self._weaken(value) for key, value in arguments.items()}
        return [self._weaken(value) for value in arguments] if isinstance(arguments, list) else arguments


@contextmanager
def _account(interceptor: _Interceptor) -> Iterator[pytest.MonkeyPatch]:
    """An empty account whose calls go through the interceptor."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
            patch.setenv(name, "testing")
        patch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        make = BaseClient._make_api_call  # type: ignore[attr-defined]
        patch.setattr(
            BaseClient,
            "_make_api_call",
            lambda client, operation, arguments: interceptor(make, client, operation, arguments),
        )
        yield patch


def run(
    scenario: Scenario,
    strike: tuple[int, How] | None = None,
    *,
    replay: bool = False,
    strip: str | None = None,
) -> tuple[Any, _Interceptor]:
    """Run a scenario to its end, with at most one disturbance; what there is to see, and the calls made."""
    interceptor = _Interceptor()
    with _account(interceptor) as patch:
        stage = scenario.build(patch)
        interceptor.strip, interceptor.strike, interceptor.intrude = strip, strike, stage.intrude
        for delivery in [*stage.deliveries, *(reversed(stage.deliveries) if replay else ())]:
            interceptor.handle_again = delivery
            interceptor.active = True
            try:
                delivery()
            except Crash:
                interceptor.active = False
                delivery()
            interceptor.active = False
        interceptor.strip = None
        intruded = strike is not None and strike[1] is How.INTRUDED
        return (stage.essence() if intruded and stage.essence else stage.observe()), interceptor


def disturb(scenario: Scenario, *, strip: str | None = None, ways: Sequence[How] = tuple(How)) -> list[Difference]:
    """Disturb each call in each of these ways; the disturbances that changed the end."""
    undisturbed, interceptor = run(scenario, strip=strip)
    expected = dict.fromkeys(How, undisturbed)
    if How.INTRUDED in ways and interceptor.intrude is not None:
        expected[How.INTRUDED] = run(scenario, (1, How.INTRUDED))[0]
    found = []
    for number, operation in enumerate(interceptor.calls, 1):
        for how in ways:
            if how is How.INTRUDED and interceptor.intrude is None:
                continue
            seen, _ = run(scenario, (number, how), strip=strip)
            if seen != expected[how]:
                found.append(Difference(how, number, operation, _first_difference(expected[how], seen)))
    return found


def _first_difference(expected: Any, seen: Any) -> str:
    """Where two observations differ first, for the report of a failed test."""
    if isinstance(expected, dict) and isinstance(seen, dict):
        for key in [*expected, *seen]:
            if expected.get(key) != seen.get(key):
                return f"{key}: {_first_difference(expected.get(key), seen.get(key))}"
    if isinstance(expected, list) and isinstance(seen, list):
        missing = [item for item in expected if item not in seen]
        extra = [item for item in seen if item not in expected]
        return f"missing {missing[:1]}, extra {extra[:1]}"
    return f"{expected!r} became {seen!r}"
