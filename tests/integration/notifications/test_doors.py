"""The doors on AWS in process: what people get, what is stored, and what a second or late event changes."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.notifications.compose_text import stop_url
from functions.notifications.deliver_notice import LEASE
from functions.notifications.find_recipient import find_recipient
from functions.notifications.models import NoticeRequest
from shared.adapters.notices_table import NoticesTable, State, address_digest, notice_key
from shared.adapters.owners_table import OwnersTable, StoredOwner
from shared.adapters.personal_data import Drawer
from shared.domain.owners import Consent
from tests.integration.notifications.room import EVENTS, Room
from tests.unit.notifications.world import (
    MANAGER_PHONE,
    NOON,
    OWNER_EMAIL,
    OWNER_PHONE,
    call_made,
    owner,
    page,
    request,
)

FIND_RECIPIENT = "functions.notifications.deliver_notice.find_recipient"


def event(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((EVENTS / name).read_text())
    return loaded


def test_an_owner_gets_an_email_that_can_be_stopped_in_one_click(room: Room) -> None:
    assert room.work(request()) == []
    [mail] = room.mails()
    assert mail.destinations["ToAddresses"] == [OWNER_EMAIL]
    assert mail.source.endswith("<care@aftercare.example>")
    assert room.notice().state is State.SENT


def test_ten_deliveries_of_one_request_are_one_email_and_one_contact(room: Room) -> None:
    for _ in range(5):
        room.work(request(), request())
    assert len(room.mails()) == 1
    assert list(room.notices.find_person("owner#owner-1").contacts) == [room.notice().key]


def test_a_manager_is_paged_by_sms_with_the_name_of_the_centre(room: Room) -> None:
    room.work(page())
    assert room.texts() == [
        (MANAGER_PHONE, "【星河服务中心】您的账单说明已经准备好了。 https://care.example/links/abc")
    ]


def test_a_poison_message_fails_alone(room: Room) -> None:
    assert room.work({"type": "nonsense"}, request(), {"type": "notification_requested"}) == ["0", "2"]
    assert len(room.mails()) == 1


def test_what_waits_is_found_by_the_timer_when_its_time_has_come(room: Room) -> None:
    room.put_owner(owner(emails=[]))
    room.now = NOON + timedelta(hours=10)
    room.work(request())
    assert (room.tick(), room.texts()) == ([], [])
    room.now = NOON + timedelta(hours=20)
    woken = room.tick()
    assert [message["type"] for message in woken] == ["notification_due"]
    assert room.tick() == woken  # a lost call is repeated
    room.work(*woken, *woken)
    assert len(room.texts()) == 1
    assert room.tick() == []


def test_many_due_notices_are_woken_page_by_page(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.adapters.notices_table._PAGE", 2)
    room.work(*(request(f"n-{number}", to={"owner_id": "nobody"}) for number in range(25)))
    room.now += timedelta(minutes=2)
    assert len({message["key"] for message in room.tick()}) == 25


def test_two_workers_with_the_same_request_send_it_once(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second worker decides on what it read before the first one claimed."""
    raced: list[bool] = []

    def find_while_another_worker_sends(*args: Any, **kwargs: Any) -> Any:
        found = find_recipient(*args, **kwargs)
        if not raced:
            raced.append(True)
            room.work(request())
        return found

    monkeypatch.setattr(FIND_RECIPIENT, find_while_another_worker_sends)
    assert room.work(request()) == []
    assert len(room.mails()) == 1


def test_a_stop_between_decision_and_claim_is_heeded(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.put_owner(owner(emails=[]))
    raced: list[bool] = []

    def find_and_then_stop(*args: Any, **kwargs: Any) -> Any:
        found = find_recipient(*args, **kwargs)
        if not raced:
            raced.append(True)
            room.notices.stop_address(address_digest("sms", OWNER_PHONE), room.now)
        return found

    monkeypatch.setattr(FIND_RECIPIENT, find_and_then_stop)
    room.work(request())
    assert (room.texts(), room.notice().state) == ([], State.WITHHELD)


def test_two_notices_at_once_do_not_pass_the_cap_together(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    room.work(*(request(f"n-{number}") for number in range(3)))
    raced: list[bool] = []

    def find_while_another_is_sent(*args: Any, **kwargs: Any) -> Any:
        found = find_recipient(*args, **kwargs)
        if not raced:
            raced.append(True)
            room.work(request("n-3"))
        return found

    monkeypatch.setattr(FIND_RECIPIENT, find_while_another_is_sent)
    room.work(request("n-4"))
    assert len(room.mails()) == 4
    assert room.notice("n-4").reason == "frequency_cap"


def test_the_caps_on_bill_mails_leave_a_complaint_its_voice(room: Room) -> None:
    for number in range(5):
        room.work(request(f"n-{number}"))
    room.work(request("case", kind="case_opened"))
    assert room.notice("n-4").reason == "frequency_cap"
    assert room.notice("case").state is State.SENT
    assert len(room.mails()) == 5


def test_ses_proves_what_it_took(room: Room) -> None:
    room.work(request())
    claimed = room.notice()
    sent = event("worker_mail_sent.json")
    body = json.loads(sent["Records"][0]["body"])
    body["mail"]["tags"]["notice"] = [claimed.key]
    assert room.work(body, body) == []
    assert room.notice() == claimed  # known already


@pytest.mark.parametrize("file", sorted(EVENTS.glob("worker_*.json")), ids=lambda file: file.stem)
def test_every_sample_of_the_worker_is_understood(room: Room, file: Path) -> None:
    from functions.notifications import worker
    from tests.integration.notifications.room import LambdaContext

    assert worker.handler(json.loads(file.read_text()), LambdaContext()) == {"batchItemFailures": []}


def test_an_index_holds_only_what_is_due_and_what_is_about_owners(room: Room) -> None:
    room.work(request(), request("n-2", to={"owner_id": "nobody"}), page())
    dynamodb = boto3.client("dynamodb")
    due = dynamodb.scan(TableName="NotificationLog", IndexName="by_due")["Items"]
    owned = dynamodb.scan(TableName="NotificationLog", IndexName="by_owner")["Items"]
    assert [item["pk"]["S"] for item in due] == [f"NOTICE#{room.notice('n-2').key}"]
    assert {item["owner_pk"]["S"] for item in owned} == {"OWNER#owner-1", "OWNER#nobody"}


def test_neither_address_nor_text_is_left_in_the_table_or_the_log(
    room: Room, capsys: pytest.CaptureFixture[str]
) -> None:
    room.work(request(), page(), {"type": "notification_requested", "text": "账单", "to": OWNER_PHONE})
    stored = json.dumps(boto3.client("dynamodb").scan(TableName="NotificationLog")["Items"], default=str)
    said = capsys.readouterr()
    for secret in (OWNER_PHONE, OWNER_EMAIL, MANAGER_PHONE, "账单"):
        assert secret not in json.dumps(stored, ensure_ascii=False)
        assert secret not in said.out + said.err


# ------------------------------------------------------------------------------------------------------ stopping


def link_event(name: str, channel: str = "email", purpose: str = "service") -> dict[str, Any]:
    asked = NoticeRequest.model_validate(request(purpose=purpose))
    token = stop_url(asked, channel, "", b"k" * 64).removeprefix("/stop/")
    loaded = event(name)
    loaded["rawPath"] = f"/stop/{token}"
    loaded["pathParameters"] = {"token": token}
    return loaded


def test_opening_the_link_asks_and_stops_nothing(room: Room) -> None:
    answer = room.call(link_event("api_get_stop.json"))
    assert answer["statusCode"] == 200
    assert "<form" in answer["body"]
    assert 'lang="zh-CN"' in answer["body"]
    room.work(request())
    assert len(room.mails()) == 1


def test_one_click_stops_these_emails_at_once(room: Room) -> None:
    for _ in range(2):
        assert room.call(link_event("api_post_stop_one_click.json"))["statusCode"] == 200
    room.work(request())
    assert (room.mails(), len(room.texts())) == ([], 1)  # the SMS was not stopped
    assert room.notices.find_person("owner#owner-1").rev == 2  # the stop, and the contact


def test_one_click_may_come_as_multipart(room: Room) -> None:
    posted = link_event("api_post_stop_one_click.json")
    posted["headers"] = {"content-type": "multipart/form-data; boundary=b"}
    posted["body"] = '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--'
    assert room.call(posted)["statusCode"] == 200
    room.work(request())
    assert room.mails() == []


def test_all_marketing_can_be_stopped_and_service_goes_on(room: Room) -> None:
    consents = [
        Consent.model_validate(
            {"channel": c, "purpose": "marketing", "granted": True, "at": NOON, "how": "form", "source": "f"}
        )
        for c in ("email", "sms")
    ]
    room.put_owner(owner(consents=consents))
    room.now += timedelta(minutes=1)
    posted = link_event("api_post_stop_one_click.json")
    posted["body"] = "scope=marketing"
    room.call(posted)
    room.work(request("m", purpose="marketing"), request("s"))
    assert room.notice("m").reason == "revoked"
    assert len(room.mails()) == 1


def test_a_new_consent_outranks_an_older_stop(room: Room) -> None:
    room.call(link_event("api_post_stop_one_click.json"))
    later = room.now + timedelta(minutes=1)
    anew = Consent.model_validate(
        {"channel": "email", "purpose": "service", "granted": True, "at": later, "how": "in_person", "source": "f"}
    )
    room.put_owner(owner(consents=[anew]))
    room.now = later
    room.work(request())
    assert len(room.mails()) == 1


@pytest.mark.parametrize("spoil", [lambda t: t[:-2] + "xx", lambda t: "x" + t, lambda _: "nonsense", lambda _: "a.b.c"])
def test_a_link_that_was_tampered_with_stops_nothing(room: Room, spoil: Any) -> None:
    posted = link_event("api_post_stop_one_click.json")
    token = spoil(posted["pathParameters"]["token"])
    posted["rawPath"] = f"/stop/{token}"
    assert room.call(posted)["statusCode"] in (401, 404)
    room.work(request())
    assert len(room.mails()) == 1


def test_a_link_of_another_kind_stops_nothing(room: Room) -> None:
    from shared.domain.links import sign_link

    token = sign_link("explanation", "email/service/zh-CN/owner-1", NOON + timedelta(days=1), b"k" * 64)
    posted = event("api_post_stop_one_click.json")
    posted["rawPath"] = f"/stop/{token}"
    assert room.call(posted)["statusCode"] == 401


def test_an_old_link_says_that_it_has_expired(room: Room) -> None:
    room.now = NOON + timedelta(days=401)
    assert room.call(link_event("api_post_stop_one_click.json"))["statusCode"] == 410


def inbound(text: str, **changes: Any) -> dict[str, Any]:
    loaded = event("api_post_inbound_sms.json")
    at = changes.pop("at", NOON)
    fields = {"sender": OWNER_PHONE, "text": text, "received_at": at.isoformat(), **changes}
    loaded["body"] = json.dumps(fields)
    return loaded


def test_a_stop_by_sms_is_confirmed_once(room: Room) -> None:
    first = json.loads(room.call(inbound("STOP"))["body"])
    again = json.loads(room.call(inbound("STOP"))["body"])
    assert (first["taken_as"], again["taken_as"]) == ("stop", "stop")
    assert first["reply"]
    assert again["reply"] is None


def test_an_earlier_start_that_arrives_late_does_not_undo_a_stop(room: Room) -> None:
    room.put_owner(owner(emails=[]))
    room.now = NOON + timedelta(hours=1)
    room.call(inbound("STOP", at=room.now))
    room.call(inbound("START", at=NOON))
    room.work(request())
    assert room.texts() == []


def test_of_stop_and_start_at_the_same_time_stop_counts(room: Room) -> None:
    room.put_owner(owner(emails=[]))
    for words in (("START", "STOP"), ("STOP", "START")):
        for word in words:
            room.call(inbound(word))
        record = room.notices.find_address(address_digest("sms", OWNER_PHONE))
        assert record.stopped_at is not None


def test_a_stop_from_the_future_counts_as_of_now(room: Room) -> None:
    room.call(inbound("STOP", at=NOON + timedelta(days=9)))
    record = room.notices.find_address(address_digest("sms", OWNER_PHONE))
    assert record.stopped_at == NOON


def test_only_an_integrator_may_pass_on_sms(room: Room) -> None:
    posted = inbound("STOP")
    posted["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] = "[owner]"
    assert room.call(posted)["statusCode"] == 403


def test_a_sender_that_is_no_number_is_refused_with_a_pointer(room: Room) -> None:
    answer = room.call(inbound("STOP", sender="13812345678"))
    assert answer["statusCode"] == 422
    assert json.loads(answer["body"])["errors"][0]["pointer"] == "/sender"


# ------------------------------------------------------------------------------------------ telling the registry


def changes_of(room: Room) -> dict[str, Any]:
    """A stream event as DynamoDB makes it of what is now in the table, everything being new."""
    items = [
        {name: value for name, value in item.items() if name != "contacts"} | {"contacts": {"M": {}}}
        for item in boto3.client("dynamodb").scan(TableName="NotificationLog")["Items"]
    ]
    template = event("stream_stopped.json")["Records"][0]
    return {
        "Records": [
            template | {"dynamodb": {"NewImage": item, "SequenceNumber": str(n)}} for n, item in enumerate(items)
        ]
    }


def test_the_sample_changes_are_told_as_refusals(room: Room) -> None:
    told = room.change(event("stream_stopped.json"))
    assert [(m["owner_id"], m["channel"], m["purpose"], m["granted"]) for m in told] == [
        ("owner-1", "email", "marketing", False),
        ("owner-1", "sms", None, False),
    ]


def test_what_is_told_is_what_the_registry_takes_in(room: Room) -> None:
    from functions.owner_journey.models import ConsentRecord

    room.put_owner(owner(emails=[]))
    room.work(request())
    room.call(inbound("STOP"))
    room.call(link_event("api_post_stop_one_click.json"))
    told = room.change(changes_of(room))
    records = [ConsentRecord.model_validate({k: v for k, v in m.items() if k != "type"}) for m in told]
    assert {(r.owner_id, r.channel, r.purpose, r.granted) for r in records} == {
        ("owner-1", "sms", None, False),
        ("owner-1", "email", "service", False),
    }


def test_a_start_permits_service_but_not_marketing(room: Room) -> None:
    room.put_owner(owner(emails=[]))
    room.work(request())
    room.call(inbound("STOP"))
    room.now += timedelta(minutes=1)
    room.call(inbound("START", at=room.now))
    told = room.change(changes_of(room))
    assert [(m["channel"], m["purpose"], m["granted"]) for m in told] == [("sms", "service", True)]


def test_a_contact_after_a_stop_is_not_told_again(room: Room) -> None:
    sample = event("stream_stopped.json")
    image = sample["Records"][0]["dynamodb"]["NewImage"]
    sample["Records"][0]["dynamodb"]["OldImage"] = {**image, "rev": {"N": "3"}}
    sample["Records"] = sample["Records"][:1]
    assert room.change(sample) == []


def test_a_proof_that_meets_the_worker_is_not_lost(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """The report of SES arrives while the timer's worker is putting the same notice in doubt."""
    save, find = NoticesTable.save, NoticesTable.find_notice
    stopped: list[bool] = []
    raced: list[bool] = []

    def stop_once(table: NoticesTable, notice: Any) -> bool:
        if not stopped:
            stopped.append(True)
            raise KeyboardInterrupt
        return save(table, notice)

    monkeypatch.setattr(NoticesTable, "save", stop_once)
    with pytest.raises(KeyboardInterrupt):
        room.work(request())

    def find_and_be_overtaken(table: NoticesTable, key: str) -> Any:
        found = find(table, key)
        if not raced:
            raced.append(True)
            room.now += LEASE
            room.work({"type": "notification_due", "key": key})
            assert room.notice().state is State.IN_DOUBT
        return found

    monkeypatch.setattr(NoticesTable, "find_notice", find_and_be_overtaken)
    assert room.notices.settle(notice_key("n-1"), 1, room.now, "ses-1")
    assert room.notice().state is State.SENT


def test_of_an_owner_who_was_erased_nothing_new_is_kept(room: Room) -> None:
    assert room.work(request("late", urgency="routine")) == []
    table = OwnersTable(boto3.client("dynamodb"), "Owners")
    erased = StoredOwner(None, "", table.find_owner("owner-1").rev, NOON.isoformat())
    assert table.replace_owner("owner-1", erased)
    Drawer(boto3.client("dynamodb"), "NotificationLog", "notifications").erase_of("owner-1")
    assert room.work(request("n-2"), call_made()) == []
    items = boto3.client("dynamodb").scan(TableName="NotificationLog")["Items"]
    assert [item for item in items if item["sk"]["S"] in ("NOTICE", "PERSON")] == []


def test_a_notice_that_waits_while_its_owner_is_erased_is_never_sent(room: Room) -> None:
    room.now = NOON + timedelta(hours=10)  # 22:00 in Shanghai
    room.put_owner(owner(emails=[]))
    assert room.work(request()) == []
    table = OwnersTable(boto3.client("dynamodb"), "Owners")
    assert table.replace_owner("owner-1", StoredOwner(None, "", table.find_owner("owner-1").rev, NOON.isoformat()))
    room.now += timedelta(hours=12)
    assert room.work(*room.tick()) == []
    assert (room.notice().state, room.notice().reason, room.notice().request) == (State.WITHHELD, "erased", None)
    assert room.texts() == []
