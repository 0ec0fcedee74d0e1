"""Drafts of replies, and the figures of a week."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest

from functions.case_desk import draft_reply as drafting
from functions.case_desk import stream
from shared.content import load
from tests.integration.case_desk.desk_world import (
    ADVISOR,
    MANAGER,
    NOW,
    OTHER_MANAGER,
    OWNER,
    World,
    request,
    stream_record,
)
from tests.integration.case_desk.test_opening import resolve

WEEK = "2026-W48"


def draft(world: World, locale: str = "en") -> Any:
    answer = world.call("POST", "/cases/c/drafts", MANAGER, {}, accept_language=locale)
    assert answer.status == 200
    return answer.json


def test_a_draft_has_five_steps_each_sentence_with_its_source(world: World) -> None:
    world.receive(request(case_id="c", reason="bill_dispute", bill_id="RO-77"))
    drafted = draft(world)
    assert [step["step"] for step in drafted["steps"]] == ["empathy", "teach", "solve", "value", "connect"]
    for step in drafted["steps"]:
        assert step["sentences"]
        for sentence in step["sentences"]:
            assert sentence["source"] or sentence["kind"] == "courtesy"
    assert "“This is the third time I ask!”" in drafted["text"]
    assert "RO-77" in drafted["text"]
    solve = drafted["steps"][2]
    assert {"case:/staff_name", "case:/clock, case:/due_at", "case:/bill_id"} == {
        s["source"] for s in solve["sentences"]
    }


def test_every_figure_of_a_draft_is_where_it_says(world: World) -> None:
    world.receive(request(case_id="c", reason="bill_question"))
    drafted = draft(world)
    figures = [
        (sentence["text"][figure["start"] : figure["end"]], figure)
        for step in drafted["steps"]
        for sentence in step["sentences"]
        for figure in sentence["figures"]
    ]
    assert all(text == figure["text"] for text, figure in figures)
    sources = {figure["source"] for _, figure in figures}
    assert "content:/care_knowledge/entries/charge.daily/figures/level/value" in sources


@pytest.mark.parametrize("reason", [*load("case_policies")["entries"]["reasons"], "something-new"])
@pytest.mark.parametrize("locale", ["en", "zh-CN"])
def test_a_draft_for_any_reason_passes_the_guards_in_both_languages(world: World, reason: str, locale: str) -> None:
    world.receive(request(case_id="c", reason=reason, words="绝对零排放, the best in the industry, 60 % cheaper!"))
    world.act("c", "reply", words="I'll guarantee nothing, but I'll call you tomorrow before noon.")
    drafted = draft(world, locale)
    assert drafted["locale"] == locale
    assert all(step["text"] for step in drafted["steps"])


def test_a_draft_owns_up_to_a_missed_deadline(world: World) -> None:
    world.receive(request(case_id="c"))
    assert "missed a deadline" not in draft(world)["text"]
    world.tick(NOW + timedelta(hours=1))
    assert "missed a deadline" in draft(world)["text"]


def test_knowledge_that_claims_what_nobody_can_prove_makes_no_draft(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receive(request(case_id="c"))
    real = load("care_knowledge")
    boast = {**real["entries"]["owners.group"], "en": "Our owners' group is the best in the industry."}
    changed = {**real, "entries": {**real["entries"], "owners.group": boast}}
    monkeypatch.setattr(drafting, "load", lambda name: changed if name == "care_knowledge" else load(name))
    answer = world.call("POST", "/cases/c/drafts", MANAGER, {})
    assert answer.status == 422
    assert "en.best" in answer.text


def test_knowledge_with_a_number_of_its_own_makes_no_draft(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.receive(request(case_id="c"))
    real = load("care_knowledge")
    loose = {**real["entries"]["owners.group"], "en": "Our owners' group has 300 members."}
    changed = {**real, "entries": {**real["entries"], "owners.group": loose}}
    monkeypatch.setattr(drafting, "load", lambda name: changed if name == "care_knowledge" else load(name))
    assert world.call("POST", "/cases/c/drafts", MANAGER, {}).status == 500


def fill_week(world: World) -> None:
    """Five cases, answered after 5, 10, 20 and 40 minutes or never; two asked for, a false alarm, one reopened."""
    for number, (reason, minutes) in enumerate(
        [("agitation", 5), ("keyword", 10), ("agitation", 20), ("bill_dispute", 40), ("delay", None)]
    ):
        world.now = NOW
        world.receive(request(f"r-{number}", case_id=f"c-{number}", conversation_id=f"k-{number}", reason=reason))
        if minutes is not None:
            world.pass_time(minutes=minutes)
            assert world.act(f"c-{number}", "acknowledge").status == 200
    world.act("c-0", "mark_false_alarm")
    resolve(world, "c-1")
    world.act("c-1", "reopen", OWNER, words="No.")
    resolve(world, "c-3")
    world.act("c-2", "reply", ADVISOR, words="I'll call you at 5 pm.")
    world.act("c-2", "reply", MANAGER, words="I'll call you tomorrow before noon.")
    kept, missed = (promise.promise_id for promise in world.case("c-2").promises)
    world.act("c-2", "keep_promise", ADVISOR, promise_id=kept)
    world.tick(NOW + timedelta(days=2))
    assert world.case("c-2").promise(missed) is not None


def test_the_figures_of_a_week(world: World) -> None:
    fill_week(world)
    report = world.call("GET", "/cases/productivity", MANAGER, query={"week": WEEK}).json
    assert report["cases"] == 5
    assert report["asked_for"] == {"count": 2, "of": 5, "rate": 0.4}
    assert report["raised_by_themselves"] == {"count": 3, "of": 5, "rate": 0.6}
    assert report["false_alarms"] == {"count": 1, "of": 3, "rate": 0.3333}
    assert report["reopened"] == {"count": 1, "of": 2, "rate": 0.5}
    assert report["times"]["time_to_acknowledge"] == {"count": 4, "median_minutes": 15.0, "p90_minutes": 40.0}
    assert report["times"]["time_to_resolve"]["count"] == 2
    assert report["promises_kept"] == {"count": 1, "of": 2, "rate": 0.5}
    assert report["promises_kept_by_person"] == {
        "advisor-1": {"count": 1, "of": 1, "rate": 1.0},
        "manager-1": {"count": 0, "of": 1, "rate": 0.0},
    }


def test_the_figures_of_a_week_as_csv(world: World) -> None:
    fill_week(world)
    answer = world.call("GET", "/cases/productivity", MANAGER, query={"week": WEEK}, accept="text/csv")
    assert answer.headers["Content-Type"].startswith("text/csv")
    rows = {(row["figure"], row["person"]): row for row in csv.DictReader(io.StringIO(answer.text))}
    assert rows["cases", ""]["count"] == "5"
    assert rows["time_to_acknowledge", ""]["median_minutes"] == "15.0"
    assert rows["promises_kept", "advisor-1"]["rate"] == "1.0"


def test_a_week_without_cases_has_no_rates(world: World) -> None:
    report = world.call("GET", "/cases/productivity", MANAGER, query={"week": "2026-W01"}).json
    assert report["cases"] == 0
    assert report["false_alarms"]["rate"] is None
    assert report["times"]["time_to_resolve"]["median_minutes"] is None


def test_this_week_is_meant_where_none_is_named(world: World) -> None:
    world.receive(request())
    assert world.call("GET", "/cases/productivity", MANAGER).json["week"] == WEEK


@pytest.mark.parametrize(
    ("claims", "query", "status"),
    [
        (ADVISOR, {}, 403),
        (OWNER, {}, 403),
        (OTHER_MANAGER, {"centre": "centre-1"}, 403),
        (MANAGER, {"week": "last"}, 422),
        (MANAGER, {"week": "2026-W54"}, 422),
        (MANAGER, {"centre": "centre-9"}, 403),
    ],
)
def test_the_figures_are_for_managers_of_the_centre(
    world: World, claims: dict[str, str], query: dict[str, str], status: int
) -> None:
    assert world.call("GET", "/cases/productivity", claims, query=query).status == status


def test_the_metrics_of_a_case_are_those_of_its_centre(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.receive(request(case_id="c"))
    world.pass_time(minutes=3)
    world.act("c", "acknowledge")
    written = capsys.readouterr().out
    for metric in ("CasesOpened", "CasesRaisedByThemselves", "TimeToAcknowledge"):
        assert f'"Name":"{metric}"' in written
    assert '"TimeToAcknowledge":[180.0]' in written
    assert "third time" not in written


def test_what_is_stored_once_is_counted_once_however_often_it_comes(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        world.receive(request(case_id="c"))
        for item in world.entry_items():
            assert stream.handler({"Records": [stream_record(item)]}, None) == {"batchItemFailures": []}
    assert world.act("c", "acknowledge", request_id="k").status == 200
    assert world.act("c", "acknowledge", request_id="k").status == 200
    written = capsys.readouterr().out
    assert written.count('"Name":"CasesOpened"') == 1
    assert written.count('"Name":"TimeToAcknowledge"') == 1
