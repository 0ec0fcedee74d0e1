"""The call sheet asks and does not push; its numbers have sources, its page and calendar entry are whole."""

import json
import re
import shutil
import subprocess
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.recall_outreach.call_sheet import compose_sheet
from functions.recall_outreach.render_calendar import render_calendar
from functions.recall_outreach.render_html import render_html
from functions.recall_outreach.write_document import CallSheet, write_document
from shared.content import LOCALES, load, wording
from shared.domain.claim_linter import find_claims
from shared.domain.errors import UnboundNumber
from shared.domain.outreach import Barrier
from tests.unit.recall_outreach.in_memory import Outreach
from tests.unit.recall_outreach.people import NOW, VIN, centre, holding, owner

WORDING = Path(__file__).parents[3] / "shared" / "content" / "wording"
CHROMIUM = shutil.which("chromium")
NAMES = ["王芳", "O'Neil & Söhne <b>", "Zed 7, best in class; \\n", "a" * 200, "שרה"]


def sheet_of(given: Outreach, locale: str) -> CallSheet:
    task = given.open_task("owner-1")
    assert task is not None
    sheet, book = compose_sheet(given.judge(task), given.centre, given.rules, given.policies, given.now, locale)
    return write_document(sheet, book, wording(locale))


def world(*, given: Any = None, held: Any = None, at: Any = None) -> Outreach:
    made = Outreach(at or centre())
    made.owners.put(given or owner(), held or holding())
    made.run()
    return made


def said(document: CallSheet, part: str) -> str:
    texts: Any = document
    return "\n".join(text["text"] for text in texts[part])


@pytest.mark.parametrize("locale", LOCALES)
def test_it_has_everything_for_one_call(locale: str) -> None:
    document = sheet_of(world(), locale)
    for part in (
        "call",
        "who",
        "why",
        "ranking",
        "history",
        "thanks",
        "basis",
        "opening",
        "listen",
        "closing",
        "checklist",
    ):
        assert said(document, part), part
    assert [branch["branch"] for branch in document["branches"]] == ["fine", "dissatisfied", "elsewhere"]
    assert all(branch["say"] and branch["offer"] and branch["title"] for branch in document["branches"])


def test_the_thanks_are_the_owners_own_figures_with_range_year_source_and_basis() -> None:
    document = sheet_of(world(), "en")
    thanks, basis = said(document, "thanks"), said(document, "basis")
    assert "23,456 km" in thanks
    assert "1.2 to 2.5 t of carbon dioxide" in thanks
    assert "10 years" in thanks
    assert "CNY 7,900 and CNY 13,100" in thanks
    assert "22 January 2026; nothing was added for the time since" in basis
    assert "2.348 kg of carbon dioxide a litre (US EPA, 2010)" in basis
    assert "0.55 kg of carbon dioxide a kWh" in basis
    assert "(China's Ministry of Ecology and Environment, 2023)" in basis
    assert "60.5 kg of carbon dioxide in all over 10 years of growth, not in each year" in basis
    assert "power plants only; making fuel, car and battery is left out" in basis


def test_a_second_owner_is_thanked_for_their_own_kilometres_only() -> None:
    document = sheet_of(world(held=holding(since=date(2025, 3, 1))), "en")
    assert "you drove 14,456 km" in said(document, "thanks")


@pytest.mark.parametrize(
    "held",
    [
        {"first_reading": None, "last_reading": None},
        {"since": date(2025, 3, 1), "first_reading": {"vin": VIN, "at": NOW, "km": 23_456}},
    ],
)
def test_no_odometer_no_figure(held: dict[str, Any]) -> None:
    document = sheet_of(world(held=holding(**held)), "en")
    assert document["thanks"][0]["figures"] == []
    assert [text["figures"] for text in document["basis"]] == [[]]


def test_without_a_factor_or_tariffs_only_the_kilometres_are_said() -> None:
    elsewhere = centre(country="NO", grid=None, tariffs=None)
    document = sheet_of(world(at=elsewhere), "en")
    assert len(document["thanks"]) == 1
    assert len(document["basis"]) == 1


def test_who_may_not_be_called_gets_no_number_but_the_reason() -> None:
    made = world()
    made.cases.open.add("owner-1")
    document = sheet_of(made, "en")
    assert document["number"] is None
    assert said(document, "call").startswith("Do not call: a complaint of theirs is open")
    assert "+86" not in json.dumps(document)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("barrier", Barrier)
def test_every_barrier_is_put_into_words(barrier: Barrier, locale: str) -> None:
    assert f"outreach.barrier.{barrier.value}" in wording(locale)


@pytest.mark.parametrize("locale", LOCALES)
def test_the_claim_linter_passes_every_word_of_it(locale: str) -> None:
    rules = load("claims")["entries"]
    templates = json.loads((WORDING / locale / "outreach.json").read_text("utf-8"))
    assert {key: find_claims(text, rules) for key, text in templates.items() if find_claims(text, rules)} == {}


def test_both_languages_say_the_same_with_the_same_figures() -> None:
    one, other = (json.loads((WORDING / locale / "outreach.json").read_text("utf-8")) for locale in LOCALES)
    assert one.keys() == other.keys()
    for key, text in one.items():
        assert set(re.findall(r"\{(\w+)\}", text)) == set(re.findall(r"\{(\w+)\}", other[key])), key


def test_a_script_with_an_unsourced_claim_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    made = world()
    boast = dict.fromkeys(["outreach.fine.say.glad"], "We are the best in the industry.")
    words = wording("en")
    monkeypatch.setattr(words, "_templates", {**words._templates, **boast})
    monkeypatch.setattr(words, "_split", {})
    with pytest.raises(UnboundNumber):
        sheet_of(made, "en")


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(NAMES),
    st.sampled_from(LOCALES),
    st.none() | st.text(max_size=200),
    st.integers(0, 300_000),
)
def test_whatever_the_registry_holds_every_number_is_bound(name: str, locale: str, summary: Any, km: int) -> None:
    last = NOW - timedelta(days=305)
    visit = {"id": "RO-2", "centre_id": "c", "at": last, "kind": "tyres", "odometer_km": km, "summary": summary}
    reading = {"vin": VIN, "at": last, "km": km}
    held = holding(history=[visit], first_reading=reading, last_reading=reading, model="Model 3\u202e")
    document = sheet_of(world(given=owner(name=name), held=held), locale)
    page = render_html(document, wording(locale))
    assert page.count("<main") == page.count("</main>") == 1
    assert "<b>" not in page
    assert not re.search(r"<(script|img|link|iframe)|(src|href)=\"(?!#)", page)


def test_a_number_without_a_source_is_not_printed() -> None:
    document = sheet_of(world(), "en")
    document["why"][0]["figures"] = []
    with pytest.raises(UnboundNumber):
        render_html(document, wording("en"))


@pytest.mark.parametrize("locale", LOCALES)
def test_what_to_say_is_quoted_and_what_to_do_is_not(locale: str) -> None:
    document = sheet_of(world(), locale)
    page = render_html(document, wording(locale))
    quoted = "".join(re.findall(r'<ul class="spoken">(.*?)</ul>', page))
    branches = document["branches"]
    aloud = [*document["opening"], *document["thanks"], *document["closing"], *(t for b in branches for t in b["say"])]
    silent = [*document["listen"], *document["checklist"], *(text for branch in branches for text in branch["offer"])]
    assert quoted.count("<li>") == len(aloud)
    for texts, are_quoted in ((aloud, True), (silent, False)):
        for text in texts:
            plain = escape(text["text"]) in re.sub(r"</?(data|time|bdi)\b[^>]*>", "", quoted)
            assert plain is are_quoted, text["text"]


@pytest.mark.skipif(CHROMIUM is None, reason="prints with Chromium, which is not there")
@pytest.mark.parametrize("because", ["lapse", "maintenance"])
@pytest.mark.parametrize("locale", LOCALES)
def test_an_ordinary_sheet_is_printed_on_one_page(locale: str, because: str, tmp_path: Path) -> None:
    visits = [
        {"id": f"RO-{n}", "centre_id": "c", "at": NOW - timedelta(days=305 + 150 * n), "kind": "maintenance",
         "odometer_km": 23_456 - 2_000 * n, "summary": "四轮换位，右前轮补胎，更换空调滤清器和雨刮"}
        for n in range(8)
    ]  # fmt: skip
    item = {"code": "tyre_rotation", "on": date(2026, 9, 1), "by": "distance", "counted_from": date(2026, 1, 22),
            "at_km": 33_456, "earliest": date(2026, 8, 1), "latest": date(2027, 2, 1)}  # fmt: skip
    planned = [item, {**item, "code": "cabin_air_filter"}] if because == "maintenance" else []
    made = world(held=holding(history=visits, visits=8, maintenance=planned))
    task = made.open_task("owner-1")
    assert task is not None
    assert task.because == because
    page, printed = tmp_path / "sheet.html", tmp_path / "sheet.pdf"
    page.write_text(render_html(sheet_of(made, locale), wording(locale)), "utf-8")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}", "--no-pdf-header-footer"]
    subprocess.run(  # noqa: S603  a browser, with a page of this project
        [str(CHROMIUM), *arguments, f"--print-to-pdf={printed}", page.as_uri()],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    assert len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes())) == 1


# ------------------------------------------------------------------------------------------------------- calendar


def unfolded(entry: str) -> list[str]:
    assert entry.endswith("\r\n")
    assert "\n" not in entry.replace("\r\n", "")
    return entry.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)


@settings(max_examples=30, deadline=None)
@given(st.sampled_from(NAMES), st.sampled_from(LOCALES))
def test_the_calendar_entry_is_what_rfc_5545_asks_for(name: str, locale: str) -> None:
    document = sheet_of(world(given=owner(name=name)), locale)
    entry = render_calendar(document, wording(locale), starts_at=NOW + timedelta(hours=1), now=NOW)
    assert all(len(line.encode()) <= 75 for line in entry.split("\r\n"))
    lines = unfolded(entry)
    assert (lines[0], lines[-1]) == ("BEGIN:VCALENDAR", "END:VCALENDAR")
    fields = dict(line.split(":", 1) for line in lines)
    assert (fields["DTSTAMP"], fields["DTSTART"], fields["DTEND"]) == (
        "20261123T013000Z",
        "20261123T023000Z",
        "20261123T024500Z",
    )
    assert fields["UID"] == f"{document['task_id']}@outreach.aftercare"
    assert document["who"][0]["text"] in unescaped(fields["SUMMARY"])
    assert said(document, "opening") in unescaped(fields["DESCRIPTION"])
    for raw in (";", ","):
        assert not re.search(rf"(?<!\\){raw}", fields["SUMMARY"].replace("\\\\", ""))
