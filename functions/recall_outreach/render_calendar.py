"""The call as a calendar entry (iCalendar, RFC 5545), so that it stands in the manager's own calendar."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from functions.recall_outreach.write_document import CallSheet, SheetText
from shared.domain.statements import Wording

_LONGEST_LINE = 75
"""Octets, without the line break (RFC 5545, 3.1)."""
_LASTS = timedelta(minutes=15)


def render_calendar(document: CallSheet, wording: Wording, *, starts_at: datetime, now: datetime) -> str:
    """One event from `starts_at` (aware): whom to call, why, how to begin, and the number if they may be called."""
    name = document["who"][0]["text"]
    summary = wording.template("outreach.calendar.summary").replace("{name}", name)
    spoken = [*document["call"], *document["why"], *document["opening"], *document["thanks"]]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Aftercare//Outreach//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{document['task_id']}@outreach.aftercare",
        f"DTSTAMP:{_time(now)}",
        f"DTSTART:{_time(starts_at)}",
        f"DTEND:{_time(starts_at + _LASTS)}",
        f"SUMMARY:{_escaped(summary)}",
        f"DESCRIPTION:{_escaped(_joined(spoken))}",
        "CLASS:PRIVATE",
        "TRANSP:OPAQUE",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def _joined(texts: Iterable[SheetText]) -> str:
    return "\n".join(text["text"] for text in texts)


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """A value of type TEXT (RFC 5545, 3.3.11)."""
    for raw, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\\n"), ("\n", "\\n"), ("\r", "")):
        text = text.replace(raw, written)
    return text


def _folded(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets, never within a character; a space opens each further one."""
    piece, octets = "", 0
    for character in line:
        width = len(character.encode())
        if octets + width > _LONGEST_LINE:
            yield piece
            piece, octets = " ", 1
        piece += character
        octets += width
    yield piece
