"""Read a repair bill in any format that is known, recognised by media type and root element."""

import re

from functions.bill_explanation.models import Bill
from functions.bill_explanation.read_efapiao import ROOT as EFAPIAO_ROOT
from functions.bill_explanation.read_efapiao import read_efapiao
from functions.bill_explanation.read_repair_order import read_repair_order
from functions.bill_explanation.read_ubl import ROOTS as UBL_ROOTS
from functions.bill_explanation.read_ubl import read_ubl
from functions.bill_explanation.xml_document import parse_xml
from shared.domain.errors import UnreadableInput, UnsupportedInput

_CHARSET = re.compile(r";\s*charset\s*=\s*\"?([A-Za-z0-9._-]{1,40})\"?", re.IGNORECASE)


def read_bill(body: bytes, media_type: str, *, owner_id: str | None) -> Bill:
    """The bill in a JSON repair order, a UBL invoice or credit note, or an e-fapiao.

    `owner_id` is who the bill belongs to; XML names no owner, JSON must not name another one.
    Raises UnsupportedInput, UnreadableInput, InputTooLarge, or InvalidInput with pointers to the
    fields (JSON pointer or XPath).
    """
    kind, _, _ = media_type.partition(";")
    kind = kind.strip().lower()
    charset = match[1] if (match := _CHARSET.search(media_type)) else None
    if not body.strip():
        raise UnreadableInput("the document is empty")
    if kind == "application/json" or kind.endswith("+json"):
        return read_repair_order(body, charset, owner_id=owner_id)
    if kind in ("application/xml", "text/xml") or kind.endswith("+xml"):
        return _read_xml(body, charset, owner_id)
    raise UnsupportedInput("send application/json or application/xml")


def _read_xml(body: bytes, charset: str | None, owner_id: str | None) -> Bill:
    root = parse_xml(body, charset)
    if root.name in UBL_ROOTS:
        return read_ubl(root, owner_id=owner_id)
    if root.name == EFAPIAO_ROOT:
        return read_efapiao(root, owner_id=owner_id)
    raise UnsupportedInput("the document is neither a UBL invoice, a UBL credit note nor an e-fapiao")
