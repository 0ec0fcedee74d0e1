"""Files of dealer systems as they come: what is read, and what is refused for which reason."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from local.read_rows import Habits, Row, UnusableFile, ignored_columns, read_day, read_moment, read_rows


def rows_of(
    tmp_path: Path, text: str | bytes, kind: str | None = None, name: str = "f.csv", **habits: Any
) -> list[Row]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(path, Habits(kind=kind, **habits)))


def test_an_owner_row_becomes_a_record_that_adds_to_what_is_known(tmp_path: Path) -> None:
    text = "\ufeffid;name;phone;phone 2;email;wechat\r\no1;王小梅;13800138000;021-50001111;a@b.cn;\r\n"
    (row,) = rows_of(tmp_path, text, "owner", zone="Asia/Shanghai", locale="zh-CN", as_of="2026-01-01T00:00:00Z")
    assert row.refusal is None
    assert row.record == {
        "record": "owner",
        "id": "o1",
        "name": "王小梅",
        "phones": [{"number": "13800138000"}, {"number": "021-50001111"}],
        "emails": [{"address": "a@b.cn"}],
        "complete": False,
        "zone": "Asia/Shanghai",
        "locale": "zh-CN",
        "as_of": "2026-01-01T00:00:00Z",
    }


def test_a_visit_gets_its_zone_and_its_operations(tmp_path: Path) -> None:
    text = 'id,vin,at,operations,summary\nRO-1,LRW3E7FA0RC000042,2025-06-03 10:30,a;b,"two\nlines"\n'
    (row,) = rows_of(tmp_path, text, "visit", zone="Asia/Shanghai")
    assert row.record is not None
    assert row.record["at"] == "2025-06-03T10:30:00+08:00"
    assert row.record["operations"] == ["a", "b"]
    assert row.record["summary"] == "two\nlines"


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("2024-02-29", None, date(2024, 2, 29)),
        ("2024/2/9", None, date(2024, 2, 9)),
        ("2024年2月9日", None, date(2024, 2, 9)),
        ("20240209", None, date(2024, 2, 9)),
        ("25.04.2024", None, date(2024, 4, 25)),
        ("04/25/2024", None, date(2024, 4, 25)),
        ("05/05/2024", None, date(2024, 5, 5)),
        ("03/04/2024", "dmy", date(2024, 4, 3)),
        ("03/04/2024", "mdy", date(2024, 3, 4)),
    ],
)
def test_a_plain_date_is_read(text: str, order: str | None, expected: date) -> None:
    assert read_day(text, order) == expected


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("03/04/2024", None),
        ("04/25/2024", "dmy"),
        ("2023-02-29", None),
        ("3/4/24", None),
        ("45123", None),
        ("yesterday", None),
        ("0001-01-01", None),
        ("01-02.2024", None),
        ("２０２４-０２-３０", None),
    ],
)
def test_what_is_no_date_or_could_be_two_is_refused(text: str, order: str | None) -> None:
    with pytest.raises(ValueError, match=r"is no|could be|lies in no"):
        read_day(text, order)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-09T10:30:00Z", "2024-02-09T10:30:00+00:00"),
        ("2024-02-09 10:30 +0530", "2024-02-09T10:30:00+05:30"),
        ("2024-02-09", "2024-02-09T12:00:00+01:00"),
        ("09.02.2024 08:05", None),
        ("23.02.2024 08:05:07.123", "2024-02-23T08:05:07+01:00"),
    ],
)
def test_moments_are_read_with_their_zone(text: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(ValueError, match="could be"):
            read_moment(text, None, "Europe/Berlin")
    else:
        assert read_moment(text, None, "Europe/Berlin").isoformat() == expected


@pytest.mark.parametrize("text", ["2024-02-09 25:00", "2024-02-09 10:30 noon", "2024-02-09 10:30", "2024-02-09 1:99"])
def test_a_moment_that_cannot_be_placed_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no time|says no time zone"):
        read_moment(text, None, None)


def test_two_formats_in_one_file_refuse_only_the_rows_that_could_be_two_days(tmp_path: Path) -> None:
    text = "vin,in_service_on\nA1234,2024-03-04\nB1234,25/04/2024\nC1234,03/04/2024\n"
    first, second, third = rows_of(tmp_path, text, "vehicle")
    assert first.record is not None
    assert second.record is not None
    assert second.record["in_service_on"] == "2024-04-25"
    assert (third.line, third.record) == (4, None)
    assert third.refusal is not None
    assert third.refusal.startswith("in_service_on could be 2024-04-03 or 2024-03-04")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("vin,model\nA1234,Model 3\nB1234,Mod", {2: True, 3: False}),  # cut in the middle of a value
        ("vin,model\nA1234,Model 3\nB12", {2: True, 3: False}),
        ("vin,model\nA1234,Model 3\nB1234,Model 3,more\nC1234,Model Y\n", {2: True, 3: False, 4: True}),
        ('vin,model\nA1234,"Model 3\n', {2: False}),
        ("vin,model\n\nA1234,Model 3\n", {3: True}),
    ],
)
def test_rows_that_are_cut_or_broken_are_refused_and_the_others_are_not(
    tmp_path: Path, text: str, lines: dict[int, bool]
) -> None:
    assert {row.line: row.refusal is None for row in rows_of(tmp_path, text, "vehicle")} == lines


def test_a_row_in_another_encoding_is_refused_unless_it_is_said(tmp_path: Path) -> None:
    text = "id,name\no1,王小梅\n".encode("gb18030")
    (refused,) = rows_of(tmp_path, text, "owner")
    assert refused.refusal is not None
    assert "--encoding" in refused.refusal
    (read,) = rows_of(tmp_path, text, "owner", encoding="gb18030")
    assert read.record is not None
    assert read.record["name"] == "王小梅"


@pytest.mark.parametrize(
    ("text", "kind", "reason"),
    [
        ("", "owner", "empty"),
        ("id,name\n", "owner", "no rows"),
        ("id,phone\no1,1\n", "owner", "no column name"),
        ("id,name,id\no1,W,o2\n", "owner", "more than once"),
        ("id,name\no1,W\n", None, "--kind"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(tmp_path: Path, text: str, kind: str | None, reason: str) -> None:
    with pytest.raises(UnusableFile, match=reason):
        rows_of(tmp_path, text, kind)


def test_a_zone_that_is_none_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(UnusableFile, match="Mars/Olympus is no time zone"):
        rows_of(tmp_path, "vin,at,km\nA1234,2025-01-01,5\n", "reading", zone="Mars/Olympus")


def test_json_lines_are_taken_as_they_are_and_a_cut_last_line_is_refused(tmp_path: Path) -> None:
    text = '{"record": "reading", "vin": "A1234", "at": "2026-01-01T00:00:00Z", "km": 5}\n\n[]\n{"record": "read'
    good, wrong, cut = rows_of(tmp_path, text, name="f.jsonl")
    assert good.record is not None
    assert good.record["km"] == 5
    assert (wrong.line, wrong.refusal) == (3, "is no JSON object")
    assert cut.refusal is not None
    assert "may be cut" in cut.refusal
    with pytest.raises(UnusableFile, match="blank"):
        rows_of(tmp_path, "\n \n", name="g.jsonl")


def test_columns_that_nothing_reads_are_named(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("vin,model,colour of seats\nA1234,Model 3,blue\n")
    assert ignored_columns(path, Habits(kind="vehicle")) == ["colour of seats"]
