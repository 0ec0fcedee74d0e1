"""A bill, from the dealer's system to the owner's page, on the deployed system."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from local.api import Answer
from local.tour import until
from local.walk_bills import BILLS, TROUBLE, hand_in
from tests.e2e.conftest import System

SAMPLES = sorted(path for path in BILLS.glob("*") if path.suffix in (".json", ".xml"))


@pytest.fixture(scope="module")
def taken_in(system: System) -> dict[Path, Answer]:
    """Every sample bill, handed in once."""
    return {bill: hand_in(system.api("integrator"), bill) for bill in SAMPLES}


@pytest.fixture(scope="module")
def bill_id(taken_in: dict[Path, Answer]) -> str:
    """The bill with trouble in it."""
    return str(taken_in[TROUBLE].json()["bill_id"])


@pytest.mark.parametrize("bill", SAMPLES, ids=lambda bill: bill.name)
def test_a_bill_is_explained_and_the_same_bill_gets_the_same_answer(
    bill: Path, system: System, taken_in: dict[Path, Answer]
) -> None:
    first, again = taken_in[bill], hand_in(system.api("integrator"), bill)
    assert (first.status, again.status) == (201, 200), first.text
    # A link says until when it is good, so it differs from one second to the next.
    assert {**first.json(), "links": None} == {**again.json(), "links": None}


def test_an_owner_reads_it_in_three_forms(system: System, bill_id: str) -> None:
    for media_type in ("application/json", "text/plain", "text/html"):
        answer = system.api("owner").get(f"/bills/{bill_id}/explanation", {"accept": media_type})
        assert (answer.status, answer.content_type) == (200, media_type)


def test_an_owner_finds_it_in_the_list(system: System, bill_id: str) -> None:
    listed = system.api("owner").get("/bills").json()["bills"]
    assert bill_id in [bill["bill_id"] for bill in listed]


@pytest.mark.parametrize("stranger", ["other-owner", "other-manager", "other-integrator"])
def test_a_stranger_does_not(system: System, bill_id: str, stranger: str) -> None:
    assert system.api(stranger).get(f"/bills/{bill_id}/explanation").status == 403


def test_a_bill_comes_from_the_centre_and_not_from_an_owner(system: System) -> None:
    assert hand_in(system.api("owner"), TROUBLE).status == 403


def test_the_link_opens_the_page_without_a_login(system: System, taken_in: dict[Path, Answer]) -> None:
    link = taken_in[TROUBLE].json()["links"]["page"]
    assert link.startswith(f"{system.url}/links/")
    page = system.api().get(link)
    assert (page.status, page.content_type) == (200, "text/html")
    assert page.text.lstrip().lower().startswith("<!doctype html>")


def test_a_link_that_was_tampered_with_opens_nothing(system: System, taken_in: dict[Path, Answer]) -> None:
    link = taken_in[TROUBLE].json()["links"]["page"]
    flipped = link[:-2] + ("A" if link[-2] != "A" else "B") + link[-1]
    assert system.api().get(flipped).status in (401, 403, 404)


def test_the_owner_is_told_once_through_the_stream(system: System, taken_in: dict[Path, Answer], bill_id: str) -> None:
    assert hand_in(system.api("integrator"), TROUBLE).status == 200
    deadline = time.monotonic() + 20
    while len(notices := notices_of(system)) < len(taken_in) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len([notice for notice in notices if notice.startswith(f"explanation_ready#{bill_id}#")]) == 1


def notices_of(system: System) -> list[str]:
    """The notices about explanations that the notifications room has taken from its queue."""
    table = system.deployment.outputs["NotificationLogTable"]
    pages = system.cloud.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    found = [item.get("notification_id", {}).get("S", "") for page in pages for item in page["Items"]]
    return [notice for notice in found if notice.startswith("explanation_ready#")]


def test_a_dispute_becomes_a_case_that_its_customer_sees(system: System, bill_id: str) -> None:
    dispute = {"kind": "dispute", "words": "I never agreed to this."}
    asked = system.api("owner").post(f"/bills/{bill_id}/questions", dispute)
    assert asked.status == 201, asked.text
    [case_id] = until("the case", lambda: [case["case_id"] for case in system.tour.get("owner", "/cases")["cases"]])
    case = system.tour.get("owner", f"/cases/{case_id}")
    assert (case["bill_id"], case["raised_by"]) == (bill_id, "you")
    assert dispute["words"] in [entry.get("words") for entry in case["timeline"]]


def test_logs_hold_keys_and_no_words(system: System, bill_id: str) -> None:
    said = system.functions_said()
    assert bill_id in said
    assert "I never agreed to this." not in said
    assert system.api("owner").token not in said
