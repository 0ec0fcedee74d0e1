"""Scores messages from a stream of JSON lines: what `aftercare score` does."""

from __future__ import annotations

import json
from typing import Any, TextIO

from functions.sentiment_escalation.agitation.engine import embedded_engine
from functions.sentiment_escalation.agitation.reading import AgitationEngine, Reading, Span


def score_lines(stdin: TextIO, stdout: TextIO, stderr: TextIO, engine: AgitationEngine | None = None) -> int:
    """Read `{"id", "text"}` lines and write a reading for each; bad lines are named on `stderr` and skipped.

    Returns 0: a bad line is told, not a failure of the rest.
    """
    reader = engine or embedded_engine()
    for number, line in enumerate(getattr(stdin, "buffer", stdin), start=1):
        if not line.strip():
            continue
        try:
            identity, text = _message(line)
        except ValueError as problem:
            stderr.write(f"line {number}: {problem}\n")
            continue
        stdout.write(json.dumps({"id": identity, **as_document(reader.read(text))}, ensure_ascii=False) + "\n")
        stdout.flush()
    return 0


def as_document(reading: Reading) -> dict[str, Any]:
    """A reading as plain JSON values."""
    return {
        "probability": reading.probability,
        "grade": int(reading.grade),
        "signals": [
            {"name": signal.name, "spans": [_document_of(span) for span in signal.spans]} for signal in reading.signals
        ],
        "evidence": [{**_document_of(found.span), "weight": found.weight} for found in reading.evidence],
        "language": reading.language,
        "confidence": reading.confidence,
        "engine_version": reading.engine_version,
    }


def _document_of(span: Span) -> dict[str, Any]:
    return {"start": span.start, "end": span.end, "text": span.text}


def _message(line: str | bytes) -> tuple[str | int, str]:
    try:
        document = json.loads(line)
    except UnicodeDecodeError as error:
        raise ValueError("not UTF-8") from error
    except (json.JSONDecodeError, RecursionError) as error:
        raise ValueError("not a line of JSON") from error
    if not isinstance(document, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - all that is wrong with a line is one error
    identity, text = document.get("id"), document.get("text")
    if isinstance(identity, bool) or not isinstance(identity, str | int):
        raise ValueError("`id` is missing or neither text nor a whole number")  # noqa: TRY004
    if not isinstance(text, str):
        raise ValueError("`text` is missing or no text")  # noqa: TRY004
    return identity, text.encode("utf-8", "replace").decode("utf-8")
