"""Who is due is asked once, with consent, and what they say has its effect."""

import itertools
import re
from datetime import timedelta

import pytest

from functions.recall_outreach import worker
from shared.domain.outreach import State
from tests.integration.recall_outreach.outreach_world import ADVISOR, MANAGER, OTHER_CENTRE, OWNER, World, sample
from tests.unit.recall_outreach.people import NOW, OTHER_PHONE, PHONE, centre, consent, holding, owner

VISIT = {"id": "RO-3", "centre_id": "demo-centre", "kind": "maintenance"}


def test_an_owner_who_has_not_been_in_gets_a_task_with_a_rank_and_its_reasons(world: World) -> None:
    world.put_owner()
    assert world.run() == []
    task = world.task()
    assert (task.state, task.because, task.month) == (State.OPEN, "lapse", "2026-11")
    assert task.rank is not None
    assert [reason.factor for reason in task.rank.reasons] == ["value", "reach", "time"]


def test_a_run_repeated_makes_no_second_task(world: World) -> None:
    world.put_owner()
    world.run()
    world.later(days=1)
    world.run()
    assert len(world.tasks()) == 1


def test_the_schedule_starts_each_centre_where_the_day_is_about_to_begin(world: World) -> None:
    world.put_centre(centre())
    world.tick()  # 21:00 UTC is 05:00 in Shanghai
    assert [message["centre_id"] for message in world.waiting("OutreachCentres")] == ["demo-centre"]
    world.tick(time="2026-11-22T22:00:00Z")
    assert world.waiting("OutreachCentres") == []


def test_the_worker_takes_its_sample_event(world: World) -> None:
    world.put_owner()
    assert worker.handler(sample("worker_outreach_due"), None) == {"batchItemFailures": []}
    assert world.task().state is State.OPEN


def test_who_did_not_agree_to_calls_is_skipped_with_the_reason_and_put_off(world: World) -> None:
    world.put_owner(owner(consents=[]))
    world.run()
    task = world.task()
    assert (task.state, task.barrier) == (State.SKIPPED, "no_consent")
    world.changed(task)
    (message,) = world.waiting("OwnerRecords")
    assert (message["type"], message["reason"]) == ("contact_deferred", "no_consent")
    assert message["until"] == (NOW + timedelta(days=60)).date().isoformat()


def test_who_agrees_after_they_were_skipped_is_asked_with_the_next_run_and_once(world: World) -> None:
    world.put_owner(owner(consents=[]))
    world.run()
    skipped = world.task()
    world.put_owner(owner(consents=[consent(at=NOW)]))  # the registry has them due on the same day again
    world.later(days=1)
    world.run()
    world.run()
    task = world.task()
    assert (task.id, task.state, task.barrier, task.made_at) == (skipped.id, State.OPEN, None, world.now)
    assert [entry["task_id"] for entry in world.call("GET", "/outreach").json["calls"]] == [task.id]
    world.changed(task, skipped)
    assert [message["reason"] for message in world.waiting("OwnerRecords")] == ["task_open"]


def test_who_is_still_not_to_be_asked_is_recorded_anew_only_with_another_reason(world: World) -> None:
    world.put_owner(owner(consents=[]))
    world.run()
    skipped = world.task()
    world.later(days=1)
    world.run()
    assert world.task() == skipped
    world.put_owner(owner(phones=[]))
    world.run()
    assert (world.task().state, world.task().barrier) == (State.SKIPPED, "no_phone")
    world.changed(world.task(), skipped)
    assert [message["reason"] for message in world.waiting("OwnerRecords")] == ["no_phone"]


def test_a_hold_out_is_recorded_and_never_listed(world: World) -> None:
    world.put_centre(centre(outreach={"hold_out_percent": 50}))
    for number in range(40):
        world.put_owner(owner(f"owner-{number}"), holding(f"owner-{number}", f"LRW3E7FA0RC00{number:04}"))
    world.run()
    held_out = {task.owner_id for task in world.tasks() if task.state is State.HELD_OUT}
    assert 8 <= len(held_out) <= 32
    listed = world.call("GET", "/outreach").json["calls"]
    assert len(listed) == 10
    assert not held_out & {entry["owner"]["id"] for entry in listed}


@pytest.mark.parametrize("percent", [0, 50])
def test_an_owner_of_two_cars_counts_once_whether_asked_or_held_out(world: World, percent: int) -> None:
    world.put_centre(centre(outreach={"hold_out_percent": percent}))
    who = "owner-3"  # of those who are held out
    world.put_owner(owner(who), holding(who))
    world.put_holding(holding(who, "LRW3E7FA0RC000043"))
    world.run()
    states = sorted((task.state.value, task.barrier) for task in world.tasks())
    assert states == [("held_out" if percent else "open", None), ("skipped", "asked_already")]


def test_the_list_shows_name_place_and_reasons_in_the_language_asked_for(world: World) -> None:
    world.put_owner()
    world.run()
    listed = world.call("GET", "/outreach", query={"locale": "en"}).json
    (entry,) = listed["calls"]
    assert (entry["place"], entry["owner"]["name"], entry["vehicle"]["model"]) == (1, "王芳", "Model 3")
    assert any("worth of the years ahead" in reason for reason in entry["reasons"])
    assert listed["calls_a_day"] == 10


def test_the_sheet_comes_as_json_page_and_calendar_entry(world: World) -> None:
    world.put_owner()
    world.run()
    path = f"/outreach/{world.task().id}"
    document = world.call("GET", path).json
    assert document["number"] == PHONE
    assert [branch["branch"] for branch in document["branches"]] == ["fine", "dissatisfied", "elsewhere"]
    assert any("23,456" in text["text"] for text in document["thanks"])
    page = world.call("GET", path, accept="text/html")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in page.text
    assert "王芳您好" in re.sub(r"<[^>]*>", "", page.text)
    entry = world.call("GET", path, accept="text/calendar")
    assert entry.text.startswith("BEGIN:VCALENDAR\r\n")
    assert world.call("GET", path, accept="image/png").status == 406


def test_without_an_odometer_reading_there_is_no_figure(world: World) -> None:
    world.put_owner(held=holding(first_reading=None, last_reading=None))
    world.run()
    document = world.call("GET", f"/outreach/{world.task().id}", query={"locale": "en"}).json
    assert [text["figures"] for text in document["thanks"]] == [[]]
    assert [text["figures"] for text in document["basis"]] == [[]]


def test_a_call_is_claimed_by_one_person_and_told_once(world: World) -> None:
    world.put_owner()
    world.run()
    task = world.task()
    assert world.report(task, "calling", request_id="r1").status == 201
    assert world.report(task, "calling", request_id="r1").status == 200
    other = world.report(task, "calling", ADVISOR)
    assert (other.status, "being_called" in other.json["detail"]) == (409, True)
    assert world.report(task, "fine", ADVISOR).status == 409
    assert world.report(task, "fine", request_id="r2").status == 201
    assert world.report(task, "fine", request_id="r2").status == 200
    assert len(world.task().attempts) == 1
    assert world.call("GET", "/outreach").json["calls"] == []
    assert world.call("GET", "/outreach").json["calls_made"] == 1


def test_a_dissatisfied_owner_gets_a_case_with_their_words(world: World) -> None:
    world.put_owner()
    world.run()
    before = world.task()
    assert world.report(before, "dissatisfied").status == 422
    assert world.report(before, "dissatisfied", words="等了三个小时").status == 201
    world.changed(world.task(), before)
    (request,) = world.waiting("CaseRequests")
    assert (request["reason"], request["words"], request["owner_id"]) == ("win_back", "等了三个小时", "owner-1")
    (deferred,) = world.waiting("OwnerRecords")
    assert deferred["reason"] == "dissatisfied"


def test_do_not_contact_stops_at_once_and_tells_the_registry(world: World) -> None:
    world.put_owner()
    world.run()
    before = world.task()
    assert world.report(before, "do_not_contact").status == 201
    world.changed(world.task(), before)
    consented, _ = world.waiting("OwnerRecords")
    assert (consented["granted"], consented["channel"], consented["purpose"]) == (False, None, None)
    # The registry has not heard of it yet, and still nobody is asked, about another vehicle either.
    other = holding(vin="LRW3E7FA0RC000043", last_visit_at=NOW - timedelta(days=230))
    world.put_holding(other)
    world.later(days=60)
    world.run()
    assert {task.vin: task.barrier for task in world.tasks()}[other.vin] == "opted_out"
    assert world.report(before, "calling").status == 409


def test_no_answer_is_tried_again_at_another_time_of_day_and_then_rests(world: World) -> None:
    world.put_owner()
    world.run()
    task = world.task()
    seen = []
    for _ in range(3):
        seen.append(world.now)
        assert world.report(task, "calling").status == 201
        assert world.report(task, "no_answer").status == 201
        task = world.task()
        if task.not_before is not None:
            assert world.report(task, "calling").status == 409
            world.now = task.not_before
    assert (task.state, task.closed_as) == (State.CLOSED, "no_answer")
    assert all(later - earlier >= timedelta(hours=168) for earlier, later in itertools.pairwise(seen))
    parts = {"morning" if moment.hour < 4 else "afternoon" for moment in seen[:2]}
    assert parts == {"morning", "afternoon"}


def test_a_wrong_number_is_not_called_again(world: World) -> None:
    phones = [{"number": PHONE, "kind": "mobile", "verified": True}, {"number": OTHER_PHONE, "kind": "mobile"}]
    world.put_owner(owner(phones=phones))
    world.run()
    assert world.report(world.task(), "wrong_number").status == 201
    task = world.task()
    assert (task.state, task.not_before is not None) == (State.OPEN, True)
    world.now = task.not_before or world.now
    assert world.call("GET", f"/outreach/{task.id}").json["number"] == OTHER_PHONE
    assert world.report(task, "wrong_number").status == 201
    assert world.task().closed_as == "wrong_number"


def test_a_call_is_a_contact_from_its_beginning_and_with_a_wrong_number_none_after_all(world: World) -> None:
    world.put_owner()
    world.run()
    due, told = world.task(), []
    for outcome in ("calling", "wrong_number"):
        before = world.task()
        assert world.report(before, outcome).status == 201
        world.changed(world.task(), before)
        world.changed(world.task(), before)  # the stream delivers it again
        told.append(world.waiting("Notifications"))
    assert [[message["counts"] for message in messages] for messages in told] == [[True, True], [False, False]]
    assert {message["contact_id"] for messages in told for message in messages} == {f"{due.id}#call-1"}
    assert world.outreach.get_person("owner-1").contacts == ()


def test_an_appointment_is_asked_of_a_colleague(world: World) -> None:
    world.put_owner()
    world.run()
    before = world.task()
    world.report(before, "wants_appointment", words="周六上午最好")
    world.changed(world.task(), before)
    counted, notice = world.waiting("Notifications")
    assert (counted["type"], counted["owner_id"], counted["counts"]) == ("contact_made", "owner-1", True)
    assert notice["to"] == {"staff_id": "li-na"}
    assert "周六上午最好" in notice["text"]
    assert notice["subject"] == "王芳想预约"


def test_a_returning_visit_closes_the_task_and_counts_as_won_back(world: World) -> None:
    world.put_owner()
    world.run()
    world.report(world.task(), "fine")
    world.later(days=10)
    came = holding().model_copy(update={"last_visit_at": world.now})
    came = holding(last_visit_at=world.now, history=[{**VISIT, "at": world.now}, *map(dict, came.history)])
    world.returned(came)
    task = world.task()
    assert (task.is_won_back, task.returned_at) == (True, world.now)
    report = world.call("GET", "/outreach/effect", query={"month": "2026-11"}).json
    assert (report["asked"]["won_back"], report["finding"], report["waiting"]) == (1, "too_few", 1)
    world.later(days=60)
    report = world.call("GET", "/outreach/effect", query={"month": "2026-11", "locale": "en"}).json
    assert (report["asked"]["counted"], report["asked"]["came_back"]) == (1, 1)
    assert report["says"][0].startswith("Too few to tell")


def test_a_visit_before_anybody_called_closes_the_task(world: World) -> None:
    world.put_owner()
    world.run()
    world.later(days=1)
    world.returned(holding(last_visit_at=world.now, history=[{**VISIT, "at": world.now}]))
    assert (world.task().closed_as, world.task().is_won_back) == ("returned", False)
    assert world.call("GET", "/outreach").json["calls"] == []


def test_a_sold_vehicle_or_a_refusal_ends_the_task(world: World) -> None:
    world.put_owner()
    world.run()
    refused = consent(granted=False, at=NOW, channel=None, purpose=None)
    world.put_owner(owner(consents=[consent(), refused]), holding())
    world.stream("OWNER#owner-1", f"VEHICLE#{holding().vin}")
    assert world.task().closed_as == "opted_out"


def test_consent_withdrawn_after_the_task_was_made_forbids_the_call(world: World) -> None:
    world.put_owner()
    world.run()
    world.put_owner(owner(consents=[]), holding())
    task = world.task()
    assert world.call("GET", "/outreach").json["calls"] == []
    document = world.call("GET", f"/outreach/{task.id}", query={"locale": "en"}).json
    assert document["number"] is None
    assert document["call"][0]["text"].startswith("Do not call")
    assert world.report(task, "calling").status == 409


def test_in_quiet_hours_the_owner_is_listed_for_later_but_cannot_be_called(world: World) -> None:
    world.put_owner(owner(zone="Europe/Berlin"))  # 02:30 there
    world.run()
    (entry,) = world.call("GET", "/outreach").json["calls"]
    assert entry["call_from"] == "2026-11-23T07:00:00+00:00"
    assert "quiet_hours" in world.report(world.task(), "calling").json["detail"]


@pytest.mark.parametrize("claims", [OWNER, OTHER_CENTRE])
def test_tasks_are_for_staff_of_the_centre_alone(world: World, claims: dict[str, str]) -> None:
    world.put_owner()
    world.run()
    path = f"/outreach/{world.task().id}"
    assert world.call("GET", path, claims).status in (403, 404)
    assert world.call("POST", f"{path}/attempts", claims, {"outcome": "fine"}).status in (403, 404)
    assert world.call("GET", "/outreach/effect", claims).status in (403, 404)


def test_an_advisor_sees_the_list_but_not_the_effect(world: World) -> None:
    world.put_owner()
    assert world.call("GET", "/outreach", ADVISOR).status == 200
    assert world.call("GET", "/outreach/effect", ADVISOR).status == 403


@pytest.mark.parametrize("body", [{}, {"outcome": "great"}, {"outcome": "elsewhere"}, {"outcome": "fine", "x": 1}, []])
def test_a_report_that_breaks_a_rule_is_refused(world: World, body: object) -> None:
    world.put_owner()
    world.run()
    answer = world.call("POST", f"/outreach/{world.task().id}/attempts", MANAGER, body)
    assert answer.status == 422
    assert world.task().attempts == ()


def test_bad_queries_are_refused_and_unknown_tasks_not_found(world: World) -> None:
    assert world.call("GET", "/outreach/effect", query={"month": "2026-13"}).status == 422
    assert world.call("GET", "/outreach/effect", query={"centre": "other-centre"}).status == 422
    assert world.call("GET", "/outreach/nothing").status == 404
