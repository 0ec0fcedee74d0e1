"""Two at once, and a stop after every single call: the registry ends as if nothing had happened."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import boto3
import pytest

from functions.owner_journey.keep_owner import keep_consents, keep_owner
from functions.owner_journey.models import OwnerRecord
from functions.owner_journey.refold import refold_owner, refold_vehicle
from functions.owner_journey.take_in_message import take_in_message
from shared.adapters.owners_table import OwnersTable
from shared.content import load
from shared.domain.owners import Consent
from tests.integration.owner_journey.registry import (
    VIN,
    catch_up,
    centres,
    demo_centre,
    everything_stored,
    owners,
    sample,
)

PLANS = load("maintenance_plans")["entries"]
REFUSAL = Consent.model_validate({"granted": False, "at": "2026-03-01T00:00:00Z", "how": "phone", "source": "a-1"})


class Stopped(Exception):
    """The function was stopped here."""


class Client:
    """DynamoDB, with something else happening before or after its calls."""

    def __init__(self, before: Callable[[str, int], None], after: Callable[[int], None] = lambda _: None) -> None:
        self._client, self._before, self._after = boto3.client("dynamodb"), before, after
        self.calls = 0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)

        def meddled(**arguments: Any) -> Any:
            self._before(name, self.calls)
            answer = call(**arguments)
            self.calls += 1
            self._after(self.calls)
            return answer

        return meddled


def owner_record() -> OwnerRecord:
    body = {"name": "Somebody", "locale": "en", "zone": "UTC", "as_of": "2026-03-01T00:00:00Z"}
    return OwnerRecord.model_validate({"id": "owner-1", "centre_id": "demo-centre", **body})


def messages() -> list[dict[str, Any]]:
    import json

    records = sample("owner_journey/worker_records_received")["Records"]
    return [json.loads(record["body"]) for record in records]


def once(action: Callable[[], object], call: str) -> Callable[[str, int], None]:
    """Lets `action` happen just before the first call of this name."""
    waiting: Iterator[Callable[[], object]] = iter([action])

    def before(name: str, _: int) -> None:
        if name == call and (due := next(waiting, None)) is not None:
            due()

    return before


# ---------------------------------------------------------------------------------------------------------- two at once


def test_a_refusal_that_comes_while_an_owner_is_written_is_not_overwritten() -> None:
    meddling = Client(once(lambda: keep_consents("owner-1", [REFUSAL], owners()), "put_item"))
    keep_owner(owner_record(), OwnersTable(meddling, "Owners"))
    assert owners().get_owner("owner-1").consents == (REFUSAL,)


def test_an_owner_who_comes_while_the_first_holding_is_written_is_not_missed() -> None:
    centres().put_centre(demo_centre())
    take_in_message({**messages()[0], "records": messages()[0]["records"][1:]}, owners(), ())

    def owner_arrives() -> None:
        keep_owner(owner_record(), owners())
        refold_owner("owner-1", owners(), lambda _: demo_centre(), PLANS)  # finds no holding to bring up to date

    meddling = Client(once(owner_arrives, "put_item"))
    refold_vehicle(VIN, OwnersTable(meddling, "Owners"), lambda _: demo_centre(), PLANS)
    assert [h.vin for h in owners().due("demo-centre", date(2030, 1, 1))] == [VIN]


def test_a_slow_fold_does_not_undo_a_fast_one() -> None:
    centres().put_centre(demo_centre())
    rows = messages()[0]["records"]
    take_in_message({**messages()[0], "records": rows[:2]}, owners(), ())

    def visit_arrives() -> None:
        take_in_message({**messages()[0], "records": rows[2:]}, owners(), ())
        catch_up()

    meddling = Client(once(visit_arrives, "put_item"))
    refold_vehicle(VIN, OwnersTable(meddling, "Owners"), lambda _: demo_centre(), PLANS)
    assert owners().owner_with_vehicles("owner-1")[1][0].visits == 1


# ----------------------------------------------------------------------------------------------------------- crashes


def stop_after(limit: int) -> Callable[[int], None]:
    def after(calls: int) -> None:
        if calls == limit:
            raise Stopped

    return after


def clear() -> None:
    client = boto3.client("dynamodb")
    for item in client.scan(TableName="Owners")["Items"]:
        client.delete_item(TableName="Owners", Key={"pk": item["pk"], "sk": item["sk"]})


def run(story: list[dict[str, Any]], stop_in: int | None, limit: int) -> tuple[str, int]:
    """Process a story, stopping once inside one message, which then comes again; the final state and calls made."""
    clear()
    calls = 0
    for position, message in enumerate(story):
        if position == stop_in:
            client = Client(lambda *_: None, stop_after(limit))
            try:
                take_in_message(message, OwnersTable(client, "Owners"), ())
            except Stopped:
                catch_up()  # the stream goes on meanwhile
            calls = client.calls
        take_in_message(message, owners(), ())
        catch_up()
    return everything_stored(), calls


@pytest.mark.parametrize("erased", [False, True])
def test_a_stop_after_any_call_and_a_second_delivery_leave_the_same_state(erased: bool) -> None:
    centres().put_centre(demo_centre())
    erasure = {"type": "erasure_requested", "owner_id": "owner-1", "requested_at": "2026-03-15T03:00:00+00:00"}
    story = [messages()[0], erasure if erased else {"type": "contact_deferred", **deferral()}]
    undisturbed, _ = run(story, None, 0)
    for stop_in in range(len(story)):
        limit = 1
        while True:
            state, calls = run(story, stop_in, limit)
            assert without_counts(state) == without_counts(undisturbed), f"stopped in {stop_in} after {limit}"
            if calls < limit:
                break
            limit += 1
        assert limit > 2


def deferral() -> dict[str, Any]:
    return {"vin": VIN, "owner_id": "owner-1", "until": "2026-06-15", "reason": "fine", "at": "2026-03-15T03:00:00Z"}


def without_counts(state: str) -> str:
    """Counts of changes tell of repetitions; nothing else may."""
    import re

    return re.sub(r'"(rev|seen)": \{"N": "\d+"\}', "", state)
