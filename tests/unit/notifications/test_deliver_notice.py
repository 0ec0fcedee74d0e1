"""A notice reaches its recipient once, the right way, at a decent time, or is accounted for."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, Literal

import pytest

from functions.notifications.contact_rules import contact_rules
from functions.notifications.deliver_notice import LEASE, PROOF_WITHIN
from shared.adapters.notices_table import State, notice_key
from shared.domain.delivery import Verdict
from shared.domain.errors import InvalidInput, UnsupportedInput
from tests.unit.notifications.world import (
    MANAGER_PHONE,
    NOON,
    OWNER_EMAIL,
    OWNER_PHONE,
    Stopped,
    World,
    call_made,
    centre,
    consent,
    owner,
    page,
    request,
)

YESTERDAY = NOON - timedelta(days=1)


def test_a_service_message_reaches_its_owner_by_email() -> None:
    world = World()
    world.take_in(request())
    assert [(s.channel, s.address) for s in world.sent] == [("email", OWNER_EMAIL)]
    assert world.state() is State.SENT


def test_the_same_request_again_is_sent_once() -> None:
    world = World()
    for _ in range(3):
        world.take_in(request())
        world.wait(minutes=20)
    assert world.channels() == ["email"]


def test_an_urgent_page_rings_the_manager_at_night() -> None:
    world = World(now=NOON + timedelta(hours=12))
    world.take_in(page())
    assert [(s.channel, s.address) for s in world.sent] == [("sms", MANAGER_PHONE)]


def test_what_is_finished_keeps_no_text() -> None:
    world = World()
    world.take_in(request())
    assert world.notice().request is None
    assert set(world.notice().times) == {"sending", "sent"}


# ------------------------------------------------------------------------------------------------ consent


def test_marketing_without_consent_is_withheld() -> None:
    world = World()
    world.take_in(request(purpose="marketing"))
    assert world.sent == []
    assert (world.state(), world.notice().reason) == (State.WITHHELD, "no_consent")


def test_marketing_goes_by_the_channel_that_was_agreed_to() -> None:
    world = World(owners={"owner-1": owner(consents=[consent("sms", "marketing", granted=True, at=YESTERDAY)])})
    world.take_in(request(purpose="marketing"))
    assert world.channels() == ["sms"]


def test_the_channel_that_an_owner_asked_for_last_comes_first() -> None:
    wishes = [
        consent("email", "service", granted=True, at=YESTERDAY - timedelta(days=3)),
        consent("sms", "service", granted=True, at=YESTERDAY),
    ]
    world = World(owners={"owner-1": owner(consents=wishes)})
    world.take_in(request())
    assert world.channels() == ["sms"]


def test_do_not_contact_me_holds_for_urgent_messages_too() -> None:
    world = World(owners={"owner-1": owner(consents=[consent(None, None, granted=False, at=YESTERDAY)])})
    world.take_in(request(urgency="urgent"))
    assert (world.sent, world.notice().reason) == ([], "do_not_contact")


def test_consent_is_asked_anew_when_a_postponed_message_comes_due() -> None:
    agreed = owner(consents=[consent("sms", "marketing", granted=True, at=YESTERDAY)])
    world = World(owners={"owner-1": agreed}, now=NOON + timedelta(hours=10))
    world.take_in(request(purpose="marketing"))
    assert world.state() is State.PENDING
    refused = [*agreed.consents, consent("sms", "marketing", granted=False, at=world.now)]
    world.owners["owner-1"] = owner(consents=refused)
    world.wait(hours=12)
    assert (world.sent, world.state()) == ([], State.WITHHELD)


# ------------------------------------------------------------------------------------- quiet hours and caps


def test_a_routine_sms_waits_for_the_morning_of_its_owner() -> None:
    world = World(owners={"owner-1": owner(emails=[])}, now=NOON + timedelta(hours=10))  # 22:00 in Shanghai
    world.take_in(request())
    assert (world.sent, world.notice().reason) == ([], "quiet_hours")
    world.wait(hours=9, minutes=59)
    assert world.sent == []
    world.wait(minutes=1)
    assert [s.at.hour for s in world.sent] == [0]  # 08:00 in Shanghai
    assert world.state() is State.SENT


def test_an_email_about_the_service_may_come_at_night() -> None:
    world = World(now=NOON + timedelta(hours=10))
    world.take_in(request())
    assert world.channels() == ["email"]


def test_the_fifth_routine_message_of_a_day_waits_whatever_its_kind() -> None:
    world = World()
    for number in range(5):
        world.take_in(request(f"n-{number}", kind=f"kind-{number}"))
    assert len(world.sent) == 4
    assert world.notice("n-4").reason == "frequency_cap"
    world.wait(hours=24)
    assert len(world.sent) == 5


def agreed_to_marketing() -> World:
    return World(owners={"owner-1": owner(consents=[consent("sms", "marketing", granted=True, at=YESTERDAY)])})


@pytest.mark.parametrize("kind", sorted(contact_rules().complaint_kinds))
def test_what_answers_a_complaint_is_told_after_any_number_of_bill_mails(kind: str) -> None:
    world = World()
    for number in range(9):
        world.take_in(request(f"n-{number}"))
    world.take_in(request("case", kind=kind))
    assert world.state("case") is State.SENT
    assert len(world.sent) == 5


def test_what_answers_a_complaint_takes_no_bill_mails_place() -> None:
    world = World()
    for number in range(9):
        world.take_in(request(f"case-{number}", kind="case_reply"))
    for number in range(5):
        world.take_in(request(f"n-{number}"))
    assert len(world.sent) == 9 + 4
    assert world.notice("n-4").reason == "frequency_cap"


def test_a_loop_of_case_notices_is_braked() -> None:
    world = World()
    for number in range(60):
        world.take_in(request(f"case-{number}", kind="case_reply"))
    assert len(world.sent) == 40
    assert world.notice("case-59").reason == "frequency_cap"


def test_whoever_has_a_complaint_is_not_offered_things_in_that_week() -> None:
    world = agreed_to_marketing()
    for number in range(6):
        world.take_in(request(f"case-{number}", kind="case_reply"))
    world.take_in(request("offer", purpose="marketing"))
    assert (world.state("offer"), world.notice("offer").reason) == (State.PENDING, "frequency_cap")


def test_an_offer_does_not_become_a_complaint_by_its_name() -> None:
    world = agreed_to_marketing()
    for number in range(2):
        world.take_in(request(f"offer-{number}", purpose="marketing", kind="case_opened"))
    assert world.channels() == ["sms"]


def test_pages_to_staff_are_never_capped() -> None:
    world = World()
    for number in range(50):
        world.take_in(page(f"page-{number}", urgency="routine"))
    assert len(world.sent) == 50


def test_after_a_call_an_offer_waits_for_a_week() -> None:
    world = agreed_to_marketing()
    world.take_in(call_made(at=NOON - timedelta(hours=1)))
    world.take_in(request(purpose="marketing"))
    assert (world.sent, world.notice().reason) == ([], "frequency_cap")
    assert world.notice().due_at == NOON + timedelta(hours=167)
    world.wait(hours=167)
    assert world.channels() == ["sms"]


def test_a_call_that_is_told_of_twice_counts_once() -> None:
    world = World()
    for _ in range(4):
        world.take_in(call_made())
    world.take_in(request())
    assert world.state() is State.SENT


def test_three_calls_about_two_cars_and_a_mail_are_enough_for_a_day() -> None:
    world = World()
    for number in range(3):
        world.take_in(call_made(f"call-{number}"))
    world.take_in(request("n-1"))
    world.take_in(request("n-2"))
    assert (world.state("n-1"), world.notice("n-2").reason) == (State.SENT, "frequency_cap")


@pytest.mark.parametrize("order", [(True, False), (False, True), (False, True, False, True)])
def test_a_call_to_a_wrong_number_does_not_count_in_whatever_order_that_is_told(order: tuple[bool, ...]) -> None:
    world = agreed_to_marketing()
    for counts in order:
        world.take_in(call_made(counts=counts))
    world.take_in(request(purpose="marketing"))
    assert world.state() is State.SENT


def test_a_call_that_no_cap_counts_any_more_is_passed_over() -> None:
    world = World()
    world.take_in(call_made(at=NOON - timedelta(days=8)))
    assert world.notices.find_person("owner#owner-1").contacts == {}


def test_of_an_owner_whom_the_registry_does_not_know_nothing_is_kept() -> None:
    world = World(owners={})
    world.take_in(call_made())
    assert world.notices.find_person("owner#owner-1").rev == 0


def test_an_urgent_message_is_not_capped() -> None:
    world = World()
    for number in range(5):
        world.take_in(request(f"n-{number}"))
    world.take_in(request("urgent", urgency="urgent"))
    assert world.channels() == ["email"] * 4 + ["sms"]


def test_staff_are_not_capped() -> None:
    world = World()
    for number in range(9):
        world.take_in(page(f"p-{number}", urgency="routine"))
    assert len(world.sent) == 9


def test_what_would_come_too_late_is_not_sent() -> None:
    world = World(now=NOON + timedelta(hours=72))
    world.take_in(request())
    assert (world.sent, world.notice().reason) == ([], "too_late")


# --------------------------------------------------------------------------------------------- providers


def test_a_refused_email_is_followed_by_an_sms() -> None:
    world = World(outcomes={"email": [Verdict.REFUSED]})
    world.take_in(request())
    assert (world.channels(), world.state()) == (["sms"], State.SENT)


def test_what_every_channel_refuses_is_given_up() -> None:
    world = World(outcomes={"email": [Verdict.REFUSED], "sms": [Verdict.REFUSED]})
    world.take_in(request())
    assert (world.sent, world.state(), world.notice().reason) == ([], State.FAILED, "undeliverable")


def test_a_busy_provider_is_asked_again_after_longer_and_longer_waits() -> None:
    world = World(outcomes={"email": [Verdict.BUSY] * 3})
    world.take_in(request())
    waits = []
    while world.state() is State.PENDING:
        due = world.notice().due_at
        assert due is not None
        waits.append((due - world.now).total_seconds() / 60)
        world.wait(minutes=waits[-1])
    assert waits == [1, 5, 15]
    assert world.channels() == ["email"]


def test_a_provider_that_stays_busy_is_given_up_for_the_next() -> None:
    world = World(outcomes={"email": [Verdict.BUSY] * 6})
    world.take_in(request())
    for _ in range(20):
        world.wait(minutes=60)
    assert world.channels() == ["sms"]


def test_an_owner_who_is_not_known_yet_is_waited_for() -> None:
    world = World(owners={})
    world.take_in(request())
    assert (world.state(), world.notice().reason) == (State.PENDING, "unknown_recipient")
    world.owners["owner-1"] = owner()
    world.wait(minutes=1)
    assert world.state() is State.SENT


def test_a_recipient_who_stays_unknown_is_given_up() -> None:
    world = World(owners={})
    world.take_in(request())
    for _ in range(20):
        world.wait(hours=1)
    assert (world.state(), world.notice().reason) == (State.FAILED, "unknown_recipient")


# ------------------------------------------------------------------------------------------------- doubt


def crash(world: World, message: dict[str, Any], when: Literal["before", "after"]) -> None:
    """The worker is stopped before or after the provider gets the message; for the table it is all the same."""
    world.crash = when
    with pytest.raises(Stopped):
        world.take_in(message)


def sent_event(world: World, id_: str = "n-1", attempt: int = 1) -> dict[str, Any]:
    tags = {"notice": [notice_key(id_)], "attempt": [str(attempt)]}
    return {"eventType": "Send", "mail": {"messageId": "ses-1", "tags": tags}, "send": {}}


def test_a_claim_is_not_sent_again_while_its_lease_lasts() -> None:
    world = World()
    crash(world, request(), "after")
    world.take_in(request())
    world.tick()
    assert (world.channels(), world.state()) == (["email"], State.SENDING)


def test_a_page_in_doubt_is_never_sent_again() -> None:
    world = World()
    crash(world, page(), "after")
    for _ in range(10):
        world.wait(minutes=30)
        world.take_in(page())
    assert (world.channels(), world.state("page-1")) == (["sms"], State.IN_DOUBT)
    assert world.notice("page-1").due_at is None


def test_the_proof_of_ses_settles_a_doubt() -> None:
    world = World()
    crash(world, request(), "after")
    world.wait(seconds=LEASE.total_seconds())
    assert world.state() is State.IN_DOUBT
    world.take_in(sent_event(world))
    assert (world.state(), world.notice().provider_id) == (State.SENT, "ses-1")
    world.wait(hours=1)
    assert world.channels() == ["email"]


def test_the_proof_may_come_before_the_worker_is_missed() -> None:
    world = World()
    crash(world, request(), "after")
    world.take_in(sent_event(world))
    world.wait(hours=1)
    assert (world.channels(), world.state()) == (["email"], State.SENT)


def test_an_email_without_proof_is_sent_once_more_and_only_once() -> None:
    world = World()
    crash(world, request(), "before")
    world.wait(seconds=LEASE.total_seconds())
    world.wait(seconds=PROOF_WITHIN.total_seconds())
    assert (world.channels(), world.state(), world.notice().attempts) == (["email"], State.SENT, 2)


def test_an_answer_that_never_came_counts_as_sent_perhaps() -> None:
    world = World(owners={"owner-1": owner(emails=[])}, outcomes={"sms": [Verdict.UNKNOWN]})
    world.take_in(request())
    world.wait(hours=2)
    assert (world.channels(), world.state()) == (["sms"], State.IN_DOUBT)


def test_a_proof_of_an_earlier_attempt_settles_nothing() -> None:
    world = World(outcomes={"email": [Verdict.UNKNOWN, Verdict.UNKNOWN]})
    world.take_in(request())
    world.wait(seconds=PROOF_WITHIN.total_seconds())
    world.take_in(sent_event(world, attempt=1))
    assert (world.state(), world.notice().attempts) == (State.IN_DOUBT, 2)


# ---------------------------------------------------------------------------------------------- webhooks

HOOKS: list[dict[str, Any]] = [
    {"id": "team", "kind": "feishu", "url": "https://open.feishu.example/hook/1"},
    {"id": "bosses", "kind": "slack", "url": "https://hooks.slack.example/2", "rungs": ["regional_manager"]},
]


def test_a_page_is_copied_to_the_webhooks_of_its_rung() -> None:
    world = World(centre=centre(webhooks=HOOKS))
    world.take_in(page())
    assert world.channels() == ["sms"]
    world.drain()
    assert [(s.channel, s.address) for s in world.sent[1:]] == [("webhook", HOOKS[0]["url"])]
    assert world.state("page-1#webhook#team") is State.SENT


def test_a_copy_that_is_asked_for_twice_is_posted_once() -> None:
    world = World(centre=centre(webhooks=HOOKS))
    world.take_in(page())
    world.queue *= 2
    world.drain()
    assert world.channels() == ["sms", "webhook"]


def test_a_webhook_that_fails_does_not_keep_the_manager_from_being_paged() -> None:
    world = World(centre=centre(webhooks=HOOKS), outcomes={"webhook": [Verdict.UNKNOWN]})
    world.take_in(page())
    world.drain()
    assert world.state("page-1") is State.SENT
    assert world.state("page-1#webhook#team") is State.IN_DOUBT


def test_owners_messages_are_not_copied_to_webhooks() -> None:
    world = World(centre=centre(webhooks=HOOKS))
    world.take_in(request())
    assert world.queue == []


# ------------------------------------------------------------------------------------------ what comes back


def bounce(address: str = OWNER_EMAIL, kind: str = "Permanent") -> dict[str, Any]:
    people = [{"emailAddress": f"Lin <{address}>"}]
    return {"eventType": "Bounce", "mail": {}, "bounce": {"bounceType": kind, "bouncedRecipients": people}}


def test_an_address_that_bounced_is_not_written_to_again() -> None:
    world = World()
    world.take_in(bounce())
    world.take_in(request())
    assert world.channels() == ["sms"]


def test_a_soft_bounce_is_left_to_ses() -> None:
    world = World()
    world.take_in(bounce(kind="Transient"))
    world.take_in(request())
    assert world.channels() == ["email"]


def test_who_complained_gets_no_more_email() -> None:
    world = World(owners={"owner-1": owner(phones=[])})
    people = [{"emailAddress": OWNER_EMAIL.upper()}]
    world.take_in({"eventType": "Complaint", "mail": {}, "complaint": {"complainedRecipients": people}})
    world.take_in(request(urgency="urgent"))
    assert (world.sent, world.notice().reason) == ([], "address_complained")


@pytest.mark.parametrize("word", ["STOP", "stop.", " Ｓｔｏｐ！", "TD", "退订", "“退订”", "Unsubscribe", "opt-out"])
def test_stop_stops_every_sms_at_once_and_is_confirmed_once(word: str) -> None:
    world = World(owners={"owner-1": owner(emails=[])})
    inbound = {"originationNumber": OWNER_PHONE, "destinationNumber": "+8610", "messageBody": word}
    world.take_in(inbound)
    world.take_in(request(urgency="urgent"))
    assert [s.address for s in world.sent] == [OWNER_PHONE]
    assert "退订" in world.sent[0].text
    assert world.notice().reason == "revoked"


@pytest.mark.parametrize("text", ["don't stop now", "please stop by at 5", "thanks", "", "停车费怎么算"])
def test_an_ordinary_sms_stops_nothing(text: str) -> None:
    world = World(owners={"owner-1": owner(emails=[])})
    world.take_in({"originationNumber": OWNER_PHONE, "messageBody": text})
    world.take_in(request())
    assert world.channels() == ["sms"]


def test_start_takes_a_stop_back() -> None:
    world = World(owners={"owner-1": owner(emails=[])})
    for word in ("STOP", "START"):
        world.take_in({"originationNumber": OWNER_PHONE, "messageBody": word})
        world.now += timedelta(seconds=1)
    world.take_in(request())
    assert world.state() is State.SENT


# ---------------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    "broken",
    [
        {"to": {}},
        {"to": {"owner_id": "a", "staff_id": "b"}},
        {"purpose": "fun"},
        {"requested_at": "2026-11-23T04:00:00"},
        {"text": ""},
        {"url": "javascript:alert(1)"},
        {"locale": "xx"},
    ],
)
def test_a_broken_request_is_refused_and_sends_nothing(broken: dict[str, Any]) -> None:
    world = World()
    with pytest.raises(InvalidInput):
        world.take_in(request(**broken))
    assert world.sent == []


def test_a_message_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(UnsupportedInput):
        World().take_in({"type": "something_else"})


def test_a_request_that_says_more_than_we_know_is_still_delivered() -> None:
    world = World()
    world.take_in(request(colour="blue"))
    assert world.channels() == ["email"]


def test_what_fails_before_the_provider_is_called_leaves_nothing_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(_: object) -> bytes:
        raise RuntimeError("no key")

    world = World()
    with monkeypatch.context() as patched:
        patched.setattr("tests.unit.notifications.world._Keys.current", unavailable)
        with pytest.raises(RuntimeError):
            world.take_in(request())
    world.take_in(request())
    assert (world.channels(), world.state()) == (["email"], State.SENT)


def test_marketing_never_rings_at_night_whatever_its_sender_calls_it() -> None:
    agreed = owner(consents=[consent("sms", "marketing", granted=True, at=YESTERDAY)])
    world = World(owners={"owner-1": agreed}, now=NOON + timedelta(hours=10))
    world.take_in(request(purpose="marketing", urgency="urgent"))
    assert (world.sent, world.notice().reason) == ([], "quiet_hours")


def test_an_email_that_is_in_doubt_for_a_second_time_stays_so() -> None:
    world = World(outcomes={"email": [Verdict.UNKNOWN] * 5})
    world.take_in(request())
    for _ in range(10):
        world.wait(minutes=20)
    assert (world.channels(), world.state()) == (["email", "email"], State.IN_DOUBT)


def test_a_message_that_is_tried_again_is_not_held_back_by_its_own_first_try() -> None:
    world = World()
    for number in range(3):
        world.take_in(request(f"n-{number}"))
    world.outcomes["email"] = [Verdict.BUSY]
    world.take_in(request("n-3"))
    world.wait(minutes=1)
    assert world.state("n-3") is State.SENT


def test_urgent_messages_count_though_they_are_not_held_back() -> None:
    world = World()
    for number in range(6):
        world.take_in(request(f"n-{number}", urgency="urgent"))
        world.now += timedelta(hours=1)
    world.take_in(request("routine", requested_at=world.now.isoformat()))
    assert world.notice("routine").due_at == NOON + timedelta(hours=2 + 24)  # when the fourth last is a day old


def test_an_urgent_page_to_someone_who_left_goes_to_who_is_on_call() -> None:
    world = World()
    world.take_in(page(to={"staff_id": "gone"}))
    assert [s.address for s in world.sent] == ["+8613712345678"]


def test_a_routine_message_to_someone_who_left_is_given_up_in_the_end() -> None:
    world = World()
    world.take_in(page(to={"staff_id": "gone"}, urgency="routine"))
    for _ in range(20):
        world.wait(hours=1)
    assert (world.sent, world.state("page-1")) == ([], State.FAILED)


def test_the_sms_that_are_paid_for_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    World().take_in(page(text="很长" * 60, url=None))
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "SmsSegments" in line]
    assert [metric["SmsSegments"] for metric in metrics] == [[2.0]]


def test_staff_who_said_stop_are_paged_by_email() -> None:
    world = World()
    world.take_in({"originationNumber": MANAGER_PHONE, "messageBody": "STOP"})
    world.sent.clear()
    world.take_in(page())
    assert world.channels() == ["email"]


def test_a_consent_after_a_stop_counts() -> None:
    world = World(owners={"owner-1": owner(emails=[])})
    world.take_in({"originationNumber": OWNER_PHONE, "messageBody": "STOP"})
    world.sent.clear()
    world.now += timedelta(hours=1)
    anew = consent("sms", "service", granted=True, at=world.now)
    world.owners["owner-1"] = owner(emails=[], consents=[anew])
    world.take_in(request())
    assert world.channels() == ["sms"]
