"""Imports that stop, go on, meet refusals and broken networks."""

import json
from pathlib import Path
from typing import Any

import pytest

from local.import_records import BYTES_AT_ONCE, Interrupted, import_file
from local.read_rows import Habits, UnusableFile

READINGS = Habits(kind="reading", zone="UTC")


class Api:
    """Answers as POST /owner-records does: refuses readings of 13 km, and fails when it is told to."""

    def __init__(self, *failures: int | OSError | None) -> None:
        self.failures = list(failures)
        self.requests = 0
        self.records: list[dict[str, Any]] = []

    def __call__(self, body: bytes) -> tuple[int, Any]:
        self.requests += 1
        failure = self.failures.pop(0) if self.failures else None
        if isinstance(failure, OSError):
            raise failure
        if failure is not None:
            return failure, {"detail": "not now"}
        records = json.loads(body)["records"]
        refused = [
            {"index": index, "errors": [{"pointer": "/km", "detail": "brings bad luck"}]}
            for index, record in enumerate(records)
            if record["km"] == "13"
        ]
        self.records += [record for record in records if record["km"] != "13"]
        return 202, {"accepted": len(records) - len(refused), "refused": refused}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("local.import_records.time.sleep", lambda _: None)


def file_of(tmp_path: Path, rows: int, start: int = 1000) -> Path:
    path = tmp_path / "readings.csv"
    lines = [f"VIN{n:05},2025-01-01T00:00:00Z,{13 if n % 50 == 7 else start + n}" for n in range(rows)]
    path.write_text("\n".join(["vin,at,km", *lines, ""]))
    return path


def test_every_row_is_sent_once_and_refusals_are_reported_with_their_line(tmp_path: Path) -> None:
    api, said = Api(), list[str]()
    path = file_of(tmp_path, 250)
    assert import_file(path, READINGS, api, said.append) == 1
    assert (api.requests, len(api.records)) == (3, 245)
    report = (tmp_path / "readings.csv.refused.csv").read_text().splitlines()
    assert report[:2] == ["line,field,reason", "9,km,brings bad luck"]
    assert len(report) == 6
    assert "250 rows: 245 accepted, 0 doubted, 5 refused" in said
    assert not (tmp_path / "readings.csv.progress.json").exists()


def test_a_file_without_faults_leaves_nothing_behind(tmp_path: Path) -> None:
    path = file_of(tmp_path, 7)
    assert import_file(path, READINGS, Api(), lambda _: None) == 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_stopped_import_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = file_of(tmp_path, 350)
    first = Api(None, None, *[503] * 6)
    with pytest.raises(Interrupted, match="503"):
        import_file(path, READINGS, first, lambda _: None)
    second, said = Api(), list[str]()
    assert import_file(path, READINGS, second, said.append) == 1
    assert said[0] == "going on after 200 rows"
    assert [r["vin"] for r in first.records + second.records] == [f"VIN{n:05}" for n in range(350) if n % 50 != 7]
    assert len((tmp_path / "readings.csv.refused.csv").read_text().splitlines()) == 8


def test_what_a_crash_wrote_into_the_report_is_not_there_twice(tmp_path: Path) -> None:
    path = file_of(tmp_path, 150)
    with pytest.raises(Interrupted):
        import_file(path, READINGS, Api(None, *[503] * 6), lambda _: None)
    report = tmp_path / "readings.csv.refused.csv"
    report.write_bytes(report.read_bytes() + b"109,km,half of a batch\r\n")
    import_file(path, READINGS, Api(), lambda _: None)
    assert [line.partition(",")[0] for line in report.read_text().splitlines()] == ["line", "9", "59", "109"]


def test_a_changed_file_is_not_gone_on_with(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        import_file(file_of(tmp_path, 150), READINGS, Api(None, *[503] * 6), lambda _: None)
    with pytest.raises(UnusableFile, match="differs"):
        import_file(file_of(tmp_path, 150, start=2000), READINGS, Api(), lambda _: None)
    with pytest.raises(UnusableFile, match="differs"):
        import_file(file_of(tmp_path, 20), READINGS, Api(), lambda _: None)


def test_broken_connections_and_busy_answers_are_tried_again(tmp_path: Path) -> None:
    api = Api(ConnectionResetError("reset"), 429, 500)
    assert import_file(file_of(tmp_path, 5), READINGS, api, lambda _: None) == 0
    assert (api.requests, len(api.records)) == (4, 5)


def test_a_refused_token_is_not_tried_again(tmp_path: Path) -> None:
    api = Api(401)
    with pytest.raises(Interrupted, match="401"):
        import_file(file_of(tmp_path, 5), READINGS, api, lambda _: None)
    assert api.requests == 1


def test_long_rows_travel_in_several_requests_and_a_monster_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.jsonl"
    row = {"record": "reading", "vin": "A1234", "km": 1, "source": "x" * (BYTES_AT_ONCE // 3)}
    monster = {**row, "source": "x" * (BYTES_AT_ONCE + 1)}
    path.write_text("".join(json.dumps(r) + "\n" for r in [row, row, row, monster]))
    api = Api()
    assert import_file(path, Habits(), api, lambda _: None) == 1
    assert len(api.records) == 3


def test_readings_that_contradict_each_other_in_the_file_are_told(tmp_path: Path) -> None:
    path, said = tmp_path / "f.csv", list[str]()
    path.write_text("vin,at,km\nA1234,2025-01-01,5000\nA1234,2025-02-01,900\nA1234,2025-03-01,7000\n")
    assert import_file(path, READINGS, Api(), said.append) == 0
    assert said[0].startswith("line 3: other rows of the vehicle contradict its odometer")
