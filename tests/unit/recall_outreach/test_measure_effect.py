"""The effect is told honestly: known intervals, both groups alike, and silence where there are too few."""

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.recall_outreach.choose_arm import is_held_out
from functions.recall_outreach.measure_effect import Arm, Finding, compare_shares, judge_uplift, measure_effect, wilson
from functions.recall_outreach.policies import policies
from functions.recall_outreach.report_effect import report_effect
from shared.domain.outreach import Attempt, Outcome, State, Task

RULES = policies().effect
MADE = datetime(2026, 3, 2, 21, tzinfo=UTC)
LATER = MADE + timedelta(days=61)


def task(number: int, state: State = State.OPEN, **values: Any) -> Task:
    defaults: dict[str, Any] = {
        "id": f"t-{number}",
        "centre_id": "c",
        "owner_id": f"o-{number}",
        "vin": "V",
        "due_on": MADE.date(),
        "because": "lapse",
        "made_at": MADE,
        "month": "2026-03",
        "state": state,
    }
    return Task.model_validate(defaults | values)


def call(outcome: Outcome, after: int = 1) -> Attempt:
    return Attempt(id="a", at=MADE + timedelta(days=after), by="m", outcome=outcome)


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        # R. G. Newcombe, Interval estimation for the difference between independent proportions, Statistics in
        # Medicine 17 (1998), table II, method 10.
        (Arm(70, 56), Arm(80, 48), 0.0524, 0.3339),
        (Arm(10, 9), Arm(10, 3), 0.1705, 0.8090),
        (Arm(56, 5), Arm(29, 0), -0.0381, 0.1926),
    ],
)
def test_the_interval_is_that_of_the_literature(first: Arm, second: Arm, low: float, high: float) -> None:
    found = compare_shares(first, second, RULES.z)
    assert found is not None
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)


_arms = st.integers(1, 3_000).flatmap(lambda size: st.builds(Arm, st.just(size), st.integers(0, size)))


@given(_arms, _arms)
def test_intervals_hold_their_value_and_stay_within_what_is_possible(one: Arm, other: Arm) -> None:
    share, difference = wilson(one, RULES.z), compare_shares(one, other, RULES.z)
    assert share is not None
    assert difference is not None
    assert -1e-12 <= share.low <= share.value + 1e-12
    assert share.value <= share.high + 1e-12 <= 1 + 1e-9
    assert -1 - 1e-9 <= difference.low <= difference.value + 1e-12
    assert difference.value <= difference.high + 1e-12 <= 1 + 1e-9


@given(_arms, _arms)
def test_an_effect_is_claimed_only_where_the_interval_leaves_zero_out(one: Arm, other: Arm) -> None:
    uplift = compare_shares(one, other, RULES.z)
    assert uplift is not None
    finding = judge_uplift(one, other, uplift, RULES)
    if finding in (Finding.RAISES, Finding.LOWERS):
        assert uplift.low > 0 or uplift.high < 0
        assert min(one.size, other.size) >= RULES.least_arm
    if finding is Finding.NO_DIFFERENCE:
        assert uplift.low < 0 < uplift.high or uplift.value == 0


def test_everybody_given_a_task_counts_whether_reached_or_not() -> None:
    tasks = [
        task(1, attempts=(call(Outcome.FINE),), returned_at=MADE + timedelta(days=20)),
        task(2),
        task(3, attempts=(call(Outcome.NO_ANSWER),)),
        task(4, State.HELD_OUT),
    ]
    effect = measure_effect(tasks, RULES, LATER)
    assert (effect.made, effect.contacted, effect.reached, effect.won_back) == (3, 2, 1, 1)
    assert (effect.asked, effect.held_out) == (Arm(3, 1), Arm(1, 0))
    assert effect.outcomes == {"fine": 1, "no_answer": 1}
    assert effect.finding is Finding.TOO_FEW


def test_who_came_before_being_spoken_to_came_back_but_was_not_won_back() -> None:
    came_first = task(1, attempts=(call(Outcome.FINE, 30),), returned_at=MADE + timedelta(days=10))
    assert measure_effect([came_first], RULES, LATER).won_back == 0
    assert measure_effect([came_first], RULES, LATER).asked == Arm(1, 1)


def test_a_visit_after_the_time_counts_for_nobody_and_time_not_over_is_waited_for() -> None:
    late = task(1, returned_at=MADE + timedelta(days=61))
    assert measure_effect([late], RULES, MADE + timedelta(days=90)).asked == Arm(1, 0)
    early = measure_effect([late, task(2, State.HELD_OUT)], RULES, MADE + timedelta(days=10))
    assert (early.asked, early.held_out, early.waiting, early.uplift) == (Arm(0, 0), Arm(0, 0), 2, None)


def many(asked: int, came: int, held_out: int, came_by_themselves: int) -> list[Task]:
    back = MADE + timedelta(days=30)
    first = [task(n, returned_at=back if n < came else None) for n in range(asked)]
    second = [
        task(n, State.HELD_OUT, returned_at=back if n - asked < came_by_themselves else None)
        for n in range(asked, asked + held_out)
    ]
    return first + second


@pytest.mark.parametrize(
    ("tasks", "finding", "begins"),
    [
        (many(9, 5, 1, 0), "too_few", "Too few to tell: with 9 asked and 1 held out"),
        (many(900, 270, 100, 15), "raises", "Asking brings owners back"),
        (many(900, 45, 100, 20), "lowers", "Asking keeps owners away"),
        (many(9_000, 900, 1_000, 100), "no_difference", "No difference that matters"),
        (many(300, 60, 33, 5), "too_few", "Too few to tell"),
        ([], "too_few", "Too few to tell: one of the groups has nobody"),
    ],
)
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_the_report_says_what_was_found_in_words(tasks: list[Task], finding: str, begins: str, locale: str) -> None:
    report = report_effect(tasks, RULES, centre_id="c", month="2026-03", now=LATER, locale=locale)
    assert report["finding"] == finding
    assert report["says"][0].startswith(begins) == (locale == "en")
    if tasks:
        assert report["uplift"]["value"].removesuffix(".0") in report["says"][-1]


# ------------------------------------------------------------------------- fleets of which the true effect is known

FLEETS = 1_500
"""So many that a share of 95 % is seen with a standard error of half a point."""


def fleet(seed: int, owners: int, by_themselves: float, uplift: float) -> tuple[Arm, Arm]:
    """A month of a simulated centre: who is held out as in every run, and who came back, by these chances."""
    draw = Random(seed)  # noqa: S311  chance that can be repeated
    sizes, came = [0, 0], [0, 0]
    for number in range(owners):
        held_out = is_held_out(f"owner-{seed}-{number}", policies().campaign, 10)
        sizes[held_out] += 1
        came[held_out] += draw.random() < by_themselves + (0 if held_out else uplift)
    return Arm(sizes[0], came[0]), Arm(sizes[1], came[1])


def seen(owners: int, by_themselves: float, uplift: float) -> tuple[float, dict[Finding, float]]:
    """How often the interval holds the true uplift, and how often each finding is reported."""
    covered, findings = 0, dict.fromkeys(Finding, 0)
    for seed in range(FLEETS):
        asked, held_out = fleet(seed, owners, by_themselves, uplift)
        found = compare_shares(asked, held_out, RULES.z)
        assert found is not None
        covered += found.low <= uplift <= found.high
        findings[judge_uplift(asked, held_out, found, RULES)] += 1
    return covered / FLEETS, {finding: count / FLEETS for finding, count in findings.items()}


@pytest.mark.parametrize(
    ("owners", "by_themselves", "uplift"), [(300, 0.10, 0.0), (300, 0.10, 0.10), (400, 0.20, 0.05), (400, 0.03, 0.02)]
)
def test_the_interval_holds_the_true_uplift_as_often_as_it_says(
    owners: int, by_themselves: float, uplift: float
) -> None:
    covered, _ = seen(owners, by_themselves, uplift)
    assert abs(covered - RULES.confidence_percent / 100) <= 0.02, covered


def test_where_calls_achieve_nothing_an_effect_is_reported_no_more_often_than_chance_allows() -> None:
    _, findings = seen(400, 0.15, 0.0)
    assert findings[Finding.RAISES] + findings[Finding.LOWERS] <= 0.06, findings
    assert findings[Finding.TOO_FEW] >= 0.9, findings


def test_a_large_effect_is_found_in_a_large_fleet_and_never_its_opposite() -> None:
    asked, held_out = zip(*(fleet(seed, 3_000, 0.10, 0.15) for seed in range(60)), strict=True)
    found = [judge_uplift(a, h, compare_shares(a, h, RULES.z), RULES) for a, h in zip(asked, held_out, strict=True)]
    assert set(found) == {Finding.RAISES}


def test_of_a_small_centre_nothing_is_claimed_however_large_the_effect_looks() -> None:
    _, findings = seen(100, 0.10, 0.6)
    assert findings[Finding.TOO_FEW] >= 0.99, findings
