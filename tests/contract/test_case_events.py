"""What the case desk sends and takes has the shape of its types, and its notices are those of the catalogue."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from pydantic import ConfigDict, TypeAdapter, with_config

from functions.case_desk import tell_of_entry
from functions.case_desk.models import AnswerReport, CaseRequest, PromiseReport
from functions.notifications.contact_rules import contact_rules
from shared.domain import events
from shared.domain.cases import Entry, Notice

CATALOGUE = (Path(__file__).parents[2] / "docs" / "events.md").read_text("utf-8")
KINDS = sorted(tell_of_entry._SENTENCES)
FACTS = {
    "reason": "agitation", "severity": "high", "clock": "acknowledge", "rung": "manager", "staff_name": "Wang Wei",
    "due_at": "2026-11-25T02:30:00+00:00", "until": "2026-12-09T02:00:00+00:00", "words": "See you at 5 pm.",
}  # fmt: skip


def told(kind: str, locale: str, **facts: Any) -> events.NotificationRequested:
    notice = Notice(
        kind=kind, to="owner", recipient_id="o", urgency="routine", locale=locale, zone="Asia/Shanghai", args=facts
    )
    entry = Entry(
        case_id="c7", centre_id="centre-1", seq=3, at=datetime(2026, 11, 25, 2, tzinfo=UTC), kind="opened", by="system",
        public=True, notices=(notice,),
    )  # fmt: skip
    [message] = tell_of_entry.tell_of_entry(entry)
    return message


@pytest.mark.parametrize("locale", ["en", "zh-CN"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_notice_is_a_notification_of_the_catalogue(kind: str, locale: str) -> None:
    message = told(kind, locale, **FACTS)
    check = TypeAdapter(with_config(ConfigDict(strict=True, extra="forbid"))(events.NotificationRequested))
    check.validate_python(message)
    assert message["notification_id"] == "case#c7#3#0"
    assert f"`{kind}`" in CATALOGUE
    assert message["text"]
    assert message["subject"]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"case_reply", "case_acknowledged"}))
def test_what_is_unknown_is_left_out(kind: str) -> None:
    needed = {name: FACTS[name] for name in ("reason", "severity", "clock", "rung")}
    assert told(kind, "en", **needed)["text"]


def test_what_owners_are_told_of_their_case_counts_as_about_their_complaint() -> None:
    to_owners = {kind for kind in KINDS if kind.startswith("case_")} - {"case_page", "case_climbed", "case_paged_again"}
    assert to_owners == {kind for kind in contact_rules().complaint_kinds if kind.startswith("case_")}


def test_times_are_told_by_the_clock_of_the_centre() -> None:
    assert "2026-11-25 10:30 UTC+08:00" in told("case_opened", "en", **FACTS)["text"]


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        (events.CaseRequested, CaseRequest),
        (events.PromiseMade, PromiseReport),
        (events.StaffAnswered, AnswerReport),
    ],
)
def test_every_field_of_a_message_is_read(kind: Any, model: Any) -> None:
    assert set(get_type_hints(kind)) == set(model.model_fields)
