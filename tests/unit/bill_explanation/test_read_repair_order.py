import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.bill_explanation.models import Bill
from functions.bill_explanation.read_bill import read_bill
from shared.domain.errors import InputTooLarge, InvalidInput, UnreadableInput, UnsupportedInput
from tests.unit.bill_explanation.documents_in import (
    REPAIR_ORDER,
    read_json,
    refusals,
    refused_places,
    repair_order,
    repair_order_line,
)

cents = st.decimals(min_value=-(10**9), max_value=10**9, places=2)


def refused(document: Any, owner_id: str | None = None) -> dict[str, str]:
    with pytest.raises(InvalidInput) as caught:
        read_json(document, owner_id)
    return dict(refusals(caught.value))


def raw(**texts: str) -> bytes:
    """The repair order with the first line's net written literally."""
    document = json.dumps(repair_order_line(net="@net"))
    return document.replace('"@net"', texts["net"]).encode()


def test_decimals_are_read_exactly_as_written() -> None:
    bill = read_json(REPAIR_ORDER)
    assert bill.lines[1].unit_price == Decimal("40.1")
    assert read_json(raw(net="0.1")).lines[0].net == Decimal("0.1")
    assert read_json(raw(net="123456789012.345678")).lines[0].net == Decimal("123456789012.345678")


@given(cents)
def test_every_cent_survives_the_way_through_json(net: Decimal) -> None:
    bill = read_json(raw(net=str(net)))
    again = read_json(bill.model_dump_json(exclude_none=True).encode())
    assert again == bill
    assert again.lines[0].net == net


@pytest.mark.parametrize(
    "literal", ["NaN", "Infinity", "-Infinity", "1e400", "-1e999999999", "1" * 5000, '"NaN"', "true"]
)
def test_an_amount_that_is_no_amount_is_refused_at_its_field(literal: str) -> None:
    assert list(refused(raw(net=literal))) == ["/lines/0/net"]


def test_a_huge_exponent_in_a_whole_number_costs_nothing() -> None:
    body = json.dumps(repair_order(revision="@")).replace('"@"', "1e999999999").encode()
    assert list(refused(body)) == ["/revision"]


def test_names_that_are_given_twice_are_refused_where_they_stand() -> None:
    body = json.dumps(REPAIR_ORDER).replace('"kind": "part"', '"kind": "part", "kind": "fee"').encode()
    assert refused(body) == {"/lines/1/kind": "is given more than once"}


def test_every_wrong_field_is_named_and_no_value_echoed() -> None:
    document = repair_order_line(kind="SECRET-kind", net="SECRET", tax_category="SECRET")
    document["issued_on"] = "SECRET"
    document["extra"] = "SECRET"
    found = refused(document)
    assert set(found) == {"/lines/0/kind", "/lines/0/net", "/lines/0/tax_category", "/issued_on", "/extra"}
    assert "SECRET" not in str(found)


def test_missing_fields_are_named() -> None:
    assert refused({}).keys() == {"/number", "/issued_on", "/currency", "/lines", "/totals"}


@pytest.mark.parametrize("body", [b"[]", b"null", b'"x"', b"17", b"true"])
def test_what_is_not_an_object_is_refused_as_a_whole(body: bytes) -> None:
    assert list(refused(body)) == [""]


@pytest.mark.parametrize("when", [0, 1_800_000_000, "1800000000", "1800000000.5", "02.11.2026", "2026-02-30"])
def test_days_are_written_year_first_and_never_as_seconds(when: Any) -> None:
    assert list(refused(repair_order(issued_on=when))) == ["/issued_on"]


def test_a_consent_without_time_zone_is_refused() -> None:
    consent = {"at": "2026-10-30T10:00", "by": "Ms Li", "how": "phone", "amount": 5}
    estimate = {"made_on": "2026-10-30", "lines": REPAIR_ORDER["lines"], "total": 5, "authorisations": [consent]}
    assert list(refused(repair_order(estimate=estimate))) == ["/estimate/authorisations/0/at"]


@pytest.mark.parametrize("number", ["a\u202eb", "a\tb", " a", "a  b", "a\u200bb", "", "x" * 65, "a\n", "\ud800"])
def test_a_number_with_invisible_characters_is_refused(number: str) -> None:
    assert list(refused(repair_order(number=number))) == ["/number"]


@pytest.mark.parametrize("number", ["018304 / 28865", "修-2026(7)", "INV_7", "RO№5"])
def test_numbers_may_look_like_those_of_real_bills(number: str) -> None:
    assert read_json(repair_order(number=number)).number == number


def test_repeated_ids_and_unknown_jobs_are_named() -> None:
    lines = [*REPAIR_ORDER["lines"], {**REPAIR_ORDER["lines"][1], "job": "K"}]
    jobs = [{"id": "J", "concern": "a"}, {"id": "J", "concern": "b"}]
    estimate = {"made_on": "2026-10-30", "lines": [REPAIR_ORDER["lines"][0]] * 2, "total": 5}
    assert refused(repair_order(lines=lines, jobs=jobs, estimate=estimate)).keys() == {
        "/jobs/1/id",
        "/lines/2/id",
        "/lines/2/job",
        "/estimate/lines/1/id",
    }


def test_the_owner_comes_from_the_request_or_the_document() -> None:
    assert read_json(REPAIR_ORDER, "o-1").owner_id == "o-1"
    assert read_json(repair_order(owner_id="o-1")).owner_id == "o-1"
    assert read_json(repair_order(owner_id="o-1"), "o-1").owner_id == "o-1"
    assert read_json(REPAIR_ORDER).owner_id is None


def test_an_owner_other_than_that_of_the_request_is_refused() -> None:
    assert refused(repair_order(owner_id="o-1"), "o-2") == {"/owner_id": "is not the owner that the request names"}


@pytest.mark.parametrize("depth", [21, 100_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(UnreadableInput, match="nested"):
        read_json(b"[" * depth + b"]" * depth)


def test_brackets_within_texts_are_no_nesting() -> None:
    assert read_json(repair_order(note='\\" [[[[[[[[[[[[[[[[[[[[[[[[[[[{{{{{')).note is not None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"  \n",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"\xff\xfe{\0}\0",
        '{"number": "修"}'.encode("gb18030"),
        b'{"a": .5}',
    ],
)
def test_what_is_not_json_in_utf8_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableInput):
        read_json(body)


def test_a_byte_order_mark_is_read_over() -> None:
    assert read_json(b"\xef\xbb\xbf" + json.dumps(REPAIR_ORDER).encode()).number == "RO-1"


def test_another_charset_than_utf8_is_not_supported() -> None:
    with pytest.raises(UnsupportedInput):
        read_bill(b"{}", "application/json; charset=gb18030", owner_id=None)


def test_more_than_two_megabytes_are_refused() -> None:
    with pytest.raises(InputTooLarge):
        read_json(repair_order(note="x" * 2_000_000))


@pytest.mark.parametrize("media_type", ["", "text/plain", "application/pdf", "multipart/form-data; boundary=json"])
def test_other_media_types_are_not_supported(media_type: str) -> None:
    with pytest.raises(UnsupportedInput):
        read_bill(b"{}", media_type, owner_id=None)


@pytest.mark.parametrize(
    "media_type", ["application/json", "Application/JSON; charset=UTF-8", "application/vnd.dms+json"]
)
def test_json_is_recognised_by_its_media_type(media_type: str) -> None:
    assert read_bill(json.dumps(REPAIR_ORDER).encode(), media_type, owner_id=None).number == "RO-1"


def test_no_more_than_fifty_violations_are_listed() -> None:
    assert len(refused(repair_order(lines=[{"id": "x y  z"}] * 500))) <= 50


def test_a_name_that_nobody_knows_is_cut_in_its_pointer() -> None:
    (pointer,) = refused(repair_order(**{"a/b~" + "x" * 500: 1}))
    assert pointer.startswith("/a~1b~0x")
    assert len(pointer) < 100


def test_the_published_schema_describes_what_is_read() -> None:
    schema = Bill.model_json_schema()
    assert set(schema["required"]) == {"number", "issued_on", "currency", "lines", "totals"}
    assert schema["properties"]["issued_on"]["format"] == "date"
    assert schema["additionalProperties"] is False


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(body: bytes) -> None:
    with pytest.raises((InvalidInput, UnreadableInput)):
        read_json(body)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list(Bill.model_fields)), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(json_values)
def test_no_json_brings_it_down(value: Any) -> None:
    with pytest.raises((InvalidInput, UnreadableInput)):
        read_json(json.dumps(value).encode())


@given(st.sampled_from(["/number", "/lines/0/net", "/totals/gross", "/lines/1/quantity", "/jobs/0/id"]), json_values)
def test_a_bill_with_one_field_spoilt_is_read_or_refused_there(pointer: str, value: Any) -> None:
    document = json.loads(json.dumps(REPAIR_ORDER))
    *way, last = pointer.split("/")[1:]
    node = document
    for step in way:
        node = node[int(step) if step.isdigit() else step]
    node[last] = value
    assert all(place.startswith((pointer, "/lines/0/job")) for place in refused_places(document))
