"""When a centre is open and who is on duty."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from shared.domain.centres import Centre, Rung

DAY = [{"opens": "08:30", "closes": "12:00"}, {"opens": "13:00", "closes": "18:00"}]
ON_CALL = {"id": "oc", "name": "On Call", "rung": "on_call", "phone": "+8613800000004"}
MANAGER = {"id": "m", "name": "Manager", "rung": "manager", "phone": "+8613800000002"}


def centre(**values: Any) -> Centre:
    defaults: dict[str, Any] = {"id": "c", "name": "C", "locale": "zh-CN", "zone": "Asia/Shanghai", "country": "CN"}
    defaults |= {"phone": "+862150000000", "hours": {"monday": DAY}, "ladder": [MANAGER, ON_CALL]}
    return Centre.model_validate(defaults | values)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time of March 2026 in Shanghai, as UTC; the 16th is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=ZoneInfo("Asia/Shanghai")).astimezone(UTC)


def test_a_centre_is_open_in_its_intervals_and_not_at_lunch() -> None:
    hours = [at(16, 8, 29), at(16, 8, 30), at(16, 12, 0), at(16, 13), at(16, 18), at(17, 9)]
    assert [centre().is_open(t) for t in hours] == [False, True, False, True, False, False]


def test_make_up_days_come_before_holidays_and_holidays_before_the_week() -> None:
    monday = date(2026, 3, 16)
    closed = centre(holidays=[{"on": "2026-03-16", "name": "Holiday"}])
    made_up = centre(
        holidays=[{"on": "2026-03-16", "name": "Holiday"}],
        make_up_days=[{"on": "2026-03-16", "intervals": [{"opens": "10:00", "closes": "00:00"}]}],
    )
    assert len(centre().intervals_on(monday)) == 2
    assert closed.intervals_on(monday) == ()
    assert made_up.is_open(at(16, 23, 59))


def test_staff_without_duty_hours_are_there_when_the_centre_is_and_on_call_always() -> None:
    at_night = {**MANAGER, "id": "n", "duty": {"monday": [{"opens": "20:00", "closes": "00:00"}]}}
    there = centre(ladder=[MANAGER, at_night, ON_CALL])
    assert [p.id for p in there.on_duty(Rung.MANAGER, at(16, 9))] == ["m"]
    assert [p.id for p in there.on_duty(Rung.MANAGER, at(16, 21))] == ["n"]
    assert [p.id for p in there.on_duty(Rung.MANAGER, at(17, 9))] == []
    assert [p.id for p in there.on_duty(Rung.ON_CALL, at(17, 3))] == ["oc"]


@pytest.mark.parametrize(
    "values",
    [
        {"ladder": [MANAGER]},
        {"ladder": [{**ON_CALL, "duty": {"monday": DAY}}]},
        {"ladder": [ON_CALL, ON_CALL]},
        {"hours": {}},
        {"hours": {"monday": [{"opens": "12:00", "closes": "09:00"}]}},
        {"hours": {"monday": [DAY[1], DAY[0]]}},
        {"hours": {"monday": [{"opens": "09:00", "closes": "00:00"}, DAY[1]]}},
        {"hours": {"monday": [{"opens": "09:00+01:00", "closes": "10:00"}]}},
        {"zone": "Mars/Olympus"},
        {"webhooks": [{"id": "w", "kind": "slack", "url": "http://hooks.example.com/"}]},
        {"outreach": {"lapse_months": 0}},
    ],
)
def test_a_centre_that_could_leave_somebody_alone_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        centre(**values)
