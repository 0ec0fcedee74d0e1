import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.bill_explanation.read_bill import read_bill
from functions.bill_explanation.xml_document import MAX_DEPTH, MAX_ELEMENTS, parse_xml
from shared.domain.errors import AftercareError, InputTooLarge, UnreadableInput, UnsupportedInput
from tests.unit.bill_explanation.documents_in import fapiao, fapiao_item, read_xml, ubl, ubl_line

BOMB = '<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx">' + "".join(f'<!ENTITY b{i} "{f"&b{i - 1};" * 10}">' for i in range(1, 12))


@pytest.mark.parametrize(
    "document",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/evil.dtd"><a/>',
        '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]><a/>',
        BOMB + "]><a>&b11;</a>",
        "<!DOCTYPE a><a/>",
    ],
)
def test_a_document_type_is_refused_before_anything_is_expanded(document: str) -> None:
    with pytest.raises(UnreadableInput, match="document type"):
        parse_xml(document.encode())


def test_an_undefined_entity_is_not_well_formed() -> None:
    with pytest.raises(UnreadableInput, match="not well-formed"):
        parse_xml(b"<a>&x;</a>")


def test_a_document_type_in_a_comment_or_text_does_no_harm() -> None:
    assert parse_xml(b"<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE x>]]></a>").text == "<!DOCTYPE x>"


def test_what_is_included_is_not_fetched() -> None:
    root = parse_xml(b'<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/hostname"/></a>')
    assert root.children[0].text == ""


def test_depth_is_bounded() -> None:
    assert parse_xml(b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH).name == "a"
    with pytest.raises(UnreadableInput, match="deep"):
        parse_xml(b"<a>" * 200_000)


def test_the_number_of_elements_is_bounded() -> None:
    with pytest.raises(UnreadableInput, match="elements"):
        parse_xml(b"<a>" + b"<b/>" * (MAX_ELEMENTS + 1) + b"</a>")


def test_size_is_bounded() -> None:
    with pytest.raises(InputTooLarge):
        parse_xml(b"<a>" + b"x" * 2_000_000 + b"</a>")


def test_text_in_many_pieces_is_read_in_linear_time() -> None:
    pieces = 240_000
    started = time.perf_counter()
    root = parse_xml(b"<a>" + b"x<!---->" * pieces + b"</a>")
    assert len(root.text) == pieces
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize(
    "document", [b"", b"<a>", b"<a></b>", b"<a/><b/>", b"text", b"<a>\x00</a>", b"<a b='1' b='2'/>"]
)
def test_what_is_not_well_formed_is_unreadable(document: bytes) -> None:
    with pytest.raises(UnreadableInput):
        parse_xml(document)


def declared(encoding: str) -> str:
    return fapiao().replace('encoding="UTF-8"', f'encoding="{encoding}"')


@pytest.mark.parametrize(
    ("name", "codec"),
    [("GB18030", "gb18030"), ("GBK", "gbk"), ("gb2312", "gb2312"), ("UTF-16", "utf-16"), ("utf-8", "utf-8-sig")],
)
def test_an_efapiao_is_read_in_the_encoding_that_it_declares(name: str, codec: str) -> None:
    assert read_xml(declared(name).encode(codec)).seller == read_xml(fapiao()).seller


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_is_recognised_without_byte_order_mark(codec: str) -> None:
    assert read_xml(declared("UTF-16").encode(codec)).number == "26310000000000000001"


def test_the_charset_of_the_media_type_outranks_the_declaration() -> None:
    bill = read_xml(fapiao().encode("gb18030"), "text/xml; charset=GB18030")
    assert bill.seller is not None
    assert bill.seller.name == "测试汽修厂"


@pytest.mark.parametrize(
    "body",
    [
        fapiao().encode("gb18030"),  # declares UTF-8
        declared("GB18030").encode(),
        b"\xef\xbb\xbf" + declared("GB18030").encode(),
        declared("UTF-16").encode(),
        declared("EBCDIC-CP-US").encode(),
        declared("utf-7").encode(),
        fapiao().encode("utf-32"),
        fapiao().encode()[:-3],
    ],
)
def test_a_document_in_another_encoding_than_it_says_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableInput):
        read_xml(body)


@pytest.mark.parametrize("document", ["<html/>", "<Invoice/>", '<EInvoice xmlns="urn:x"/>', "<testSet/>"])
def test_other_roots_are_not_supported(document: str) -> None:
    with pytest.raises(UnsupportedInput):
        read_xml(document)


@pytest.mark.parametrize("media_type", ["application/xml", "text/xml;charset=utf-8", "application/vnd.oasis.ubl+xml"])
def test_xml_is_recognised_by_its_media_type(media_type: str) -> None:
    assert read_xml(ubl(), media_type).number == "A 17/3"


def test_an_xpath_counts_only_where_names_repeat() -> None:
    root = parse_xml(ubl(ubl_line(), ubl_line(id="2")).encode())
    assert root.all("cac:InvoiceLine/cbc:ID")[1].xpath() == "/ubl:Invoice/cac:InvoiceLine[2]/cbc:ID"


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(body: bytes) -> None:
    with pytest.raises((UnreadableInput, UnsupportedInput)):
        read_bill(body, "text/xml", owner_id=None)


@given(
    st.sampled_from([ubl(), ubl(root="CreditNote"), fapiao(fapiao_item(TaxRate="免税", ComTaxAm="***"))]),
    st.integers(0, 2_500),
    st.sampled_from(["", "x", "<a>", "&lt;", "9", "-", "1e400", "NaN", "\u202e", '"', "0"]),
)
def test_a_document_spoilt_anywhere_is_read_or_refused(document: str, place: int, what: str) -> None:
    spoilt = document[:place] + what + document[place + 1 :]
    with suppress(AftercareError):
        assert read_xml(spoilt).lines
