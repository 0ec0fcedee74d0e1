"""`aftercare score`: a reading for each good line, a report for each bad one."""

import io
import json
from typing import Any

from functions.sentiment_escalation.agitation.reading import Evidence, Grade, Reading, Signal, Span
from functions.sentiment_escalation.score_lines import score_lines


class Engine:
    def read(self, text: str) -> Reading:
        span = Span(0, 3, text[:3])
        return Reading(
            0.9, Grade.AGITATED, (Signal("human_request", (span,)),), (Evidence(span, 1.5),), "en", "high", "test"
        )


def _run(text: str | bytes) -> tuple[int, list[dict[str, Any]], str]:
    raw = text if isinstance(text, bytes) else text.encode()
    stdout, stderr = io.StringIO(), io.StringIO()
    code = score_lines(io.TextIOWrapper(io.BytesIO(raw), encoding="utf-8"), stdout, stderr, Engine())
    return code, [json.loads(line) for line in stdout.getvalue().splitlines()], stderr.getvalue()


def test_a_line_gets_a_reading() -> None:
    code, lines, complaints = _run('{"id": "a", "text": "why so late"}\n')
    span = {"start": 0, "end": 3, "text": "why"}
    assert lines == [
        {
            "id": "a",
            "probability": 0.9,
            "grade": 2,
            "signals": [{"name": "human_request", "spans": [span]}],
            "evidence": [{**span, "weight": 1.5}],
            "language": "en",
            "confidence": "high",
            "engine_version": "test",
        }
    ]
    assert (code, complaints) == (0, "")


def test_bad_lines_are_reported_with_their_number_and_skipped() -> None:
    bad = ["no json", "[]", '{"text": "no id"}', '{"id": 1, "text": null}', '{"id": true, "text": "x"}', "[" * 9_000]
    code, lines, complaints = _run("\n".join([*bad, "", '{"id": 7, "text": "好"}']))
    assert [line["id"] for line in lines] == [7]
    assert [complaint.split(":")[0] for complaint in complaints.splitlines()] == [f"line {n}" for n in range(1, 7)]
    assert code == 0


def test_bytes_that_are_no_utf8_spoil_only_their_line() -> None:
    _, lines, complaints = _run(b'\xff\xfe\x00\n{"id": "b", "text": "ok"}\n')
    assert [line["id"] for line in lines] == ["b"]
    assert complaints.startswith("line 1: ")


def test_half_a_surrogate_is_no_reason_to_stop() -> None:
    _, lines, _ = _run('{"id": "c", "text": "\\ud83d late"}\n')
    assert [line["id"] for line in lines] == ["c"]


def test_no_lines_are_no_readings() -> None:
    assert _run("") == (0, [], "")
