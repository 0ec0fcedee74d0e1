"""Show a case: to its customer why it was raised, who has it, what happened and what comes next; to staff all of it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.content import wording
from shared.domain.cases import (
    TRANSITIONS,
    Case,
    CaseClock,
    Entry,
    Promise,
    PromiseState,
    State,
)
from shared.domain.statements import Wording

# What the customer sees of an entry; everything else of it stays inside.
_SHOWN = ("words", "due_at", "staff_name", "role", "waiting_for", "in_time")


def show_to_customer(case: Case, timeline: Sequence[Entry], place: int | None, locale: str) -> dict[str, Any]:
    """The customer's view of a case."""
    words = wording(locale)
    deadline = case.next_deadline
    return {
        "case_id": case.case_id,
        "state": case.state.value,
        "state_name": words.template(f"case.state.{case.state}"),
        "why": [_name(words, "reason", reason) for reason in case.reasons],
        "raised_by": "you" if case.asked_for else "us",
        "opened_at": _time(case.opened_at),
        "answered_by": case.staff_name,
        "place_in_queue": place,
        "next_deadline": None if deadline is None else show_deadline(deadline, words),
        "clocks_paused": case.state is State.WAITING_CUSTOMER,
        "promised": [_promised(promise) for promise in case.promises if promise.state is not PromiseState.WITHDRAWN],
        "reopen_until": _time(case.reopenable_until),
        "bill_id": case.bill_id,
        "conversation_id": case.conversation_id,
        "timeline": [_entry(entry, words) for entry in timeline if entry.public],
    }


def show_to_staff(case: Case, timeline: Sequence[Entry], place: int | None, locale: str) -> dict[str, Any]:
    """Everything about a case, for those who work on it."""
    words = wording(locale)
    return {
        **show_to_customer(case, timeline, place, locale),
        "version": case.version,
        "centre_id": case.centre_id,
        "owner_id": case.owner_id,
        "severity": case.severity.value,
        "reasons": list(case.reasons),
        "words": case.words,
        "grade": case.grade,
        "times_asked": case.times_asked,
        "times_reopened": case.times_reopened,
        "rung": case.rung.value,
        "staff_id": case.staff_id,
        "can_become": sorted(TRANSITIONS[case.state]),
        "deadlines": [show_deadline(clock, words) for clock in case.clocks],
        "deadlines_missed": case.deadlines_missed,
        "times_paged_again": case.times_paged_again,
        "promises": [promise.model_dump(mode="json") for promise in case.promises],
        "checklist": None if case.checklist is None else case.checklist.model_dump(),
        "checklist_suggested": suggest_checklist(case),
        "false_alarm_by": case.false_alarm_by,
        "timeline": [_whole_entry(entry, words) for entry in timeline],
    }


def show_in_queue(cases: Iterable[Case], locale: str) -> list[dict[str, Any]]:
    """The open cases of a centre in the order of their rank, each with its place."""
    words = wording(locale)
    return [{"place": place, **summary(case, words)} for place, case in enumerate(cases, 1)]


def summary(case: Case, words: Wording) -> dict[str, Any]:
    """What a list shows of a case."""
    deadline = case.next_deadline
    return {
        "case_id": case.case_id,
        "state": case.state.value,
        "severity": case.severity.value,
        "why": [_name(words, "reason", reason) for reason in case.reasons],
        "opened_at": _time(case.opened_at),
        "answered_by": case.staff_name,
        "next_deadline": None if deadline is None else show_deadline(deadline, words),
        "times_asked": case.times_asked,
    }


def show_deadline(clock: CaseClock, words: Wording) -> dict[str, Any]:
    """A deadline, and the stretches of opening hours in which its time was counted."""
    return {
        "kind": clock.kind.value,
        "name": words.template(f"case.clock.{clock.kind}"),
        "due_at": _time(clock.due_at),
        "paused": clock.running_since is None and clock.met_at is None,
        "met_at": _time(clock.met_at),
        "missed_at": _time(clock.breached_at),
        "computed": {
            "minutes": clock.target_s // 60,
            "hours": "round_the_clock" if clock.round_the_clock else "opening_hours",
            "counted_before_minutes": clock.used_s // 60,
            "counted": [
                {"from": _time(step.start), "until": _time(step.end), "minutes_so_far": step.counted_s // 60}
                for step in clock.steps
            ],
        },
    }


def suggest_checklist(case: Case) -> Mapping[str, bool | None]:
    """What the record says of the conversation checklist; None where only a person can tell."""
    promised = [promise.is_outstanding for promise in case.promises]
    return {
        "solved": case.first_reply_at is not None and not any(promised) if case.first_reply_at or promised else None,
        "prevention_taught": True if "teach" in case.steps_told else None,
        "value_added": True if "value" in case.steps_told else None,
        "choice_matters": None,
    }


def _promised(promise: Promise) -> dict[str, Any]:
    return {"words": promise.words, "due_at": _time(promise.due_at), "state": promise.state.value}


def _entry(entry: Entry, words: Wording) -> dict[str, Any]:
    shown = {name: entry.data[name] for name in _SHOWN if name in entry.data}
    return {"at": _time(entry.at), "kind": entry.kind, "what": words.template(f"case.entry.{entry.kind}"), **shown}


def _whole_entry(entry: Entry, words: Wording) -> dict[str, Any]:
    return {
        **_entry(entry, words),
        "seq": entry.seq,
        "by": entry.by,
        "public": entry.public,
        "data": entry.data,
    }


def _name(words: Wording, kind: str, value: str) -> str:
    key = f"case.{kind}.{value}"
    return words.template(key if key in words else f"case.{kind}.other")


def _time(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
