"""Bad input at the HTTP door: a problem that points at the field, or a finding; never a 500, never half a bill."""

import json
import time
from typing import Any

import pytest

from functions.bill_explanation.read_repair_order import MAX_BYTES
from tests.integration.bill_explanation.test_doors import (
    BILL,
    INTEGRATOR,
    OWNER,
    Answer,
    call,
    items,
    post_bill,
    room,
)
from tests.unit.bill_explanation.documents_in import fapiao, fapiao_item, ubl

__all__ = ["room"]  # the fixture of the doors, used by every test here


def post(body: str | bytes, content_type: str = "application/json", **query: str) -> Answer:
    return call("POST", "/bills", INTEGRATOR, body, query, content_type=content_type)


def pointers(answer: Answer) -> list[str]:
    return [violation["pointer"] for violation in answer.json["errors"]]


def line(**changes: Any) -> dict[str, Any]:
    return {**BILL["lines"][0], **changes}


def totals(**changes: Any) -> dict[str, Any]:
    return {**BILL["totals"], **changes}


def rules(bill: dict[str, Any]) -> set[str]:
    """What is found in a bill that is taken in, its explanation shown in every form and language."""
    answer = post_bill(bill)
    assert answer.status == 201, answer.text
    for accept in ("application/json", "text/plain", "text/html"):
        for locale in ("zh-CN", "en"):
            path = answer.json["links"]["self"]
            assert call("GET", path, INTEGRATOR, query={"locale": locale}, accept=accept).status == 200
    return {finding["rule"] for finding in answer.json["findings"]}


def refused(answer: Answer, status: int) -> None:
    """A problem document, in UTF-8, and nothing stored."""
    assert answer.status == status, answer.text[:300]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["status"] == status
    answer.text.encode()
    assert items() == []


XXE = '<!DOCTYPE i [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
BOMB = '<!DOCTYPE i [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("declaration", [XXE, BOMB, "<!DOCTYPE i SYSTEM 'http://example.org/i.dtd'>"])
def test_no_document_type_is_let_in_so_no_entity_is_ever_resolved(declaration: str) -> None:
    document = ubl().replace("?>", f"?>{declaration}", 1).replace("Pads", "&e;")
    refused(post(document, "application/xml"), 400)


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"number": "\xff"}', "application/json", 400),
        (ubl().encode("utf-16"), "application/json", 400),
        (b"{}", "application/json; charset=gb18030", 415),
        (b"{}", "text/csv", 415),
        (b"{}", "", 415),
        (b"<a/>", "application/xml", 415),
        (b"<a>" * 100, "application/xml", 400),
        (b"<a/>" * 2, "application/xml", 400),
        (ubl().encode(), "application/xml; charset=utf-16", 400),
        (ubl().replace("UTF-8", "EBCDIC-CP-US").encode(), "application/xml", 400),
        (ubl().replace("Pads", "Pâté").encode("latin-1"), "application/xml", 400),
        (b" " * (MAX_BYTES + 1) + b"{}", "application/json", 413),
        (ubl().encode() + b" " * MAX_BYTES, "application/xml", 413),
    ],
)
def test_what_cannot_be_read_is_a_problem_and_not_a_guess(body: bytes, content_type: str, status: int) -> None:
    refused(post(body, content_type), status)


@pytest.mark.parametrize(
    "body",
    [
        b'["' + b'\\"' * 300_000,
        b"{" + b",".join(b'"a%d":1' % i for i in range(100_000)) + b',"a1":1}',
        b"{" + b",".join(b'"a%d":1' % i for i in range(100_000)) + b"}",
        b'{"lines":[' + b",".join([b"{}"] * 300_000) + b"]}",
        b"[" + b"1" * 1_000_000 + b"]",
        b'{"totals":{"lines":1' + b"0" * 1_000_000 + b".5}}",
    ],
    ids=["escaped quotes", "a member twice", "unknown members", "empty lines", "a long number", "a long decimal"],
)
def test_no_body_costs_the_square_of_its_length(body: bytes) -> None:
    start = time.process_time()
    answer = post(body)
    # Linear work takes seconds even on a busy machine; the square of these lengths takes many minutes.
    assert time.process_time() - start < 60
    assert answer.status in {400, 422}
    assert len(answer.text) < 10_000


@pytest.mark.parametrize(
    ("amount", "pointer"),
    [
        ("NaN", "/totals/payable"),
        ("Infinity", "/totals/payable"),
        ("-Infinity", "/totals/payable"),
        ("1e400", "/totals/payable"),
        ('"1E+400000"', "/totals/payable"),
        ('"sNaN"', "/totals/payable"),
        ("true", "/totals/payable"),
        ('"823,00"', "/totals/payable"),
        ("0.0000001", "/totals/payable"),
        ("1e13", "/totals/payable"),
        ("null", "/totals/payable"),
    ],
)
def test_an_amount_that_is_none_is_refused_at_its_place(amount: str, pointer: str) -> None:
    answer = post(json.dumps(BILL).replace('"payable": "813.60"', f'"payable": {amount}'))
    refused(answer, 422)
    assert pointers(answer) == [pointer]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"currency": "yuan"}, "/currency"),
        ({"place": "China"}, "/place"),
        ({"issued_on": 0}, "/issued_on"),
        ({"issued_on": "2026-02-30"}, "/issued_on"),
        ({"issued_on": "9999-12-31"}, "/issued_on"),
        ({"completed_on": "0001-01-01"}, "/completed_on"),
        ({"number": ""}, "/number"),
        ({"number": "A\nB"}, "/number"),
        ({"owner_id": "a/../b c"}, "/owner_id"),
        ({"lines": []}, "/lines"),
        ({"lines": [line(tax_category="VAT")]}, "/lines/0/tax_category"),
        ({"lines": [line(description=" \u200b\u202e ")]}, "/lines/0/description"),
        ({"lines": [line(job="9")]}, "/lines/0/job"),
        ({"lines": [line(), line()]}, "/lines/1/id"),
        ({"lines": [line(base_quantity="0.000000000000001")]}, "/lines/0/base_quantity"),
        ({"lines": [line(payer="nobody")]}, "/lines/0/payer"),
        ({"lines": [line(id=str(i)) for i in range(2_001)]}, "/lines"),
        ({"vehicle": {"vin": "LOOK, A VIN"}}, "/vehicle/vin"),
        ({"vehicle": {"odometer_in_km": -1}}, "/vehicle/odometer_in_km"),
        ({"note": "\ud800"}, "/note"),
        ({"note": "x" * 2_001}, "/note"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_a_field_that_is_wrong_is_named(changes: dict[str, Any], pointer: str) -> None:
    answer = post_bill({**BILL, **changes})
    refused(answer, 422)
    assert pointers(answer) == [pointer]


def test_half_a_surrogate_pair_as_a_name_is_answered_in_utf_8() -> None:
    refused(post(r'{"\ud800": 1, "\ud800": 2}'), 422)


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ('<cbc:TaxAmount currencyID="EUR">', '<cbc:TaxAmount currencyID="USD">', "cbc:TaxAmount"),
        ("<cbc:ID>S</cbc:ID>", "<cbc:ID>VAT</cbc:ID>", "cbc:ID"),
        (">50.00<", ">NaN<", "cbc:PriceAmount"),
        (">50.00<", ">1e400<", "cbc:PriceAmount"),
        ("2026-11-02", "9999-11-02", "cbc:IssueDate"),
        ("2026-11-02", "tomorrow", "cbc:IssueDate"),
        ('<cbc:PayableAmount currencyID="EUR">119.00</cbc:PayableAmount>', "", "cbc:PayableAmount"),
    ],
)
def test_an_element_that_is_wrong_is_named_by_its_xpath(old: str, new: str, pointer: str) -> None:
    answer = post(ubl().replace(old, new), "application/xml")
    refused(answer, 422)
    assert all(found.startswith("/ubl:Invoice/") and found.endswith(pointer) for found in pointers(answer))


@pytest.mark.parametrize("amount", ["abc", "1e400", "NaN", ""])
def test_an_efapiao_with_an_amount_that_is_none_is_refused(amount: str) -> None:
    document = fapiao(fapiao_item(Amount="100.00")).replace("<Amount>100.00", f"<Amount>{amount}")
    answer = post(document, "application/xml")
    refused(answer, 422)
    assert "/EInvoice/EInvoiceData/IssuItemInformation/Amount" in pointers(answer)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"lines": [line(hours="-1.2", net="-720.00")]}, "negative_quantity"),
        ({"issued_on": "2199-12-31", "completed_on": "2199-12-31"}, "issued_on_in_future"),
        ({"issued_on": "1900-01-01"}, "place_missing"),
        ({"vehicle": {"vin": "1HGCM82633A004353"}, "place": "US-CA"}, "vin_check_digit"),
        ({"totals": totals(covered="100.00", payable="713.60")}, "customer_due_differs"),
        ({"totals": totals(payable="-0")}, "BR-CO-16"),
        ({"totals": totals(payable="1E+3")}, "BR-CO-16"),
        ({"lines": [line(tax_rate=None)]}, "bill_without_reasons"),
        ({"lines": [line(net="0", hours="0")], "tax_breakdown": [], "totals": dict.fromkeys(BILL["totals"], 0)}, ""),
        ({"kind": "credit_note"}, ""),
        ({"kind": "credit_note", "totals": totals(payable="-813.60")}, "BR-CO-16"),
        ({"tax_breakdown": [], "totals": totals(tax=None)}, "BR-CO-15"),
        ({"jobs": [], "estimate": None, "vehicle": {}}, "bill_without_reasons"),
        ({"currency": "JPY", "lines": [line(net="0.000001")]}, "AC-LINE"),
        ({"currency": "XXX", "place": "ZZ"}, "place_without_rules"),
    ],
)
def test_what_is_odd_but_readable_is_explained_with_a_finding(changes: dict[str, Any], rule: str) -> None:
    place = {} if rule == "place_missing" else {"place": "CN"}
    bill = {k: v for k, v in BILL.items() if k != "place"} | place | changes
    assert not rule or rule in rules(bill)


@pytest.mark.parametrize(
    "words",
    [
        "  Brakes\t",
        "\u0007Brakes\u0000",
        "\u202eBrakes 12",
        "٣٤ ⅷ ㊿ ① 🄁 ½ 三",
        "{amount} {0} {lines!r} %s %(x)s",
        "<b onclick='x'>&amp;\"</b>",
        "=1+1",
        "ß",
        "x" * 200,
        "😀" * 200,
    ],
)
def test_words_of_any_kind_stay_words_in_every_form(words: str) -> None:
    rules({**BILL, "lines": [line(description=words, payer_reason=words, note=words, unit=words)], "note": words,
           "jobs": [{"id": "J", "concern": words, "cause": words, "correction": words}],
           "seller": {"name": words, "phone": words}, "vehicle": {"model": words}})  # fmt: skip


def lines(count: int, **changes: Any) -> list[dict[str, Any]]:
    one = {"kind": "part", "description": "Part", "quantity": "2", "unit_price": "199.50", "net": "399.00"}
    return [{**one, "id": str(i), "part_number": f"P-{i}", **changes} for i in range(count)]


def bill_of(made: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    sums = dict.fromkeys(("lines", "net", "gross", "payable"), f"{399 * len(made)}.00")
    return {**BILL, "lines": made, "tax_breakdown": [], "totals": sums, **changes}


def test_two_thousand_lines_are_explained() -> None:
    assert rules(bill_of(lines(2_000))) == {"bill_without_reasons"}


def test_a_finding_for_every_line_is_stored_whole_or_not_at_all() -> None:
    answer = post_bill(bill_of(lines(2_000, net="398.99"), jobs=[{"id": "J", "concern": "字" * 2_000}]))
    assert answer.status in {201, 413}
    assert len(items()) == (answer.status == 201)


def test_what_could_be_stored_but_never_sent_is_refused_before_it_is_stored() -> None:
    refused(post_bill(bill_of(lines(600, payer_reason="\U0001f600" * 700))), 413)


def test_a_short_bill_is_answered_however_much_there_is_to_say_about_it() -> None:
    made = lines(20, description="\U0001f600" * 190, net="1")
    assert post_bill(bill_of(made, jobs=[{"id": "J", "concern": "\U0001f600" * 2_000}])).status == 201


@pytest.mark.parametrize("owner_id", ["a/../b c", "é", "", "\ud800", "x" * 5_000])
def test_an_owner_id_that_is_none_finds_and_stores_nothing(owner_id: str) -> None:
    bill = {k: v for k, v in BILL.items() if k != "owner_id"}
    answer = post(json.dumps(bill), owner_id=owner_id)
    if owner_id:
        refused(answer, 422)
    assert call("GET", "/bills", INTEGRATOR, query={"owner_id": owner_id}).json == {"bills": []}


@pytest.mark.parametrize("bill_id", ["x" * 5_000, "é", "..", "%00", "a b", "'", "{bill_id}"])
def test_a_bill_id_that_is_none_finds_nothing(bill_id: str) -> None:
    assert call("GET", f"/bills/{bill_id}/explanation", OWNER).status == 404


@pytest.mark.parametrize("token", ["x", "x.y", "é.é", "a" * 5_000 + ".b", "..", "x.y.z"])
def test_a_token_that_is_none_opens_nothing(token: str) -> None:
    assert call("GET", f"/links/{token}").status == 401


@pytest.mark.parametrize(
    ("query", "accept", "status"),
    [
        ({"locale": "../../etc"}, None, 200),
        ({"locale": ""}, None, 200),
        ({"summary": "fax"}, "text/plain", 200),
        ({"summary": "sms"}, "*/*;q=0.1, text/plain", 200),
        ({}, "", 200),
        ({}, ";;,,", 406),
        ({}, "text/html;q=0", 406),
        ({}, "text/html;q=abc", 200),
        ({}, "application/json;q=0, */*;q=0.1", 200),
        ({}, "text/plain" * 10_000, 406),
    ],
)
def test_odd_wishes_are_met_as_far_as_they_can_be(query: dict[str, str], accept: str | None, status: int) -> None:
    path = post_bill(BILL).json["links"]["self"]
    headers = {} if accept is None else {"accept": accept}
    answer = call("GET", path, OWNER, query=query, accept_language="xx-Y;q=.5, *", **headers)
    assert answer.status == status
    if status == 200:
        assert answer.headers["Content-Language"] == "zh-CN"


@pytest.mark.parametrize("body", ["kind=question", "kind=dispute&words=%FF%FE", "words=x&" * 30, "%"])
def test_a_form_that_is_wrong_is_refused_and_nothing_is_kept(body: str) -> None:
    page: str = post_bill(BILL).json["links"]["page"]
    path = page.removeprefix("https://care.example")
    answer = call("POST", f"{path}/questions", body=body, content_type="application/x-www-form-urlencoded")
    kept = [item for item in items() if item["sk"]["S"].startswith("QUESTION#")]
    assert (answer.status, len(kept)) in {(400, 0), (422, 0), (303, 1)}
