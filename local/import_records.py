"""Import a file of a dealer system through the API: streamed in batches, resumable, with a report of what was refused.

Beside FILE stand FILE.refused.csv (line, field, reason) and, until all is done, FILE.progress.json. Started again, an
import goes on where it stopped; sent twice, a row changes nothing, since each has its own business key.
"""

from __future__ import annotations

import csv
import http.client
import io
import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import batched
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from functions.owner_journey.fold_vehicle import believe
from local.read_rows import Habits, Row, UnusableFile, ignored_columns, read_rows
from shared.domain.vehicles import Reading

ROWS_AT_ONCE = 100
BYTES_AT_ONCE = 180_000
_ATTEMPTS = 6
_PATIENCE_S = 30
_MOST_SHOWN = 20
_REPORT_HEAD = b"line,field,reason\r\n"

type Post = Callable[[bytes], tuple[int, Any]]
"""Sends a body to POST /owner-records; answers with the status and the decoded answer, or raises OSError."""


class Interrupted(Exception):
    """The API could not be reached or would not take a batch; what was sent is remembered."""


@dataclass(frozen=True)
class Progress:
    """How far an import has come."""

    rows: int = 0
    accepted: int = 0
    refused: int = 0
    digest: str = ""
    report_bytes: int = len(_REPORT_HEAD)


@dataclass(frozen=True)
class Refused:
    """A row, or one field of it, that was not taken."""

    line: int
    place: str
    reason: str


class Journal:
    """What stands beside the file: the report of refused rows, and how far the import has come."""

    def __init__(self, path: Path) -> None:
        self.report = path.with_name(f"{path.name}.refused.csv")
        self._progress = path.with_name(f"{path.name}.progress.json")
        self.progress = Progress()
        if self._progress.exists():
            self.progress = Progress(**json.loads(self._progress.read_text()))

    def enter(self, rows: int, digest: str, refused: Sequence[Refused]) -> None:
        """Enter a batch: first its refused rows, then, at once, that it is done."""
        text = io.StringIO()
        csv.writer(text).writerows((r.line, r.place, r.reason) for r in refused)
        if not self.progress.rows:
            self.report.write_bytes(_REPORT_HEAD)
        with self.report.open("r+b") as file:
            file.truncate(self.progress.report_bytes)  # what a stopped import wrote without finishing its batch
            file.seek(0, io.SEEK_END)
            file.write(text.getvalue().encode())
            length = file.tell()
        lines = len({r.line for r in refused})
        accepted = self.progress.accepted + rows - self.progress.rows - lines
        self.progress = Progress(rows, accepted, self.progress.refused + lines, digest, length)
        beside = self._progress.with_suffix(".new")
        beside.write_text(json.dumps(asdict(self.progress)))
        beside.replace(self._progress)

    def require_same(self, digest: str) -> None:
        """Raises UnusableFile when the rows imported before were others."""
        if digest != self.progress.digest:
            raise UnusableFile(f"differs from what was imported of it; to start anew remove {self._progress}")

    def close(self) -> None:
        """All is done: only a report that says something stays."""
        self._progress.unlink(missing_ok=True)
        if not self.progress.refused:
            self.report.unlink(missing_ok=True)


def import_file(path: Path, habits: Habits, post: Post, say: Callable[[str], None] = print) -> int:
    """Import a file; 0 when every row was accepted, 1 when some were refused.

    Rows that do not say as of when they are true are so as of the file's last change. Raises UnusableFile,
    Interrupted.
    """
    if habits.as_of is None:
        habits = replace(habits, as_of=datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat())
    for name in ignored_columns(path, habits):
        say(f"nothing reads the column {name}")
    journal, readings, digest, rows = Journal(path), _Readings(), sha256(), 0
    if journal.progress.rows:
        say(f"going on after {journal.progress.rows} rows")
    for batch in batched(read_rows(path, habits), ROWS_AT_ONCE, strict=False):
        rows += len(batch)
        for row in batch:
            digest.update(_print_of(row))
            readings.note(row)
        if rows > journal.progress.rows:
            journal.enter(rows, digest.hexdigest(), _send(batch, post))
        elif rows == journal.progress.rows:
            journal.require_same(digest.hexdigest())
    if rows < journal.progress.rows:
        journal.require_same("")
    return _conclude(journal, readings, say)


def _conclude(journal: Journal, readings: _Readings, say: Callable[[str], None]) -> int:
    doubted = sorted(readings.doubted())
    for line in doubted[:_MOST_SHOWN]:
        say(f"line {line}: other rows of the vehicle contradict its odometer; it is kept, but not believed")
    journal.close()
    progress = journal.progress
    say(f"{progress.rows} rows: {progress.accepted} accepted, {len(doubted)} doubted, {progress.refused} refused")
    if progress.refused:
        say(f"why: {journal.report}")
    return 1 if progress.refused else 0


def _print_of(row: Row) -> bytes:
    content = {name: value for name, value in (row.record or {}).items() if name != "as_of"}
    return json.dumps([row.line, row.refusal, content], sort_keys=True).encode()


# ---------------------------------------------------------------------------------------------------------- sending


def _send(batch: Sequence[Row], post: Post) -> list[Refused]:
    refused = [Refused(row.line, "", row.refusal) for row in batch if row.refusal is not None]
    refused += _send_records([(row.line, row.record) for row in batch if row.record is not None], post)
    return sorted(refused, key=lambda r: r.line)


def _send_records(records: Sequence[tuple[int, dict[str, Any]]], post: Post) -> list[Refused]:
    """Send records in one request, or in two where they are too long for one."""
    if not records:
        return []
    body = json.dumps({"records": [record for _, record in records]}, ensure_ascii=False).encode(errors="replace")
    if len(body) > BYTES_AT_ONCE:
        if len(records) == 1:
            return [Refused(records[0][0], "", "is too long")]
        half = len(records) // 2
        return _send_records(records[:half], post) + _send_records(records[half:], post)
    answer = _insist(post, body)
    return [
        Refused(records[refusal["index"]][0], error["pointer"].removeprefix("/"), error["detail"])
        for refusal in answer["refused"]
        for error in refusal["errors"]
    ]


def _insist(post: Post, body: bytes) -> Any:
    """Send until it is answered. Raises Interrupted."""
    trouble = ""
    for attempt in range(_ATTEMPTS):
        if attempt:
            time.sleep(0.2 * 2**attempt)
        try:
            status, answer = post(body)
        except (OSError, http.client.HTTPException) as error:
            trouble = str(error) or type(error).__name__
            continue
        if status == http.HTTPStatus.ACCEPTED:
            return answer
        trouble = f"the API answers {status}: {answer.get('detail', '') if isinstance(answer, dict) else ''}"
        if status < http.HTTPStatus.INTERNAL_SERVER_ERROR and status != http.HTTPStatus.TOO_MANY_REQUESTS:
            break
    raise Interrupted(trouble)


@contextmanager
def poster(url: str, token: str) -> Iterator[Post]:
    """Posts to an API over one connection, opened anew when it breaks."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    with closing(kind(str(parts.hostname), parts.port, timeout=_PATIENCE_S)) as connection:

        def post(body: bytes) -> tuple[int, Any]:
            try:
                connection.request("POST", f"{parts.path.rstrip('/')}/owner-records", body, headers)
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                connection.close()
                raise
            try:
                return answer.status, json.loads(content)
            except ValueError:
                return answer.status, None

        yield post


# --------------------------------------------------------------------------------------------------------- readings


@dataclass
class _Readings:
    """The odometer readings of the file by vehicle, to see in the end which contradict each other."""

    by_vin: dict[str, list[tuple[str, int, int]]] = field(default_factory=lambda: defaultdict(list))

    def note(self, row: Row) -> None:
        """Remember the reading of a row that has one."""
        record = row.record or {}
        km, at, vin = record.get("odometer_km", record.get("km")), record.get("at"), record.get("vin")
        if at and vin and str(km).isdecimal() and len(str(km)) <= 7:
            self.by_vin[str(vin).strip().upper()].append((str(at), int(str(km)), row.line))

    def doubted(self) -> Iterator[int]:
        """The lines whose readings other lines contradict."""
        for vin, entries in self.by_vin.items():
            if len(entries) > 1:
                yield from _doubted(vin, entries)


def _doubted(vin: str, entries: Sequence[tuple[str, int, int]]) -> Iterator[int]:
    try:
        rows = [Reading(vin=vin, at=datetime.fromisoformat(at), km=km, source="file") for at, km, _ in entries]
    except ValueError:
        return  # such rows are refused by the API
    believed = {(row.at, row.km) for row in believe(rows, None)[0]}
    for (_, _, line), row in zip(entries, rows, strict=True):
        if (row.at, row.km) not in believed:
            yield line
