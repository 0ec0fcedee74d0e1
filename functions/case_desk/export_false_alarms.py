"""Export what managers marked "not upset", as JSON Lines in the shape that the agitation engine's training reads.

A line is a message that the engine had read before the mark: its words, the grade that the manager gave, what the
engine had made of it. Words of people whose data was erased are gone with their case.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any, TypedDict

from shared.adapters.cases_table import CasesTable, week_of
from shared.domain.cases import Entry
from shared.domain.errors import InvalidInput, Violation

MOST_WEEKS = 53
_ASKED = ("opened", "merged")


class FalseAlarmDict(TypedDict):
    """One line; `id` to `source` as in the corpus, then what the engine had read."""

    id: str
    lang: str
    text: str
    grade: int
    signals: list[str]
    topic: str
    source: str
    read_grade: int
    probability: float | None
    engine: str | None


def export_false_alarms(cases: CasesTable, centre_id: str, weeks: Sequence[str]) -> str:
    """The false alarms that were marked in a centre in these ISO weeks, a line each; empty where there are none."""
    return "".join(
        f"{json.dumps(line, ensure_ascii=False)}\n"
        for week in weeks
        for mark in cases.false_alarms(centre_id, week)
        for line in _lines(mark, cases.timeline(mark.case_id))
    )


def weeks_between(first: str, last: str) -> Sequence[str]:
    """The ISO weeks from the first to the last, both included. Raises InvalidInput where they are too many or none."""
    day, end = _monday(first, "/from"), _monday(last, "/to")
    weeks: list[str] = []
    while day <= end and len(weeks) <= MOST_WEEKS:
        weeks.append(week_of(day))
        day += timedelta(weeks=1)
    if not weeks:
        raise InvalidInput([Violation("/to", "this is before `from`")])
    if len(weeks) > MOST_WEEKS:
        raise InvalidInput([Violation("/from", f"at most {MOST_WEEKS} weeks at once")])
    return weeks


def _monday(week: str, pointer: str) -> date:
    try:
        return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
    except ValueError:
        raise InvalidInput([Violation(pointer, "there is no such week")]) from None


def _lines(mark: Entry, timeline: Sequence[Entry]) -> Iterator[FalseAlarmDict]:
    """What the engine had read of the case; of an erased case, whose timeline is gone, nothing."""
    for entry in timeline:
        data: dict[str, Any] = entry.data
        if entry.seq < mark.seq and entry.kind in _ASKED and data.get("words") and data.get("grade") is not None:
            yield {
                "id": f"{entry.case_id}-{entry.seq}",
                "lang": data.get("language", ""),
                "text": data["words"],
                "grade": mark.data["grade"],
                "signals": data.get("signals", []),
                "topic": data["reason"],
                "source": data.get("channel", ""),
                "read_grade": data["grade"],
                "probability": data.get("probability"),
                "engine": data.get("engine"),
            }
