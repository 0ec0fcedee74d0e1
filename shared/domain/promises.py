"""Recognise what a member of staff promises a customer, in Chinese or English, and by when.

The rules are data (content/promises.json): patterns of a sentence that promises, patterns that say it does not, and the
words for days and times. A promise is found per sentence; times are told by the wall clock of the centre's zone.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from shared.domain.business_time import Calendar

LONGEST_SCAN = 8_000
"""Characters that are looked at; the rest of a longer message is not."""
_SENTENCE = re.compile(r"[^。！？!?；;\n]+?(?:[。！？!?；;\n]+|(?<![.\d])\.(?=\s|$)|$)")
_ABBREVIATION = re.compile(r"\b([ap])\.\s?m\.", re.IGNORECASE)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "：": ":", "\u3000": " "})
_LONGEST_SENTENCE = 1_000
_CHINESE_DIGITS = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
_NUMBER = r"\d{1,3}|[一二两三四五六七八九十]{1,3}|半|an?|one|two|three|four|five|six|half an?"
_ENGLISH_NUMBERS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# `by 5`, but neither `by 5,000 km` nor `by 5 March`.
_BARE_HOUR = rf"\b(?:before|by|at|until)\s+(\d{{1,2}})()\b(?!\s*[a-z%.,]*\d)(?!\s+(?:of\s+)?(?:{'|'.join(_MONTHS)}))"
_NOON = time(12)

type Rules = Mapping[str, Any]
"""The entries of content/promises.json."""


class Recognised(NamedTuple):
    """A promise in a text: the sentence, the rule that found it, and when it is due, if it says so."""

    words: str
    rule: str
    due_at: datetime | None


def recognise_promises(text: str, said_at: datetime, calendar: Calendar, rules: Rules) -> tuple[Recognised, ...]:
    """Every promise in what a member of staff wrote at `said_at` (aware); due times are in UTC.

    The calendar is the centre's: its zone for times, its open days for working days.
    """
    return tuple(_recognise(text, said_at, calendar, rules))


def _recognise(text: str, said_at: datetime, calendar: Calendar, rules: Rules) -> Iterator[Recognised]:
    for sentence in _sentences(text[:LONGEST_SCAN]):
        plain = sentence.translate(_APOSTROPHES).casefold()
        rule = next((name for name, pattern in rules["says"].items() if _compiled(pattern).search(plain)), None)
        if rule is None or any(_compiled(pattern).search(plain) for pattern in _same_language(rule, rules)):
            continue
        due_at = due_time(plain, said_at, calendar, rules)
        yield Recognised(sentence, rule, due_at)


def _same_language(rule: str, rules: Rules) -> Iterator[str]:
    language = rule.partition(".")[0]
    return (pattern for name, pattern in rules["unless"].items() if name.partition(".")[0] == language)


def _sentences(text: str) -> Iterator[str]:
    text = _ABBREVIATION.sub(r"\1m", text)
    for match in _SENTENCE.finditer(text):
        sentence = match.group()[:_LONGEST_SENTENCE].strip()
        if sentence:
            yield sentence


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# ---------------------------------------------------------------------------------------------------- by when


def due_time(text: str, said_at: datetime, calendar: Calendar, rules: Rules) -> datetime | None:
    """When a promise is due, as its sentence says; None when it names no time. Always after `said_at`."""
    local = said_at.astimezone(ZoneInfo(calendar.zone))
    due = _after_a_while(text, local, calendar, rules) or _at_a_time(text, local, rules)
    if due is None:
        return None
    due = due.astimezone(UTC).replace(microsecond=0)
    return due if due > said_at else None


def _after_a_while(text: str, local: datetime, calendar: Calendar, rules: Rules) -> datetime | None:
    """`within two hours`, `半小时内`, `3个工作日内`, `马上`."""
    if found := re.search(rf"({_NUMBER})\s*(?:个工作日|个?working days?|business days?|working days?)", text):
        return _after_open_days(local, int(_number(found[1])), calendar, _clock_time(rules["day_alone"]))
    units = "|".join(sorted(rules["units"], key=len, reverse=True))
    for pattern in (
        rf"(?:within|in)(?: the next)?\s+({_NUMBER})\s*({units})\b",
        rf"({_NUMBER})\s*({units})(?:之|以)?(?:内|后)",
    ):
        if found := re.search(pattern, text):
            # Elapsed time, which is counted in UTC: the wall clock may be set in between.
            minutes = _number(found[1]) * rules["units"][found[2]]
            return local.astimezone(UTC) + timedelta(minutes=minutes)
    if _day(text, local, rules) is None and _time(text, rules) is None:
        for word, minutes in rules["soon"].items():
            if minutes and word in text:
                return local.astimezone(UTC) + timedelta(minutes=minutes)
    return None


def _at_a_time(text: str, local: datetime, rules: Rules) -> datetime | None:
    """`tomorrow before noon`, `周五下午三点前`, `by 5 pm`."""
    day, moment = _day(text, local, rules), _time(text, rules)
    part = next((word for word in sorted(rules["parts"], key=len, reverse=True) if word in text), None)
    if day is None and moment is None and part is None:
        return None
    if moment is None:
        moment = _clock_time(rules["parts"][part] if part else rules["day_alone"])
    due = datetime.combine(day or local.date(), moment, local.tzinfo)
    if day is None and due <= local:
        due = datetime.combine(local.date() + timedelta(days=1), moment, local.tzinfo)
    return due


def _day(text: str, local: datetime, rules: Rules) -> date | None:
    today = local.date()
    for word in sorted(rules["days"], key=len, reverse=True):
        if word in text:
            return today + timedelta(days=rules["days"][word])
    if any(word in text for word in rules["end_of_week"]):
        return today + timedelta(days=max(4 - today.weekday(), 0))
    return _weekday(text, today, rules) or _date(text, today)


def _weekday(text: str, today: date, rules: Rules) -> date | None:
    chinese = re.search(r"(本|这|下)?个?(?:周|星期|礼拜)([一二三四五六日天末])", text)
    english = re.search(r"\b(this|next)?\s*(monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b", text)
    found = chinese or english
    if found is None:
        return None
    wanted = rules["weekdays"][found[2]]
    monday = today - timedelta(days=today.weekday())
    if found[1] in ("下", "next"):
        return monday + timedelta(days=7 + wanted)
    day = monday + timedelta(days=wanted)
    return day if day >= today else day + timedelta(days=7)


def _date(text: str, today: date) -> date | None:
    chinese = re.search(r"(?:(\d{1,2})月)?(\d{1,2})[号日]", text)
    names = "|".join(_MONTHS)
    english = re.search(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({names})[a-z]*\b", text)
    american = re.search(rf"\b({names})[a-z]* (\d{{1,2}})(?:st|nd|rd|th)?\b", text)
    if chinese:
        month, day = int(chinese[1]) if chinese[1] else today.month, int(chinese[2])
    elif english:
        month, day = _MONTHS.index(english[2]) + 1, int(english[1])
    elif american:
        month, day = _MONTHS.index(american[1]) + 1, int(american[2])
    else:
        return None
    for year in (today.year, today.year + 1):
        try:
            found = date(year, month, day)
        except ValueError:
            continue
        if found >= today:
            return found
    return None


def _time(text: str, rules: Rules) -> time | None:
    chinese = re.search(r"(\d{1,2}|[一二两三四五六七八九十]{1,3})(?:点|时)(半|[0-5]?\d分?|一刻|三刻)?(?!钟头|间)", text)
    if chinese:
        minutes = {"半": 30, "一刻": 15, "三刻": 45, None: 0}.get(chinese[2])
        minutes = int(re.sub(r"\D", "", chinese[2])) if minutes is None else minutes
        return _in_part(int(_number(chinese[1])), minutes, text, rules)
    clock = re.search(r"\b(\d{1,2})[:.](\d{2})\s*(am|pm)?\b", text)
    hour = re.search(r"\b(\d{1,2})\s*(am|pm|o'clock)\b", text) or re.search(_BARE_HOUR, text)
    if clock:
        return _in_part(int(clock[1]), int(clock[2]), text, rules, clock[3])
    return _in_part(int(hour[1]), 0, text, rules, hour[2]) if hour else None


def _in_part(hour: int, minute: int, text: str, rules: Rules, half: str | None = None) -> time | None:
    """An hour of the 12-hour clock in the part of the day that the text names; without one, of working hours."""
    if hour > 24 or minute > 59:
        return None
    named = next((word for word in rules["part_begins"] if word in text), None)
    after_noon = named is not None and _clock_time(rules["part_begins"][named]) >= _NOON
    if half == "pm" or (half != "am" and hour < 12 and (after_noon or (named is None and hour < 7))):
        hour = hour + 12 if hour < 12 else hour
    elif half == "am" and hour == 12:
        hour = 0
    return time(hour % 24, minute)


def _after_open_days(local: datetime, days: int, calendar: Calendar, moment: time) -> datetime:
    day = local.date()
    for _ in range(days * 20 + 60):
        day += timedelta(days=1)
        days -= bool(calendar.intervals_on(day))
        if days <= 0:
            break
    return datetime.combine(day, moment, local.tzinfo)


def _number(word: str) -> float:
    if word in ("半", "half a", "half an"):
        return 0.5
    if word.isdigit():
        return int(word)
    if word in _ENGLISH_NUMBERS:
        return _ENGLISH_NUMBERS[word]
    tens, ten, ones = word.rpartition("十")
    if not ten:
        return _CHINESE_DIGITS.get(word[0], 1)
    return (_CHINESE_DIGITS.get(tens, 1) if tens else 1) * 10 + (_CHINESE_DIGITS.get(ones, 0) if ones else 0)


def _clock_time(text: str) -> time:
    return time.fromisoformat(text)
