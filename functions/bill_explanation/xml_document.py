"""Safe XML: parses a document into a small tree and refuses what an invoice never needs.

Built on the standard library's expat with handlers of our own. A document type is refused as soon
as its declaration starts, so no entity, internal or external, is ever defined; depth and number of
elements are bounded while parsing. defusedxml offers only the first of these and would be one more
dependency; lxml is a compiled 5 MB that a cold start would pay for.
"""

import re
from xml.parsers import expat

from shared.domain.errors import InputTooLarge, UnreadableInput

MAX_BYTES = 2_000_000
MAX_DEPTH = 40
MAX_ELEMENTS = 100_000

PREFIXES = {
    "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2": "ubl",
    "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2": "cn",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2": "cac",
    "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2": "cbc",
}
"""Namespaces that readers know, under the prefixes that the norm's own rules use."""

# GB 18030 contains GBK and GB 2312; expat itself reads none of them.
_CODECS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "iso-8859-1": "latin-1",
    "iso-8859-15": "iso8859-15",
    "windows-1252": "cp1252",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
}
_BYTE_ORDER_MARKS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARATION = re.compile(r"<\?xml\s[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")


class Element:
    """An element: its name with the known prefix (or `{namespace}name`), attributes and text."""

    __slots__ = ("attributes", "children", "name", "parent", "text")

    def __init__(self, name: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.name = name
        self.attributes = attributes
        self.parent = parent
        self.children: list[Element] = []
        self.text = ""

    def all(self, path: str) -> "list[Element]":
        """Every element at a path of child names, `cac:Price/cbc:PriceAmount`."""
        found = [self]
        for name in path.split("/"):
            found = [child for element in found for child in element.children if child.name == name]
        return found

    def first(self, path: str) -> "Element | None":
        """The first element at a path of child names."""
        element = self
        for name in path.split("/"):
            for child in element.children:
                if child.name == name:
                    element = child
                    break
            else:
                return None
        return element

    def value(self, path: str) -> str | None:
        """The trimmed text at a path, None where there is none."""
        element = self.first(path)
        return (element.text.strip() or None) if element is not None else None

    def descendants(self) -> "list[Element]":
        """Every element below this one, level by level."""
        found = self.children.copy()
        for element in found:
            found.extend(element.children)
        return found

    def xpath(self) -> str:
        """Where this element stands, with positions where a name repeats."""
        if self.parent is None:
            return f"/{self.name}"
        alike = [child for child in self.parent.children if child.name == self.name]
        position = f"[{alike.index(self) + 1}]" if len(alike) > 1 else ""
        return f"{self.parent.xpath()}/{self.name}{position}"


def parse_xml(body: bytes, charset: str | None = None) -> Element:
    """The root element of a document; `charset` is what the media type says.

    Raises InputTooLarge above 2 MB; UnreadableInput for anything that is not well-formed, is not in
    its declared encoding, has a document type, or is deeper or larger than an invoice can be.
    """
    if len(body) > MAX_BYTES:
        raise InputTooLarge(f"the document is larger than {MAX_BYTES} bytes")
    tree = _TreeBuilder()
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.data
    try:
        parser.Parse(_as_utf8(body, charset), True)
    except expat.ExpatError as error:
        reason = expat.errors.messages.get(error.code, "syntax error")
        place = f"line {error.lineno}, column {error.offset}"
        raise UnreadableInput(f"the document is not well-formed XML: {reason} at {place}") from None
    return tree.root


class _TreeBuilder:
    def __init__(self) -> None:
        self.root = Element("", {}, None)
        self._open: list[Element] = []
        self._texts: list[list[str]] = []  # pieces, since adding to a growing text is quadratic
        self._count = 0
        self._names: dict[str, str] = {}

    def start(self, raw: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MAX_ELEMENTS:
            raise UnreadableInput(f"the document has more than {MAX_ELEMENTS} elements")
        if len(self._open) >= MAX_DEPTH:
            raise UnreadableInput(f"the document is nested more than {MAX_DEPTH} deep")
        name = self._names.get(raw) or self._names.setdefault(raw, _known_name(raw))
        if self._open:
            parent = self._open[-1]
            element = Element(name, attributes, parent)
            parent.children.append(element)
        else:
            self.root = element = Element(name, attributes, None)
        self._open.append(element)
        self._texts.append([])

    def end(self, _name: str) -> None:
        self._open.pop().text = "".join(self._texts.pop())

    def data(self, text: str) -> None:
        self._texts[-1].append(text)


def _known_name(raw: str) -> str:
    namespace, _, local = raw.rpartition(" ")
    if not namespace:
        return local
    prefix = PREFIXES.get(namespace)
    return f"{prefix}:{local}" if prefix else f"{{{namespace}}}{local}"


def _refuse_document_type(*_declaration: object) -> None:
    raise UnreadableInput("the document has a document type declaration, which is not accepted")


def _as_utf8(body: bytes, charset: str | None) -> bytes:
    """The document in UTF-8.

    A byte order mark outranks the media type, which outranks the document's own declaration
    (RFC 7303, section 3).
    """
    mark, codec = next((m for m in _BYTE_ORDER_MARKS if body.startswith(m[0])), (b"", ""))
    body = body[len(mark) :]
    codec = codec or _codec_without_mark(body, charset)
    try:
        text = body.decode(codec)
    except UnicodeDecodeError as error:
        raise UnreadableInput(f"the document is not in its encoding, from byte {error.start}") from None
    declared = _DECLARATION.match(text)
    if charset is None and declared and _family(_codec(declared[1])) != _family(codec):
        raise UnreadableInput("the document declares another encoding than it is in")
    return body if codec == "utf-8" else text.encode("utf-8", "surrogatepass")


def _codec_without_mark(body: bytes, charset: str | None) -> str:
    if charset is not None:
        return _codec(charset)
    if body.startswith(b"<\0"):
        return "utf-16-le"
    if body.startswith(b"\0<"):
        return "utf-16-be"
    declared = _DECLARATION.match(body[:400].decode("latin-1"))
    return _codec(declared[1]) if declared else "utf-8"


def _codec(name: str) -> str:
    try:
        return _CODECS[name.lower()]
    except KeyError:
        raise UnreadableInput("the encoding of the document is not supported") from None


def _family(codec: str) -> str:
    return "utf-16" if codec.startswith("utf-16") else codec
