"""Read a CSV or JSON Lines file of a dealer system, row by row, without ever holding it whole.

Nothing is guessed: a date that could be two days, a last row that may be cut or a line in another encoding is refused
with its reason, and the rows around it go on.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

KINDS = ("owner", "vehicle", "visit", "reading", "consent")
COLUMNS: Mapping[str, Sequence[str]] = {
    "owner": (
        "id", "name", "locale", "zone", "phone", "phone_2", "phone_3", "email", "email_2", "wechat", "deceased",
        "as_of",
    ),
    "vehicle": ("vin", "model", "in_service_on", "owner_id", "owner_since", "sold_on", "as_of"),
    "visit": (
        "id", "vin", "at", "status", "kind", "operations", "odometer_km", "summary", "paid", "currency", "as_of",
    ),
    "reading": ("vin", "at", "km", "source"),
    "consent": ("owner_id", "channel", "purpose", "granted", "at", "how", "source"),
}  # fmt: skip
NEEDED: Mapping[str, Sequence[str]] = {
    "owner": ("id", "name"),
    "vehicle": ("vin",),
    "visit": ("id", "vin", "at"),
    "reading": ("vin", "at", "km"),
    "consent": ("owner_id", "granted", "at", "how", "source"),
}
_DATES = frozenset({"in_service_on", "owner_since", "sold_on"})
_TIMES = frozenset({"at", "as_of"})
_LONGEST_LINE = 100_000
_YEAR_FIRST = re.compile(
    r"(\d{4})(?:-(\d{1,2})-(\d{1,2})|/(\d{1,2})/(\d{1,2})|\.(\d{1,2})\.(\d{1,2})|年(\d{1,2})月(\d{1,2})日)"
)
_YEAR_LAST = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})")
_NO_TIME = "is no time; write it as 2026-03-14T09:30+08:00"
_TIME = re.compile(r"(?:[T ]+)(\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)\s*(Z|[+-]\d{2}:?\d{2})?")


class UnusableFile(Exception):
    """The file as a whole cannot be imported; says why."""


@dataclass(frozen=True)
class Habits:
    """How a file writes what it leaves unsaid: kind of rows (CSV), order of day and month, zone, language, encoding."""

    kind: str | None = None
    dates: str | None = None
    zone: str | None = None
    locale: str | None = None
    encoding: str = "utf-8"
    as_of: str | None = None


@dataclass(frozen=True)
class Row:
    """One row: where it stands, the record to send, or why it is refused."""

    line: int
    record: dict[str, Any] | None
    refusal: str | None = None


def read_rows(path: Path, habits: Habits) -> Iterator[Row]:
    """The rows of a file, JSON Lines by its suffix (.jsonl, .ndjson), else CSV. Raises UnusableFile."""
    if path.stat().st_size == 0:
        raise UnusableFile("the file is empty")
    if habits.zone is not None and habits.zone not in available_timezones():
        raise UnusableFile(f"{habits.zone} is no time zone of the IANA database")
    rows = _read_json_lines if path.suffix.lower() in (".jsonl", ".ndjson") else _read_csv
    yield from rows(_lines(path, habits.encoding), habits)


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """The lines with their ends; bytes that are not of the encoding become lone surrogates."""
    with path.open(
        encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="surrogateescape", newline=""
    ) as file:
        while line := file.readline(_LONGEST_LINE):
            yield line


# ------------------------------------------------------------------------------------------------------- JSON Lines


def _read_json_lines(lines: Iterable[str], habits: Habits) -> Iterator[Row]:
    seen = False
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        seen = True
        yield _read_json_line(number, line, habits)
    if not seen:
        raise UnusableFile("the file holds nothing but blank lines")


def _read_json_line(number: int, line: str, habits: Habits) -> Row:
    if not _is_readable(line):
        return Row(number, None, _not_readable(habits))
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        cut = "" if line.endswith("\n") else "; the file ends here and may be cut"
        return Row(number, None, f"is no JSON object on one line{cut}")
    if not isinstance(record, dict):
        return Row(number, None, "is no JSON object")
    return Row(number, _with_habits(record, str(record.get("record", "")), habits))


# -------------------------------------------------------------------------------------------------------------- CSV


def _read_csv(lines: Iterable[str], habits: Habits) -> Iterator[Row]:
    kind = habits.kind
    if kind is None:
        raise UnusableFile(f"say with --kind what a row of the CSV file is: {', '.join(KINDS)}")
    source = _Remembering(lines)
    header, reader = _read_header(source, kind)
    empty = True
    while True:
        start = source.count + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            empty = False
            yield Row(start, None, f"is no row of a CSV file ({error}); an opening quote may lack its end")
            continue
        if cells:
            empty = False
            yield _read_cells(start, header, cells, source, habits)
    if empty:
        raise UnusableFile("the file has a header and no rows")


class _Remembering:
    """Lines that know how many there were and how the last one ended."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self.count = 0
        self.last = ""

    def __iter__(self) -> _Remembering:
        return self

    def __next__(self) -> str:
        self.last = next(self._lines)
        self.count += 1
        return self.last


def _read_header(source: _Remembering, kind: str) -> tuple[list[str], Iterator[list[str]]]:
    first = next(source)
    delimiter = max(",;\t|", key=first.count)
    header = [name.strip().lower().replace(" ", "_") for name in next(csv.reader([first], delimiter=delimiter))]
    missing = [name for name in NEEDED[kind] if name not in header]
    if missing:
        raise UnusableFile(f"the first line names no column {', '.join(missing)}, which a row of kind {kind} needs")
    repeated = sorted({name for name in header if name and header.count(name) > 1})
    if repeated:
        raise UnusableFile(f"the first line names {', '.join(repeated)} more than once")
    return header, csv.reader(source, delimiter=delimiter, strict=True)


def _read_cells(line: int, header: list[str], cells: list[str], source: _Remembering, habits: Habits) -> Row:
    if not source.last.endswith(("\n", "\r")):
        reason = "the file ends without a line break, so this row may be cut; end it with one if it is whole"
        return Row(line, None, reason)
    if len(cells) != len(header):
        return Row(line, None, f"has {len(cells)} columns instead of {len(header)}")
    if not _is_readable("".join(cells)):
        return Row(line, None, _not_readable(habits))
    kind = habits.kind or ""
    known = {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name in COLUMNS[kind]}
    try:
        return Row(line, _with_habits(_record(kind, known, habits), kind, habits))
    except ValueError as error:
        return Row(line, None, str(error))


def ignored_columns(path: Path, habits: Habits) -> list[str]:
    """The columns of a CSV file that nothing reads."""
    if habits.kind is None or path.suffix.lower() in (".jsonl", ".ndjson"):
        return []
    first = next(_lines(path, habits.encoding), "")
    names = re.split(r"[,;\t|]", first.strip())
    return [n.strip() for n in names if n.strip(' "').lower().replace(" ", "_") not in COLUMNS[habits.kind]]


def _record(kind: str, cells: Mapping[str, str], habits: Habits) -> dict[str, Any]:
    record: dict[str, Any] = {"record": kind}
    for name, cell in cells.items():
        if not cell:
            continue
        if name in _DATES:
            record[name] = _named(name, read_day, cell, habits.dates).isoformat()
        elif name in _TIMES:
            record[name] = _named(name, read_moment, cell, habits.dates, habits.zone).isoformat()
        elif name.startswith("phone"):
            record.setdefault("phones", []).append({"number": cell})
        elif name.startswith("email"):
            record.setdefault("emails", []).append({"address": cell})
        elif name == "operations":
            record[name] = [code.strip() for code in re.split(r"[;,|]", cell) if code.strip()]
        else:
            record[name] = cell
    return record


def _with_habits(record: dict[str, Any], kind: str, habits: Habits) -> dict[str, Any]:
    """What the file leaves unsaid, filled in; a row of an owner adds to what is known and never takes away."""
    if kind == "owner":
        unsaid = {"complete": False, "zone": habits.zone, "locale": habits.locale, "as_of": habits.as_of}
    elif kind in ("vehicle", "visit"):
        unsaid = {"as_of": habits.as_of}
    else:
        unsaid = {}
    return {**{name: value for name, value in unsaid.items() if value is not None}, **record}


# ------------------------------------------------------------------------------------------------------------ dates


def read_day(text: str, order: str | None) -> date:
    """A day written year first, or day and month first when it is plain which is which, or `order` says so.

    Raises ValueError for what is no day or could be two.
    """
    if match := _YEAR_FIRST.fullmatch(text):
        year, month, day = (int(group) for group in match.groups() if group is not None)
        return _day(year, month, day, text)
    if len(text) == 8 and text.isdecimal():
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]), text)
    match = _YEAR_LAST.fullmatch(text)
    if match is None:
        raise ValueError("is no date; write it as 2026-03-14")
    first, second, year = int(match[1]), int(match[3]), int(match[4])
    if order is None:
        if first <= 12 and second <= 12 and first != second:
            raise ValueError(
                f"could be {year}-{second:02}-{first:02} or {year}-{first:02}-{second:02}; write it year first, or"
                " say with --dates which comes first"
            )
        order = "mdy" if second > 12 else "dmy"
    day, month = (first, second) if order == "dmy" else (second, first)
    return _day(year, month, day, text)


def _day(year: int, month: int, day: int, text: str) -> date:
    try:
        found = date(year, month, day)
    except ValueError:
        raise ValueError("is no day of the calendar in the order that was said") from None
    if not 1990 <= found.year <= 2200:
        raise ValueError("lies in no year that an electric car has seen")
    return found


def read_moment(text: str, order: str | None, zone: str | None) -> datetime:
    """A day and time with its zone, or in `zone`; a day alone stands for its noon. Raises ValueError."""
    match = _TIME.search(text)
    day = read_day(text[: match.start()] if match else text, order)
    if match is not None and match.end() != len(text):
        raise ValueError(_NO_TIME)
    clock = _clock(match[1]) if match else time(12)
    if match is not None and match[2]:
        offset = "+00:00" if match[2] == "Z" else match[2]
        return datetime.fromisoformat(f"{day}T{clock}{offset}")
    if zone is None:
        raise ValueError("says no time zone; say with --zone which one its times are in")
    return datetime.combine(day, clock, ZoneInfo(zone))


def _clock(text: str) -> time:
    whole = text.partition(".")[0].zfill(5)
    try:
        return time.fromisoformat(whole if len(whole) > 5 else f"{whole}:00")
    except ValueError:
        raise ValueError(_NO_TIME) from None


def _named(name: str, read: Any, *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except ValueError as error:
        raise ValueError(f"{name} {error}") from None


def _is_readable(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _not_readable(habits: Habits) -> str:
    return f"is not written in {habits.encoding}; say with --encoding in which (gb18030, cp1252, …)"
