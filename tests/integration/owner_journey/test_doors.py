"""The doors of the registry: what a request leaves behind, and what it is answered."""

import itertools
from datetime import date
from typing import Any

import boto3
import pytest

from functions.owner_journey import api, stream, wiring, worker
from shared.adapters.owners_table import owner_key
from shared.domain.owners import Channel, Purpose, may_contact
from tests.integration.owner_journey.registry import (
    INTEGRATOR,
    MANAGER,
    OTHER_CENTRE,
    OTHER_OWNER,
    OWNER,
    VIN,
    body_of,
    call,
    catch_up,
    centres,
    demo_centre,
    everything_stored,
    owners,
    sample,
    waiting,
    work,
)

OWNER_1 = body_of("owner_journey/api_put_owner")
VEHICLE = body_of("owner_journey/api_put_vehicle")
VISIT = body_of("owner_journey/api_post_visit")
DUE_ON = "2026-02-03"
"""The day on which the vehicle of the samples calls for contact."""


def register() -> None:
    centres().put_centre(demo_centre())
    assert call("PUT", "/owners/owner-1", INTEGRATOR, OWNER_1).status == 201
    assert call("PUT", f"/vehicles/{VIN}", INTEGRATOR, VEHICLE).status == 201
    assert call("POST", "/visits", INTEGRATOR, VISIT).status == 201
    catch_up()


# ---------------------------------------------------------------------------------------------------------- sample


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("api_put_owner", 201),
        ("api_put_vehicle", 201),
        ("api_post_visit", 201),
        ("api_post_records", 202),
        ("api_get_owner", 404),
        ("api_post_consent", 404),
        ("api_get_personal_data", 200),
        ("api_delete_personal_data", 202),
    ],
)
def test_the_sample_request_is_answered(name: str, status: int) -> None:
    centres().put_centre(demo_centre())
    assert api.handler(sample(f"owner_journey/{name}"), None)["statusCode"] == status


def test_the_sample_messages_and_changes_are_processed() -> None:
    for name in ("worker_records_received", "worker_decisions"):
        assert worker.handler(sample(f"owner_journey/{name}"), None) == {"batchItemFailures": []}
    assert stream.handler(sample("owner_journey/stream_owners_changed"), None) == {"batchItemFailures": []}
    _, (holding,) = owners().owner_with_vehicles("owner-1")
    assert '"granted":false' in owners().find_owner("owner-8").merge
    assert owners().find_owner("owner-9").erased_at == "2026-03-15T03:00:00+00:00"
    assert (holding.vin, holding.visits, holding.deferred_until) == (VIN, 1, date(2026, 6, 15))


# ---------------------------------------------------------------------------------------------------------- owners


def test_an_owner_is_shown_with_vehicles_and_where_they_stand() -> None:
    register()
    shown = call("GET", "/owners/owner-1", MANAGER).json
    assert shown["owner"]["phones"] == [{"number": "+8613800138000", "kind": "mobile", "verified": False}]
    (vehicle,) = shown["vehicles"]
    assert (vehicle["vin"], vehicle["visits"], vehicle["last_reading"]["km"]) == (VIN, 1, 14980)
    assert vehicle["contact_due"]["because"] in ("maintenance", "lapse")
    assert vehicle["lifetime_value"]["inputs"]["visits"] == "1"
    assert shown["may_contact"]["marketing"]["call"] == {"allowed": False, "reason": "no_consent"}
    assert shown["may_contact"]["service"]["sms"] == {"allowed": True, "reason": "service"}


def test_owners_see_what_is_theirs_and_not_how_they_are_ranked() -> None:
    register()
    own = call("GET", "/owners/owner-1", OWNER)
    assert own.status == 200
    assert not {"segment", "lifetime_value", "contact_due"} & set(own.json["vehicles"][0])
    assert call("GET", "/owners/owner-1", OTHER_OWNER).status == 404
    assert call("GET", "/owners/owner-1", OTHER_CENTRE).status == 404


def test_registering_again_changes_nothing() -> None:
    register()
    before = everything_stored()
    assert call("PUT", "/owners/owner-1", INTEGRATOR, OWNER_1).status == 200
    assert call("PUT", f"/vehicles/{VIN}", INTEGRATOR, VEHICLE).status == 200
    assert call("POST", "/visits", INTEGRATOR, VISIT).status == 200
    catch_up()
    assert everything_stored() == before


def test_an_older_record_does_not_replace_a_later_one() -> None:
    register()
    late = {**OWNER_1, "name": "An old name", "as_of": "2020-01-01T00:00:00Z"}
    assert call("PUT", "/owners/owner-1", INTEGRATOR, late).status == 200
    assert owners().get_owner("owner-1").name == OWNER_1["name"]
    corrected = {**VISIT, "odometer_km": 15980, "as_of": "2025-06-04T00:00:00Z"}
    assert call("POST", "/visits", INTEGRATOR, corrected).status == 201
    assert call("POST", "/visits", INTEGRATOR, VISIT).status == 200
    catch_up()
    assert owners().owner_with_vehicles("owner-1")[1][0].history[0].odometer_km == 15980


def test_nobody_registers_for_another_centre() -> None:
    register()
    assert call("PUT", "/owners/owner-1", OTHER_CENTRE, {**OWNER_1, "phones": []}).status == 403
    assert call("PUT", f"/vehicles/{VIN}", OTHER_CENTRE, VEHICLE).status == 403
    assert call("POST", "/visits", OWNER, VISIT).status == 403
    foreign = call("POST", "/visits", INTEGRATOR, {**VISIT, "centre_id": "centre-2"})
    assert (foreign.status, foreign.pointers) == (422, ["/centre_id"])


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/owners/owner-1", {**OWNER_1, "zone": "Mars/Olympus"}, "/zone"),
        ("/owners/owner-1", {**OWNER_1, "phones": [{"number": "call me"}]}, "/phones/0/number"),
        ("/owners/owner-1", {**OWNER_1, "phones": [{"number": "12345678901"}]}, "/phones/0/number"),
        ("/owners/owner-1", {**OWNER_1, "phones": ["13800138000"]}, "/phones/0"),
        ("/owners/owner-1", {**OWNER_1, "phones": 5}, "/phones"),
        ("/owners/owner-1", {**OWNER_1, "as_of": "2999-01-01T00:00:00Z"}, "/as_of"),
        ("/owners/owner-1", {**OWNER_1, "id": "owner-2"}, "/id"),
        ("/owners/erased-1", OWNER_1, "/id"),
        ("/owners/owner-1", [1], ""),
        ("/vehicles/IOQ", VEHICLE, "/vin"),
        (f"/vehicles/{VIN}", {**VEHICLE, "in_service_on": None}, ""),
        (f"/vehicles/{VIN}", {**VEHICLE, "owner_since": "2020-01-01"}, ""),
        (f"/vehicles/{VIN}", {**VEHICLE, "owner_id": "erased-1"}, "/owner_id"),
    ],
)
def test_wrong_input_is_refused_with_a_pointer(path: str, body: Any, pointer: str) -> None:
    centres().put_centre(demo_centre())
    refused = call("PUT", path, INTEGRATOR, body)
    assert (refused.status, refused.pointers) == (422, [pointer])
    assert everything_stored() == "[]"


def test_a_visit_in_the_future_is_refused_unless_it_is_booked() -> None:
    assert call("POST", "/visits", INTEGRATOR, {**VISIT, "at": "2999-01-01T00:00:00Z"}).pointers == ["/at"]
    booked = {**VISIT, "at": "2999-01-01T00:00:00Z", "status": "booked"}
    assert call("POST", "/visits", INTEGRATOR, booked).status == 201


# -------------------------------------------------------------------------------------------------------- consents


def test_a_decision_takes_effect_at_once() -> None:
    register()
    yes = {"channel": "sms", "purpose": "marketing", "granted": True, "at": "2026-03-14T09:00:00Z"}
    assert call("POST", "/owners/owner-1/consents", OWNER, yes).status == 201
    owner = owners().get_owner("owner-1")
    at = owner.consents[0].at
    assert may_contact(owner, Channel.SMS, Purpose.MARKETING, at).allowed
    no = {"granted": False, "at": "2026-03-14T09:00:01Z", "how": "message", "source": "sms-1"}
    assert call("POST", "/owners/owner-1/consents", MANAGER, no).status == 201
    assert not may_contact(owners().get_owner("owner-1"), Channel.SMS, Purpose.SERVICE, at).allowed


def test_do_not_contact_takes_the_vehicle_out_of_those_due() -> None:
    register()
    assert [h.vin for h in owners().due("demo-centre", date(2030, 1, 1))] == [VIN]
    assert list(owners().due("demo-centre", date(2025, 6, 4))) == []
    no = {"granted": False, "how": "phone", "source": "attempt-1"}
    call("POST", "/owners/owner-1/consents", MANAGER, no)
    catch_up()
    assert list(owners().due("demo-centre", date(2030, 1, 1))) == []


def put_off(reason: str) -> dict[str, Any]:
    who = {"vin": VIN, "owner_id": "owner-1"}
    return {"type": "contact_deferred", **who, "until": "2026-12-01", "reason": reason, "at": "2026-11-22T21:00:00Z"}


def decided(*, granted: bool, at: str) -> dict[str, Any]:
    what = {"channel": "call", "purpose": "marketing", "granted": granted, "how": "form", "source": f"form-{at}"}
    return {"type": "consent_changed", "owner_id": "owner-1", "at": at, **what}


def due_on() -> str | None:
    """The day in the index."""
    items = boto3.client("dynamodb").scan(TableName="Owners")["Items"]
    return next((item["due_sk"]["S"].partition("#")[0] for item in items if "due_sk" in item), None)


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_consent_that_arrives_ends_a_wait_for_it_in_whatever_order(order: tuple[int, ...]) -> None:
    """A consent, the wait for it, and that same wait delivered once more."""
    told = [decided(granted=True, at="2026-11-23T02:00:00Z"), put_off("no_consent"), put_off("no_consent")]
    register()
    assert due_on() == DUE_ON
    for place in order:
        assert work(told[place]) == []
        catch_up()
    assert due_on() == "2026-11-23"
    assert [holding.vin for holding in owners().due("demo-centre", date(2026, 11, 23))] == [VIN]


@pytest.mark.parametrize("reason", ["opted_out", "do_not_contact"])
def test_whoever_agrees_to_calls_again_need_not_wait_out_their_refusal(reason: str) -> None:
    register()
    refused, agreed = (
        decided(granted=False, at="2026-11-22T21:00:00Z"),
        decided(granted=True, at="2026-11-25T02:00:00Z"),
    )
    assert work(refused, put_off(reason), agreed) == []
    catch_up()
    assert due_on() == "2026-11-25"


def test_a_refusal_after_the_consent_leaves_the_wait_as_it_is() -> None:
    register()
    agreed, refused = (
        decided(granted=True, at="2026-11-23T02:00:00Z"),
        decided(granted=False, at="2026-11-24T02:00:00Z"),
    )
    assert work(put_off("no_consent"), refused, agreed) == []
    catch_up()
    assert due_on() == "2026-12-01"


def test_consent_ends_no_rest_after_a_call() -> None:
    register()
    assert work(put_off("fine"), decided(granted=True, at="2026-11-23T02:00:00Z")) == []
    catch_up()
    assert due_on() == "2026-12-01"


def test_touching_an_owner_has_their_vehicles_computed_by_the_rules_as_they_now_are() -> None:
    register()
    before = due_on()
    rules = demo_centre().outreach.model_copy(update={"lapse_months": 3})
    centres().put_centre(demo_centre().model_copy(update={"outreach": rules}))
    wiring.stream_parts.cache_clear()  # a minute has passed
    key = owner_key("owner-1")
    boto3.client("dynamodb").update_item(
        TableName="Owners",
        Key=key,
        ConditionExpression="attribute_exists(rev)",
        UpdateExpression="SET touched_at = :now",
        ExpressionAttributeValues={":now": {"S": "2026-11-23T03:00:00Z"}},
    )
    touched = {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": key, "SequenceNumber": "1"}}
    for _ in range(2):
        assert stream.handler({"Records": [touched]}, None) == {"batchItemFailures": []}
    assert (before, due_on()) == ("2026-02-03", "2025-09-03")
    assert owners().get_owner("owner-1").id == "owner-1"


def test_a_permission_must_say_for_what() -> None:
    register()
    assert call("POST", "/owners/owner-1/consents", OWNER, {"granted": True}).status == 422
    assert call("POST", "/owners/owner-1/consents", OTHER_OWNER, {"granted": False}).status == 404
    ahead = {"channel": "sms", "purpose": "marketing", "granted": True, "at": "2999-01-01T00:00:00Z"}
    assert call("POST", "/owners/owner-1/consents", OWNER, ahead).pointers == ["/at"]


def test_a_refusal_that_comes_before_its_owner_is_not_lost() -> None:
    refusal = {"owner_id": "owner-1", "channel": None, "purpose": None, "granted": False}
    refusal |= {"at": "2026-01-01T00:00:00+00:00", "how": "message", "source": "sms-1"}
    assert work({"type": "consent_changed", **refusal}) == []
    register()
    assert owners().get_owner("owner-1").do_not_contact_since is not None
    assert list(owners().due("demo-centre", date(2030, 1, 1))) == []


# ------------------------------------------------------------------------------------------------------------ rows


def test_rows_are_checked_one_by_one_and_sent_in_one_message(queue: str) -> None:
    centres().put_centre(demo_centre())
    answer = call("POST", "/owner-records", INTEGRATOR, body_of("owner_journey/api_post_records"))
    assert (answer.status, answer.json["accepted"]) == (202, 4)
    (refusal,) = answer.json["refused"]
    assert refusal["index"] == 4
    assert [e["pointer"] for e in refusal["errors"]] == ["/phones/0/number"]
    (message,) = waiting(queue)
    assert work(message, message) == []
    catch_up()
    owner, (holding,) = owners().owner_with_vehicles("owner-1")
    assert (owner.name, holding.visits, holding.last_reading and holding.last_reading.km) == ("王小梅", 1, 22410)


def test_rows_of_others_are_refused_and_said_so(queue: str) -> None:
    register()
    work({"type": "erasure_requested", "owner_id": "owner-9", "requested_at": "2026-03-15T03:00:00+00:00"})
    rows = [
        {"record": "owner", **OWNER_1, "id": "owner-1", "phones": []},
        {"record": "owner", **OWNER_1, "id": "owner-9", "phones": []},
        {"record": "vehicle", "vin": VIN, **VEHICLE},
        {"record": "boat"},
        "no row",
    ]
    answer = call("POST", "/owner-records", OTHER_CENTRE, {"records": rows})
    assert answer.json["accepted"] == 0
    details = {r["index"]: r["errors"][0]["detail"] for r in answer.json["refused"]}
    assert details[0] == details[2] == "names an owner of another centre"
    assert details[1] == "names an owner whose data was erased"
    assert sorted(details) == [0, 1, 2, 3, 4]
    assert waiting(queue) == []


@pytest.mark.parametrize("body", [{}, {"records": []}, {"records": [{}] * 101}, [], None])
def test_what_is_no_list_of_rows_is_refused(body: Any) -> None:
    assert call("POST", "/owner-records", INTEGRATOR, body if body is not None else "null").status == 422


def test_one_person_in_two_rows_with_two_numbers_keeps_both() -> None:
    rows = [
        {"record": "owner", **OWNER_1, "id": "owner-1", "centre_id": "demo-centre", "complete": False,
         "phones": [{"number": number}]}
        for number in ("+8613800138000", "+862150001111")
    ]  # fmt: skip
    message = {"type": "owner_records_received", "centre_id": "demo-centre", "received_at": "", "records": rows}
    assert work(message) == []
    assert {p.number for p in owners().get_owner("owner-1").phones} == {"+8613800138000", "+862150001111"}


def test_a_message_that_nobody_can_process_fails_alone() -> None:
    refusal = {"owner_id": "owner-1", "granted": False, "at": "2026-01-01T00:00:00Z", "how": "form", "source": "f"}
    good = {"type": "consent_changed", **refusal}
    assert work({"type": "boat_sold"}, good, {"type": "consent_changed"}) == ["0", "2"]
    assert owners().find_owner("owner-1").rev == 1


# ---------------------------------------------------------------------------------------------------------- change


def test_a_vehicle_that_changed_hands_shows_each_owner_their_own_time() -> None:
    register()
    call("PUT", "/owners/owner-2", INTEGRATOR, {**OWNER_1, "name": "Next Owner", "phones": [], "emails": []})
    taken_over = {"owner_id": "owner-2", "owner_since": "2025-09-01", "as_of": "2026-03-14T10:00:00Z"}
    assert call("PUT", f"/vehicles/{VIN}", INTEGRATOR, taken_over).status == 201
    catch_up()
    (before,) = owners().owner_with_vehicles("owner-1")[1]
    (after,) = owners().owner_with_vehicles("owner-2")[1]
    assert (before.until, before.visits) == (date(2025, 9, 1), 1)
    assert (after.since, after.visits, after.model) == (date(2025, 9, 1), 0, "Model 3")
    assert [h.owner_id for h in owners().due("demo-centre", date(2030, 1, 1))] == ["owner-2"]


def test_a_holding_folded_from_less_never_replaces_one_folded_from_more() -> None:
    register()
    table = owners()
    (holding,) = table.owner_with_vehicles("owner-1")[1]
    stale = holding.model_copy(update={"visits": 0})
    assert not table.put_holding(stale, 1, "demo-centre", date(2026, 1, 1))
    assert table.owner_with_vehicles("owner-1")[1][0].visits == 1


def test_an_owner_who_comes_after_the_vehicle_still_becomes_due() -> None:
    centres().put_centre(demo_centre())
    call("PUT", f"/vehicles/{VIN}", INTEGRATOR, VEHICLE)
    catch_up()
    assert list(owners().due("demo-centre", date(2030, 1, 1))) == []
    call("PUT", "/owners/owner-1", INTEGRATOR, OWNER_1)
    keys = {"pk": {"S": "OWNER#owner-1"}, "sk": {"S": "OWNER"}}
    record = {"eventSource": "aws:dynamodb", "dynamodb": {"Keys": keys, "SequenceNumber": "1"}}
    assert stream.handler({"Records": [record]}, None) == {"batchItemFailures": []}
    assert [h.vin for h in owners().due("demo-centre", date(2030, 1, 1))] == [VIN]


# ----------------------------------------------------------------------------------------------------- personal data


def test_personal_data_is_gathered_for_the_person_and_nobody_else() -> None:
    register()
    gathered = call("GET", "/owners/owner-1/personal-data", OWNER)
    assert gathered.status == 200
    assert gathered.json["owners"]["owner"]["name"] == "王小梅"
    assert {f["record"] for f in gathered.json["owners"]["vehicles"][0]["facts"]} == {"vehiclerecord", "visit"}
    assert gathered.json["bills"] == []
    assert list(call("GET", "/owners/owner-1/personal-data", MANAGER, query={"room": "bills"}).json) == [
        "owner_id",
        "gathered_at",
        "bills",
    ]
    assert call("GET", "/owners/owner-1/personal-data", OTHER_OWNER).status == 403
    assert call("GET", "/owners/owner-1/personal-data", INTEGRATOR).status == 403
    assert call("GET", "/owners/owner-1/personal-data", OTHER_CENTRE).status == 404
    assert call("GET", "/owners/owner-1/personal-data", OWNER, query={"room": "cellar"}).status == 422


def test_erasure_leaves_nothing_of_the_person_and_nothing_brings_it_back(queue: str) -> None:
    register()
    late = [{"record": "vehicle", "vin": VIN, "centre_id": "demo-centre", **VEHICLE}]
    late += [{"record": "owner", **OWNER_1, "id": "owner-1", "centre_id": "demo-centre", "phones": []}]
    assert call("DELETE", "/owners/owner-1/personal-data", OTHER_OWNER).status == 403
    assert call("DELETE", "/owners/owner-1/personal-data", OWNER).status == 202
    (message,) = waiting(queue)
    assert work(message) == []
    catch_up()
    stored = everything_stored()
    for trace in ("王小梅", "13800138000", "owner@example.com", "四轮换位", "320.00"):
        assert trace not in stored
    assert stored.count("owner-1") == 1
    received = {"type": "owner_records_received", "centre_id": "demo-centre", "received_at": "", "records": late}
    assert work(message, received) == []
    catch_up()
    assert everything_stored() == stored
    assert call("PUT", "/owners/owner-1", INTEGRATOR, OWNER_1).status == 409
    assert call("GET", "/owners/owner-1", MANAGER).status == 404


def test_the_next_owner_keeps_the_vehicles_history_after_an_erasure() -> None:
    register()
    call("PUT", "/owners/owner-2", INTEGRATOR, {**OWNER_1, "phones": [], "emails": []})
    taken_over = {"owner_id": "owner-2", "owner_since": "2025-09-01", "as_of": "2026-03-14T10:00:00Z"}
    call("PUT", f"/vehicles/{VIN}", INTEGRATOR, taken_over)
    catch_up()
    (before,) = owners().owner_with_vehicles("owner-2")[1]
    work({"type": "erasure_requested", "owner_id": "owner-1", "requested_at": "2026-03-15T03:00:00+00:00"})
    catch_up()
    (after,) = owners().owner_with_vehicles("owner-2")[1]
    assert (after.since, after.maintenance) == (before.since, before.maintenance)
    assert after.maintenance[0].counted_from == date(2025, 6, 3)


def test_after_an_erasure_the_next_owners_new_visits_still_count() -> None:
    register()
    for hour in range(10, 14):
        call("PUT", f"/vehicles/{VIN}", INTEGRATOR, {**VEHICLE, "as_of": f"2026-03-14T{hour}:00:00Z"})
    taken_over = {"owner_id": "owner-2", "owner_since": "2025-09-01", "as_of": "2026-03-14T10:00:00Z"}
    call("PUT", f"/vehicles/{VIN}", INTEGRATOR, taken_over)
    catch_up()
    work({"type": "erasure_requested", "owner_id": "owner-1", "requested_at": "2026-03-15T03:00:00+00:00"})
    call("POST", "/visits", INTEGRATOR, {**VISIT, "id": "RO-9", "at": "2026-02-01T10:00:00Z", "odometer_km": 24000})
    catch_up()
    assert owners().find_owner_with_vehicles("owner-2")[1][0].visits == 1
