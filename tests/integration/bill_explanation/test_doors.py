"""The doors of bill explanation over moto: what a request leaves behind, and what it is answered."""

import base64
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer

from functions.bill_explanation import api, stream, wiring
from tests.integration.conftest import create_queue, create_table

SAMPLES = Path(__file__).parents[3] / "events" / "bill_explanation" / "bills"
BILL: dict[str, Any] = {
    "number": "RO-1",
    "issued_on": "2026-03-05",
    "currency": "CNY",
    "place": "CN",
    "owner_id": "owner-1",
    "lines": [
        {"id": "1", "kind": "labour", "description": "前制动片", "hours": "1.2", "rate": "600", "net": "720.00",
         "tax_rate": "13"},
    ],
    "tax_breakdown": [{"category": "S", "rate": "13", "taxable": "720.00", "tax": "93.60"}],
    "totals": {"lines": "720.00", "net": "720.00", "tax": "93.60", "gross": "813.60", "payable": "813.60"},
}  # fmt: skip


@pytest.fixture(autouse=True)
def room(aws: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    secret = boto3.client("secretsmanager").create_secret(Name="links", SecretString="s" * 64)
    monkeypatch.setenv("BILLS_TABLE", create_table("Bills"))
    monkeypatch.setenv("LINK_SECRET_ARN", secret["ARN"])
    monkeypatch.setenv("PUBLIC_URL", "https://care.example")
    monkeypatch.setenv("NOTIFICATIONS_QUEUE_URL", create_queue("Notifications"))
    monkeypatch.setenv("CASE_REQUESTS_QUEUE_URL", create_queue("CaseRequests"))
    wiring.api_parts.cache_clear()
    wiring.stream_parts.cache_clear()
    yield
    wiring.api_parts.cache_clear()
    wiring.stream_parts.cache_clear()


INTEGRATOR = {"sub": "s-1", "cognito:groups": "[integrator]", "custom:centre_id": "centre-1"}
OWNER = {"sub": "s-2", "cognito:groups": "[owner]", "custom:owner_id": "owner-1"}
OTHER_OWNER = {"sub": "s-3", "cognito:groups": "[owner]", "custom:owner_id": "owner-2"}
OTHER_CENTRE = {"sub": "s-4", "cognito:groups": "[manager]", "custom:centre_id": "centre-2"}


class Answer:
    def __init__(self, raw: dict[str, Any]) -> None:
        self.status: int = raw["statusCode"]
        self.text: str = raw["body"]
        self.headers: dict[str, str] = raw["headers"]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def call(
    method: str,
    path: str,
    claims: dict[str, str] | None = None,
    body: str | bytes | None = None,
    query: dict[str, str] | None = None,
    **headers: str,
) -> Answer:
    authorizer = {"authorizer": {"jwt": {"claims": claims}}} if claims else {}
    raw = body.encode() if isinstance(body, str) else body
    event = {
        "version": "2.0",
        "rawPath": path,
        "headers": {name.replace("_", "-"): value for name, value in headers.items()},
        "queryStringParameters": query or {},
        "requestContext": {"http": {"method": method, "path": path}, "stage": "$default", **authorizer},
        "body": None if raw is None else base64.b64encode(raw).decode(),
        "isBase64Encoded": raw is not None,
    }
    return Answer(api.handler(event, None))


def post_bill(bill: dict[str, Any], claims: dict[str, str] = INTEGRATOR) -> Answer:
    return call("POST", "/bills", claims, json.dumps(bill), content_type="application/json")


def items() -> list[dict[str, Any]]:
    return list(boto3.client("dynamodb").scan(TableName="Bills")["Items"])


def stream_records(old: dict[str, Any] | None, new: dict[str, Any] | None) -> dict[str, Any]:
    def as_lambda_gets_it(image: dict[str, Any]) -> dict[str, Any]:
        return {k: {"B": base64.b64encode(v["B"]).decode()} if "B" in v else v for k, v in image.items()}

    images = {"NewImage": new, "OldImage": old}
    change = {name: as_lambda_gets_it(image) for name, image in images.items() if image is not None}
    return {
        "Records": [
            {"eventName": "MODIFY", "eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": "1", **change}}
        ]
    }


def messages(queue: str) -> list[dict[str, Any]]:
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return [
        json.loads(m["Body"]) for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]


def test_a_bill_is_answered_with_its_explanation_and_kept_as_one_item() -> None:
    answer = post_bill(BILL)
    assert answer.status == 201
    assert answer.json["payable"]["value"] == "813.60"
    assert answer.headers["Location"] == answer.json["links"]["self"]
    assert len(items()) == 1


def test_the_same_bill_again_gives_the_same_answer_and_changes_nothing() -> None:
    first = post_bill(BILL)
    before = items()
    again = post_bill({**BILL, "totals": {**BILL["totals"], "payable": "813.6"}})
    assert (again.status, again.text) == (200, first.text)
    assert items() == before


def test_the_same_number_with_other_content_conflicts_and_changes_nothing() -> None:
    post_bill(BILL)
    before = items()
    answer = post_bill({**BILL, "note": "changed"})
    assert answer.status == 409
    assert "revision" in answer.json["detail"]
    assert items() == before


def test_a_higher_revision_replaces_and_a_lower_one_does_not() -> None:
    post_bill({**BILL, "revision": 2})
    assert post_bill({**BILL, "revision": 3, "note": "changed"}).status == 201
    assert post_bill({**BILL, "revision": 1}).status == 409
    assert items()[0]["revision"] == {"N": "3"}


def test_two_centres_may_use_the_same_number() -> None:
    one = post_bill(BILL).json["bill_id"]
    two = post_bill(BILL, {**INTEGRATOR, "custom:centre_id": "centre-2"}).json["bill_id"]
    assert one != two


@pytest.mark.parametrize(
    ("claims", "status"), [(INTEGRATOR, 200), (OWNER, 200), (OTHER_OWNER, 403), (OTHER_CENTRE, 403), (None, 401)]
)
def test_an_explanation_is_for_its_owner_and_its_centre(claims: dict[str, str] | None, status: int) -> None:
    bill_id = post_bill(BILL).json["bill_id"]
    assert call("GET", f"/bills/{bill_id}/explanation", claims).status == status


def test_an_owner_cannot_hand_in_a_bill() -> None:
    assert post_bill(BILL, OWNER).status == 403
    assert items() == []


@pytest.mark.parametrize(
    ("accept", "media_type", "has"),
    [
        ("application/json", "application/json", '"headline"'),
        ("text/plain", "text/plain; charset=utf-8", "813.60 元"),
        ("text/html", "text/html; charset=utf-8", "<html"),
    ],
)
def test_accept_chooses_the_form(accept: str, media_type: str, has: str) -> None:
    bill_id = post_bill(BILL).json["bill_id"]
    answer = call("GET", f"/bills/{bill_id}/explanation", OWNER, accept=accept)
    assert (answer.status, answer.headers["Content-Type"]) == (200, media_type)
    assert has in answer.text


def test_a_form_that_does_not_exist_is_a_problem_not_a_guess() -> None:
    bill_id = post_bill(BILL).json["bill_id"]
    assert call("GET", f"/bills/{bill_id}/explanation", OWNER, accept="application/pdf").status == 406


def test_the_language_is_the_owners_unless_another_is_asked_for() -> None:
    path = f"/bills/{post_bill(BILL).json['bill_id']}/explanation"
    assert call("GET", path, OWNER).headers["Content-Language"] == "zh-CN"
    assert call("GET", path, OWNER, accept_language="en-GB").headers["Content-Language"] == "en"
    assert call("GET", path, OWNER, query={"locale": "en"}, accept_language="zh").headers["Content-Language"] == "en"


def test_the_sms_summary_is_one_sms() -> None:
    path = f"/bills/{post_bill(BILL).json['bill_id']}/explanation"
    answer = call("GET", path, OWNER, query={"summary": "sms"}, accept="text/plain")
    assert len(answer.text) <= 70
    assert "813.60" in answer.text


def test_a_list_shows_an_owner_their_own_bills_only() -> None:
    post_bill(BILL)
    assert [b["number"] for b in call("GET", "/bills", OWNER).json["bills"]] == ["RO-1"]
    assert call("GET", "/bills", OTHER_OWNER).json["bills"] == []
    assert call("GET", "/bills", OTHER_OWNER, query={"owner_id": "owner-1"}).json["bills"] == []
    assert call("GET", "/bills", OTHER_CENTRE, query={"owner_id": "owner-1"}).json["bills"] == []
    assert len(call("GET", "/bills", INTEGRATOR, query={"owner_id": "owner-1"}).json["bills"]) == 1


def link_path() -> str:
    page: str = post_bill(BILL).json["links"]["page"]
    assert page.startswith("https://care.example/")
    return page.removeprefix("https://care.example")


def test_a_signed_link_opens_the_page_without_a_login_and_a_changed_one_does_not() -> None:
    path = link_path()
    answer = call("GET", path)
    assert answer.status == 200
    assert "script-src" not in answer.headers["Content-Security-Policy"].replace("default-src 'none'", "")
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert call("GET", path[:-2] + "AA").status == 401


def test_the_form_of_the_page_keeps_a_dispute_and_leads_back() -> None:
    path = link_path()
    form = "kind=dispute&line_id=1&words=%E4%B8%BA%E4%BB%80%E4%B9%88%EF%BC%9F"
    answer = call("POST", f"{path}/questions", body=form, content_type="application/x-www-form-urlencoded")
    assert answer.status == 303
    assert answer.headers["Location"].startswith(f"https://care.example{path}?")
    kept = [item for item in items() if item["sk"]["S"].startswith("QUESTION#")]
    assert kept[0]["words"] == {"S": "为什么？"}
    assert call("GET", path, query={"asked": "yes"}).status == 200


def ask(question: dict[str, Any], claims: dict[str, str] = OWNER) -> Answer:
    path = f"/bills/{post_bill(BILL).json['bill_id']}/questions"
    return call("POST", path, claims, json.dumps(question), content_type="application/json")


def test_the_same_question_twice_is_kept_once() -> None:
    question = {"kind": "question", "line_id": "1", "words": "Why 1.2 h?"}
    assert ask(question).json["question_id"] == ask(question).json["question_id"]
    assert len(items()) == 2


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"kind": "dispute", "line_id": "9", "words": "x"}, "/line_id"),
        ({"kind": "rant", "words": "x"}, "/kind"),
        ({"kind": "question", "words": "  "}, "/words"),
        ({"kind": "question", "words": "x" * 4001}, "/words"),
        ({"kind": "question", "words": "x", "more": 1}, "/more"),
        ([], ""),
    ],
)
def test_a_wrong_question_is_refused_with_a_pointer(question: Any, pointer: str) -> None:
    answer = ask(question)
    assert answer.status == 422
    assert [e["pointer"] for e in answer.json["errors"]] == [pointer]
    assert len(items()) == 1


def test_somebody_elses_bill_cannot_be_disputed() -> None:
    assert ask({"kind": "dispute", "words": "x"}, OTHER_OWNER).status == 403


def test_a_new_bill_is_told_to_its_owner_once_per_revision() -> None:
    post_bill(BILL)
    event = stream_records(None, items()[0])
    assert stream.handler(event, None) == {"batchItemFailures": []}
    stream.handler(event, None)
    first, second = messages("Notifications")
    assert first == second
    assert first["to"] == {"owner_id": "owner-1"}
    assert first["url"].startswith("https://care.example/links/")
    assert stream.handler(stream_records(items()[0], items()[0]), None) == {"batchItemFailures": []}
    assert messages("Notifications") == []


def test_a_bill_that_names_no_owner_is_told_to_nobody() -> None:
    post_bill({k: v for k, v in BILL.items() if k != "owner_id"})
    stream.handler(stream_records(None, items()[0]), None)
    assert messages("Notifications") == []


def test_a_replaced_revision_is_kept_beside_the_new_one() -> None:
    post_bill(BILL)
    old = items()[0]
    post_bill({**BILL, "revision": 2, "note": "changed"})
    for _ in range(2):
        stream.handler(stream_records(old, items()[0]), None)
    assert sorted(item["sk"]["S"] for item in items()) == ["BILL", "REVISION#0000001"]
    assert [b["revision"] for b in call("GET", "/bills", OWNER).json["bills"]] == [2]


def test_a_dispute_asks_for_a_case_in_the_owners_words() -> None:
    ask({"kind": "dispute", "line_id": "1", "words": "我没有同意过"})
    question = next(item for item in items() if item["sk"]["S"].startswith("QUESTION#"))
    stream.handler(stream_records(None, question), None)
    [request] = messages("CaseRequests")
    assert (request["reason"], request["line_id"], request["words"]) == ("bill_dispute", "1", "我没有同意过")


def test_a_record_that_fails_is_retried_alone() -> None:
    post_bill(BILL)
    broken = {**items()[0], "documents": {"B": b"no gzip"}}
    event = stream_records(None, broken)
    assert stream.handler(event, None) == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_what_is_stored_gives_back_every_cent() -> None:
    bill_id = post_bill(BILL).json["bill_id"]
    stored = wiring.api_parts().bills.get_bill(bill_id)
    assert Decimal(stored.bill["totals"]["payable"]) == Decimal("813.60")
    item = {k: TypeDeserializer().deserialize(v) for k, v in items()[0].items()}
    assert item["payable"] == "813.60"
