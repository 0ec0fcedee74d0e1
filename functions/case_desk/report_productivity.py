"""The figures of a centre's week: how fast cases were answered and solved, who asked for them, what was promised.

Cases count in the ISO week (by the centre's wall clock) in which they were opened, promises in that in which they were
due. Times are minutes of the hours that each case's severity counts in: opening hours, or round the clock.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from math import ceil
from typing import Any, TypedDict

from shared.domain.cases import Case, Promise
from shared.domain.errors import InvalidInput, Violation

_WEEK = re.compile(r"\d{4}-W(0[1-9]|[1-4]\d|5[0-3])")
_TIMES = {
    "time_to_acknowledge": "acknowledge",
    "time_to_first_reply": "first_reply",
    "time_to_resolve": "resolve",
}
CSV_COLUMNS = ("centre", "week", "figure", "person", "count", "of", "rate", "median_minutes", "p90_minutes")


class TimesDict(TypedDict):
    """How long something took, over `count` cases; None where there are none."""

    count: int
    median_minutes: float | None
    p90_minutes: float | None


class RateDict(TypedDict):
    """A share: `count` of `of`; no rate where there are none."""

    count: int
    of: int
    rate: float | None


class ReportDict(TypedDict):
    """A centre's week."""

    centre_id: str
    week: str
    cases: int
    raised_by_themselves: RateDict
    asked_for: RateDict
    false_alarms: RateDict
    reopened: RateDict
    with_missed_deadline: RateDict
    times: dict[str, TimesDict]
    promises_kept: RateDict
    promises_kept_by_person: dict[str, RateDict]


def read_week(text: str | None, current: str, pointer: str = "/week") -> str:
    """A week as `2026-W47`, or the current one. Raises InvalidInput."""
    if text is None:
        return current
    if not _WEEK.fullmatch(text):
        raise InvalidInput([Violation(pointer, "a week is written as 2026-W47")])
    return text


def report_productivity(centre_id: str, week: str, cases: Sequence[Case], promises: Sequence[Promise]) -> ReportDict:
    """The figures of the cases that were opened, and the promises that were due, in a centre's week."""
    automatic = [case for case in cases if not case.asked_for]
    resolved = [case for case in cases if "resolve" in case.seconds_to]
    settled = [promise for promise in promises if promise.was_kept is not None]
    people = sorted({promise.staff_id for promise in settled})
    return {
        "centre_id": centre_id,
        "week": week,
        "cases": len(cases),
        "raised_by_themselves": _rate(len(automatic), len(cases)),
        "asked_for": _rate(len(cases) - len(automatic), len(cases)),
        "false_alarms": _rate(sum(case.false_alarm_by is not None for case in automatic), len(automatic)),
        "reopened": _rate(sum(case.times_reopened > 0 for case in resolved), len(resolved)),
        "with_missed_deadline": _rate(sum(case.deadlines_missed > 0 for case in cases), len(cases)),
        "times": {name: _times(case.seconds_to.get(key) for case in cases) for name, key in _TIMES.items()},
        "promises_kept": _kept(settled),
        "promises_kept_by_person": {
            person: _kept([promise for promise in settled if promise.staff_id == person]) for person in people
        },
    }


def as_csv(report: ReportDict) -> str:
    """The report as CSV (RFC 4180): one row per figure."""
    rows: list[dict[str, Any]] = [{"figure": "cases", "count": report["cases"]}]
    rates: dict[str, RateDict] = {
        "raised_by_themselves": report["raised_by_themselves"],
        "asked_for": report["asked_for"],
        "false_alarms": report["false_alarms"],
        "reopened": report["reopened"],
        "with_missed_deadline": report["with_missed_deadline"],
        "promises_kept": report["promises_kept"],
    }
    rows += [{"figure": name, **rate} for name, rate in rates.items()]
    rows += [{"figure": name, **times} for name, times in report["times"].items()]
    rows += [
        {"figure": "promises_kept", "person": _harmless(person), **rate}
        for person, rate in report["promises_kept_by_person"].items()
    ]
    text = io.StringIO()
    writer = csv.DictWriter(text, CSV_COLUMNS)
    writer.writeheader()
    writer.writerows({"centre": _harmless(report["centre_id"]), "week": report["week"], **row} for row in rows)
    return text.getvalue()


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile of values in order: the smallest that `share` of them do not exceed."""
    return values[max(ceil(share * len(values)), 1) - 1]


def _times(seconds: Iterable[int | None]) -> TimesDict:
    minutes = sorted(round(found / 60, 1) for found in seconds if found is not None)
    if not minutes:
        return {"count": 0, "median_minutes": None, "p90_minutes": None}
    middle = len(minutes) // 2
    median = minutes[middle] if len(minutes) % 2 else round((minutes[middle - 1] + minutes[middle]) / 2, 2)
    return {"count": len(minutes), "median_minutes": median, "p90_minutes": percentile(minutes, 0.9)}


def _rate(count: int, of: int) -> RateDict:
    return {"count": count, "of": of, "rate": round(count / of, 4) if of else None}


def _kept(promises: Sequence[Promise]) -> RateDict:
    return _rate(sum(promise.was_kept is True for promise in promises), len(promises))


def _harmless(key: str) -> str:
    """A key that a spreadsheet does not take for a formula."""
    return f"'{key}" if key[:1] in "=+-@" else key
