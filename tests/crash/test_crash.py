"""Wherever a door is stopped, and whoever overtakes it: the end is the same, nothing is lost, nobody is told twice."""

import pytest

from tests.crash.harness import How, Scenario, disturb, run
from tests.crash.scenarios import SCENARIOS

CASE_DESK, ANSWERED, UNANSWERED = SCENARIOS[:3]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_stopped_at_any_call_the_end_is_the_same(scenario: Scenario) -> None:
    assert disturb(scenario) == []


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_delivered_once_more_backwards_nothing_changes(scenario: Scenario) -> None:
    expected, _ = run(scenario)
    seen, _ = run(scenario, replay=True)
    assert seen == expected


def test_the_undisturbed_end_holds_something(capsys: pytest.CaptureFixture[str]) -> None:
    for scenario in SCENARIOS:
        seen, interceptor = run(scenario)
        assert len(interceptor.calls) > 5
        assert any(seen.values())


@pytest.mark.parametrize(
    ("scenario", "condition"),
    [
        (CASE_DESK, "version = :before"),
        (CASE_DESK, "attribute_not_exists(pk)"),
        (ANSWERED, "attribute_not_exists(pk)"),
        (ANSWERED, "attribute_not_exists(case_id) AND rev = :answers"),
        (UNANSWERED, "version = :before"),
    ],
)
def test_a_write_without_its_condition_is_noticed(scenario: Scenario, condition: str) -> None:
    _, weakened = run(scenario, strip=condition)
    assert weakened.stripped
    assert disturb(scenario, strip=condition, ways=(How.INTRUDED,))
