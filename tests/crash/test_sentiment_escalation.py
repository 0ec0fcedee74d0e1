"""The harness sees it when a write of the conversations loses its condition."""

import pytest

from tests.crash import sentiment_escalation
from tests.crash.harness import How, Scenario, disturb, run

HEATING_UP = Scenario("heating up", sentiment_escalation.heating_up)
WAITING = Scenario("nobody answers", sentiment_escalation.waiting)


def test_messages_taken_in_twice_are_noticed() -> None:
    expected, _ = run(HEATING_UP)
    seen, weakened = run(HEATING_UP, replay=True, strip="attribute_not_exists(pk)")
    assert weakened.stripped
    assert seen != expected


def test_a_change_over_somebody_elses_is_noticed() -> None:
    assert disturb(HEATING_UP, strip="version = :before", ways=(How.INTRUDED,))


@pytest.mark.parametrize("condition", ["version = :before", "attribute_not_exists(pk)"])
def test_one_condition_alone_still_takes_a_step_once(condition: str) -> None:
    told = run(WAITING)[0]["told"]
    seen, weakened = run(WAITING, replay=True, strip=condition)
    assert weakened.stripped
    assert seen["told"].keys() == told.keys()
