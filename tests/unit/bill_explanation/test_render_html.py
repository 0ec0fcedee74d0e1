"""The page: complete, escaped, readable by every means, and without a number that is not the document's."""

import base64
import hashlib
import json
import re
from datetime import date
from decimal import Decimal
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from functions.bill_explanation.check_html import check_html
from functions.bill_explanation.document import Document
from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.models import Bill
from functions.bill_explanation.page import STYLE
from functions.bill_explanation.render_html import CONTENT_SECURITY_POLICY, render_html
from functions.bill_explanation.write_document import write_document
from shared.content import LOCALES, load_all, wording
from shared.domain.errors import UnboundNumber
from tests.unit.bill_explanation.documents import CAUSES, Writer

QUESTIONS = "/links/token/questions"
VOID = {"meta", "input"}
ALLOWED_TAGS = frozenset(
    """
    html head meta title style body a header main footer section h1 h2 h3 p ul li div span figure blockquote
    details summary table caption thead tbody tfoot tr th td data time bdi form fieldset legend label select
    option textarea input button svg desc defs pattern rect path circle line text tspan
    """.split()  # noqa: SIM905
)
ALLOWED_ATTRIBUTES = frozenset(
    """
    lang charset name content href id class for type value action method role scope required checked maxlength
    rows datetime data-source data-value aria-labelledby aria-describedby aria-hidden width height x y x1 x2 y1
    y2 cx cy r d rx viewbox text-anchor focusable patternunits patterntransform
    """.split()  # noqa: SIM905
)


class Element:
    def __init__(self, tag: str, attributes: dict[str, str], parent: "Element | None") -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element | str] = []

    def all(self, *tags: str) -> "list[Element]":
        found = []
        for child in self.children:
            if isinstance(child, Element):
                if not tags or child.tag in tags:
                    found.append(child)
                found += child.all(*tags)
        return found

    def one(self, tag: str, **attributes: str) -> "Element":
        (found,) = [e for e in self.all(tag) if attributes.items() <= e.attributes.items()]
        return found

    @property
    def text(self) -> str:
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


class Tree(HTMLParser):
    """Builds a tree and objects to whatever a browser would have to repair."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = self._open = Element("", {}, None)
        self.feed(html)
        self.close()
        assert self._open is self.root, f"<{self._open.tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs)
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.children.append(element)
        if tag not in VOID:
            self._open = element

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.tag, f"</{tag}> closes <{self._open.tag}>"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)


def parse(html: str) -> Element:
    return Tree(html).root


def full(locale: str = "en", **given: Any) -> Document:
    writer = Writer(locale)
    given.setdefault("variance", writer.variance("1900.00", ["180.00", "-60.00", "0.00", "58.07"]))
    return writer.document(**given)


def page(document: Document, question_url: str | None = QUESTIONS, *, was_asked: bool = False) -> str:
    return render_html(document, wording(document["locale"]), question_url=question_url, was_asked=was_asked)


def ids(root: Element) -> list[str]:
    return [element.attributes["id"] for element in root.all() if "id" in element.attributes]


@pytest.fixture(params=LOCALES)
def root(request: pytest.FixtureRequest) -> Element:
    return parse(page(full(request.param)))


# ------------------------------------------------------------------------------------------------ what the page says


def test_every_text_of_the_document_is_on_the_page() -> None:
    document = full()
    shown = parse(page(document)).one("body").text

    def texts(node: Any) -> Any:
        if isinstance(node, dict):
            if "figures" in node:
                yield node["text"]
                return
            node = [value for key, value in node.items() if key != "statement" or "share" not in node]
        if isinstance(node, list):
            for child in node:
                yield from texts(child)

    assert [text for text in texts(document) if text not in shown] == []


def test_the_headline_comes_first_and_the_most_serious_finding_next(root: Element) -> None:
    assert root.one("main").all("h1", "section")[0].tag == "h1"
    assert root.one("main").all("section")[0].attributes["id"] == "findings"
    looks = [li.attributes["class"] for li in root.all("li") if "finding" in li.attributes.get("class", "")]
    assert looks == ["finding error", "finding warning", "finding note"]


def test_what_a_language_model_retold_is_shown_as_such_and_guarded() -> None:
    document = full()
    document["narrative"] = Writer().say("In short, you pay ", Writer().money("1627.20", "/totals/payable"), ".")
    html = page(document)
    first, second = parse(html).one("div", **{"class": "narrative"}).all("p")
    assert first.text == "In short, you pay CNY 1,627.20."
    assert second.text == wording("en").template("page.narrative.note")
    with pytest.raises(UnboundNumber):
        check_html(html.replace("In short", "In 2 words", 1), document)


def test_a_severity_is_told_by_a_word_beside_its_icon() -> None:
    spans = [e for e in parse(page(full())).all("span") if e.attributes.get("class", "").startswith("severity")]
    assert {span.text for span in spans} == {"Please clear up", "Worth asking", "Good to know"}


def test_nothing_found_is_said() -> None:
    document = full()
    document["findings"] = []
    for job in document["jobs"]:
        for line in job["lines"]:
            line["findings"] = []
    assert wording("en").template("findings.none") in parse(page(document)).one("section", id="findings").text


def test_a_finding_leads_to_its_lines_and_a_line_to_its_first_finding() -> None:
    root = parse(page(full()))
    finding = root.one("li", id="finding-1")
    assert [a.attributes["href"] for a in finding.all("a")] == ["#line-0", "#line-2"]
    assert [a.attributes["href"] for a in root.one("details", id="line-0").all("a")] == ["#finding-1"]


def test_an_unknown_line_of_a_finding_is_not_linked() -> None:
    document = full()
    document["findings"][1]["lines"] = ["gone"]
    assert parse(page(document)).one("li", id="finding-1").all("a") == []


def test_parts_add_up_to_the_total_in_the_table() -> None:
    table = parse(page(full())).one("table")
    amounts = [Decimal(row.all("data")[0].attributes["value"]) for row in table.one("tbody").all("tr")]
    assert sum(amounts) == Decimal(table.one("tfoot").one("data").attributes["value"])


def test_a_figure_carries_its_value_and_its_source() -> None:
    document = full()
    payable, concern = document["headline"]["figures"]
    headline = parse(page(document)).one("h1")
    assert headline.one("data").attributes == {"value": payable["value"], "data-source": payable["source"]}
    assert headline.one("bdi").attributes == {"data-source": concern["source"]}
    date_ = parse(page(document)).one("section", id="warranty").one("time")
    assert date_.attributes == {"datetime": "2027-02-09", "data-source": "days_after(…)"}


def test_words_around_a_figure_are_escaped_too() -> None:
    document = full()
    document["tax"] = [Writer().say("<b>&amp;", Writer().money("1.00", "/a"), "<i>&lt;")]
    assert parse(page(document)).one("section", id="tax").one("li").text == "<b>&amp;CNY 1.00<i>&lt;"


def test_without_an_estimate_a_sentence_stands_in_for_the_second_picture(root: Element) -> None:
    shown = parse(page(full(variance=None)))
    assert wording("en").template("page.variance.none") in shown.one("section", id="estimate").text
    assert len(root.all("figure")) == 2
    assert len(shown.all("figure")) == 1


def test_a_credit_note_is_not_compared_with_an_estimate() -> None:
    root = parse(page(full(kind="credit_note", variance=None)))
    assert "estimate" not in ids(root)
    assert root.one("h2", id="payers-title").text == "Who is credited what"


# -------------------------------------------------------------------------------------------------------- the forms


def test_without_a_place_to_send_questions_there_is_no_form() -> None:
    root = parse(page(full(), question_url=None))
    assert root.all("form", "button", "input", "select", "textarea") == []
    assert "021-5555 0101" in root.one("section", id="disagree").text


def test_the_form_offers_every_line_and_the_whole_bill() -> None:
    form = parse(page(full())).one("form", **{"class": "form"})
    assert form.attributes["action"] == QUESTIONS
    assert form.attributes["method"] == "post"
    assert [o.attributes["value"] for o in form.one("select").all("option")] == ["", "L0", "L1", "L2"]
    assert {e.attributes["name"] for e in form.all("select", "input", "textarea")} == {"line_id", "kind", "words"}
    assert {e.attributes["value"] for e in form.all("input")} == {"question", "dispute"}


def test_every_field_has_a_label(root: Element) -> None:
    labelled = {label.attributes.get("for") for label in root.all("label")}
    for field in root.all("select", "textarea"):
        assert field.attributes["id"] in labelled
    for field in root.all("input"):
        assert field.attributes["type"] == "hidden" or (field.parent is not None and field.parent.tag == "label")


def test_a_suggested_question_is_sent_word_for_word_with_what_it_is_about() -> None:
    document = full()
    found = document["findings"][2]
    form = parse(page(document)).one("li", id="finding-2").one("form")
    sent = {field.attributes["name"]: field.attributes["value"] for field in form.all("input")}
    assert sent == {
        "line_id": "L0",
        "kind": "question",
        "words": f"{found['statement']['text']} {found['ask']['text']}",
    }


def test_a_suggested_question_that_differs_from_the_one_shown_is_refused() -> None:
    document = full()
    html = page(document).replace('name="words" value="The', 'name="words" value="Not the', 1)
    with pytest.raises(UnboundNumber, match="question"):
        check_html(html, document)


def test_after_a_question_the_page_says_thank_you() -> None:
    assert parse(page(full(), was_asked=True)).one("div", id="questions").one("p", role="status").text
    assert [e for e in parse(page(full())).all("p") if e.attributes.get("role") == "status"] == []


# ----------------------------------------------------------------------------------------- readable by every means


@pytest.mark.parametrize("locale", LOCALES)
def test_the_page_names_its_language_and_is_written_in_it(locale: str) -> None:
    root = parse(page(full(locale)))
    assert root.one("html").attributes["lang"] == locale
    assert root.one("head").one("title").text == wording(locale).template("page.title")


def test_headings_do_not_skip_a_level(root: Element) -> None:
    levels = [int(heading.tag[1]) for heading in root.all("h1", "h2", "h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_landmarks_a_skip_link_and_named_sections(root: Element) -> None:
    assert [len(root.all(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]
    first = root.one("body").all("a")[0]
    assert first.attributes["href"] == "#" + root.one("main").attributes["id"]
    known = set(ids(root))
    assert all(section.attributes["aria-labelledby"] in known for section in root.all("section"))


def test_every_id_is_unique_and_every_reference_is_kept(root: Element) -> None:
    known = ids(root)
    assert len(known) == len(set(known))
    for element in root.all():
        for name in ("aria-labelledby", "aria-describedby", "for"):
            assert element.attributes.get(name, known[0]) in known
        assert element.tag != "a" or element.attributes["href"][1:] in known


def test_the_table_has_a_caption_and_scopes(root: Element) -> None:
    table = root.one("table")
    assert table.one("caption").text
    assert {th.attributes["scope"] for th in table.all("th")} == {"col", "row"}


def test_every_picture_has_a_title_a_description_and_a_text_equivalent(root: Element) -> None:
    pictures = [svg for svg in root.all("svg") if svg.attributes.get("aria-hidden") != "true"]
    assert len(pictures) == 2
    for svg in pictures:
        assert svg.attributes["role"] == "img"
        assert svg.one("title", id=svg.attributes["aria-labelledby"]).text
        assert svg.one("desc", id=svg.attributes["aria-describedby"]).text
    assert root.one("section", id="payers").one("table").text
    assert len(root.one("section", id="estimate").all("li")) >= 4


def test_pictures_of_ornament_are_hidden_from_screen_readers(root: Element) -> None:
    silent = [svg for svg in root.all("svg") if not svg.all("title")]
    assert silent
    assert all(svg.attributes["aria-hidden"] == "true" for svg in silent)


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", range(3), ids=("light", "dark", "print"))
def test_colours_keep_the_contrast_of_wcag_aa(theme: int) -> None:
    themes = [block for block in re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL) if "--ink" in block]
    colour = dict(re.findall(r"--([\w-]+): (#\w{6})", themes[theme]))
    for text in ("ink", "soft", "accent"):
        assert min(_contrast(colour[text], colour[on]) for on in ("paper", "sheet")) >= 4.5
    assert _contrast(colour["accent"], colour["on-accent"]) >= 4.5
    assert min(_contrast(colour["mid"], colour[on]) for on in ("paper", "sheet", "track")) >= 3
    assert _contrast(colour["accent"], colour["track"]) >= 3


# ---------------------------------------------------------------------------------------------------- the pictures


def _widths(svg: Element) -> list[float]:
    looks = {"customer", "warranty", "goodwill", "insurer", "service_plan", "whole", "more", "less"}
    return [float(r.attributes["width"].rstrip("%")) for r in svg.all("rect") if r.attributes["class"] in looks]


def test_the_divided_bar_is_as_long_as_the_shares() -> None:
    svg = parse(page(full())).one("section", id="payers").one("figure").one("svg")
    assert _widths(svg) == pytest.approx([78.303, 21.697], abs=0.0015)


def test_one_payer_takes_the_whole_bar() -> None:
    payers = [Writer().payer("customer", "5.00", "100")]
    assert _widths(parse(page(full(payers=payers))).one("section", id="payers").one("figure").one("svg")) == [100.0]


def test_a_zero_total_has_a_sentence_and_no_bar() -> None:
    section = parse(page(full(payers=[Writer().payer("customer", "0.00", None)]))).one("section", id="payers")
    assert section.all("figure") == []
    assert wording("en").template("page.payers.zero") in section.text


def test_payers_with_opposite_signs_get_a_bar_each() -> None:
    payers = [Writer().payer("customer", "-120.00", "-36.4"), Writer().payer("warranty", "450.00", "136.4")]
    svg = parse(page(full(payers=payers))).one("section", id="payers").one("figure").one("svg")
    assert _widths(svg) == pytest.approx([21.053, 78.947], abs=0.001)


@settings(max_examples=40, deadline=None)
@given(
    st.decimals("-1e6", "1e6", places=2),
    st.lists(st.decimals("-1e6", "1e6", places=2), max_size=len(CAUSES)),
    st.sampled_from(LOCALES),
)
def test_the_waterfall_stays_in_the_picture_and_meets_at_both_ends(
    estimated: Decimal, causes: list[Decimal], locale: str
) -> None:
    variance = Writer(locale).variance(str(estimated), [str(cause) for cause in causes])
    svg = parse(page(full(locale, variance=variance))).one("section", id="estimate").one("svg")
    bars = [r.attributes for r in svg.all("rect") if r.attributes["class"] in ("whole", "more", "less")]
    spans = [(float(b["x"].rstrip("%")), float(b["width"].rstrip("%"))) for b in bars]
    assert all(x >= -0.001 and x + width <= 100.002 for x, width in spans)
    assert len(svg.all("tspan")) == len([cause for cause in causes if cause]) + 2
    ends = [edge for x, width in spans for edge in (x, x + width)]
    assert all(sum(abs(edge - other) < 0.01 for other in ends) >= 2 or len(bars) < 3 for edge in ends)


# ------------------------------------------------------------------------------------------------------- no outside


def test_the_policy_allows_the_style_of_the_page_and_nothing_else() -> None:
    style = parse(page(full())).one("style").text
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in CONTENT_SECURITY_POLICY
    assert "default-src 'none'" in CONTENT_SECURITY_POLICY
    assert "script" not in CONTENT_SECURITY_POLICY


def test_the_page_needs_nothing_from_elsewhere(root: Element) -> None:
    assert {element.tag for element in root.all()} <= ALLOWED_TAGS
    assert not re.search(r"@import|url\((?!#)|https?:", STYLE)


HOSTILE = st.one_of(
    st.text(min_size=1, max_size=60),
    st.sampled_from(
        [
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "</bdi></main><svg onload='a()'>",
            "</title></style><style>*{display:none}",
            "'-->]]>&#49;&lt;&amp;{lang}{0}%s",
            "\u202e99.00 YNC\u202c\u2066\u200f",
            "W" * 200,
            "🚗🔋🧑‍🔧 ٣٫٥ ½ ① Ⅷ",
            "\x00\x1b[31m\r\n\t.",
        ]
    ),
)


def _hostile_bill(words: list[str]) -> Bill:
    description, concern, reason, seller, model = words
    line = {"description": description, "net": "100.00", "tax_rate": "13", "payer_reason": reason, "payer": "warranty"}
    return Bill.model_validate(
        {
            "number": "RO-1",
            "issued_on": "2026-11-01",
            "currency": "CNY",
            "place": "CN",
            "seller": {"name": seller, "phone": seller},
            "vehicle": {"model": model},
            "jobs": [{"id": "1", "concern": concern, "cause": reason}],
            "lines": [{"id": "a+b/:#", "kind": "fee", "job": "1", **line}],
            "tax_breakdown": [{"category": "S", "rate": "13", "taxable": "100.00", "tax": "13.00"}],
            "totals": {"lines": "100", "net": "100", "tax": "13", "gross": "113", "covered": "113", "payable": "0"},
        }
    )


def _explain(bill: Bill, locale: str) -> Document:
    explanation, book = explain_bill(bill, date(2026, 11, 22), load_all())
    return write_document(explanation, book, wording(locale), date(2026, 11, 22))


@settings(max_examples=60, deadline=None)
@given(st.lists(HOSTILE, min_size=5, max_size=5), st.sampled_from(LOCALES))
def test_hostile_words_in_a_bill_stay_words(words: list[str], locale: str) -> None:
    assume(all(any(letter.isprintable() and not letter.isspace() for letter in word) for word in words))
    document = _explain(_hostile_bill(words), locale)
    root = parse(page(document, question_url=f"/q?{words[0]}"))
    assert {element.tag for element in root.all()} <= ALLOWED_TAGS
    assert {name for element in root.all() for name in element.attributes} <= ALLOWED_ATTRIBUTES
    assert len(root.all("style")) == 1
    assert {a.attributes["href"][0] for a in root.all("a")} == {"#"}
    assert document["jobs"][0]["lines"][0]["title"]["text"] in root.one("details", id="line-0").text
    assert {form.attributes["action"] for form in root.all("form")} == {f"/q?{words[0]}"}


# -------------------------------------------------------------------------------------------------------- the guard

CLEAN = {locale: (full(locale), page(full(locale))) for locale in LOCALES}


def _digits_shown(html: str) -> list[int]:
    """Where the digits stand that a reader sees, and those of the values and sources of figures."""
    start = html.index("</style>")
    shown = re.compile(r'>([^<]+)<|(?:data-value|datetime|data-source|<data value)="([^"]*)"')
    spans = (m.span(1) if m[1] else m.span(2) for m in shown.finditer(html, start))
    parts = re.compile(r"&#?\w+;|\d")
    return [d.start() for begin, end in spans for d in parts.finditer(html, begin, end) if d[0].isdigit()]


@settings(max_examples=200, deadline=None)
@given(st.data(), st.sampled_from(LOCALES))
def test_changing_any_digit_is_caught(data: st.DataObject, locale: str) -> None:
    document, html = CLEAN[locale]
    place = data.draw(st.sampled_from(_digits_shown(html)))
    other = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != html[place]]))
    with pytest.raises(UnboundNumber):
        check_html(html[:place] + other + html[place + 1 :], document)


FIGURE = re.compile(r"<(data|time|bdi)\b[^>]*>[^<]*</\1>")


@settings(max_examples=100, deadline=None)
@given(st.data(), st.sampled_from(LOCALES))
def test_a_figure_moved_to_the_place_of_another_is_caught(data: st.DataObject, locale: str) -> None:
    document, html = CLEAN[locale]
    figures = list(FIGURE.finditer(html))
    one, other = data.draw(st.lists(st.sampled_from(figures), min_size=2, max_size=2, unique=True))
    assume(one[0] != other[0])
    with pytest.raises(UnboundNumber):
        check_html(html[: one.start()] + other[0] + html[one.end() :], document)


@pytest.mark.parametrize(
    "loose", ["7", "&#55;", "½", "٣", "①", "<b>x</b>", "<", '<p title="7">x</p>', '<li value="x">']
)
def test_a_loose_number_or_a_foreign_part_is_caught(loose: str) -> None:
    document, html = CLEAN["en"]
    with pytest.raises(UnboundNumber):
        check_html(html.replace("<footer>", f"<footer>{loose}", 1), document)


def test_a_figure_left_out_or_added_is_caught() -> None:
    document, html = CLEAN["en"]
    last = list(FIGURE.finditer(html))[-1]
    for changed in (html[: last.start()] + html[last.end() :], html[: last.end()] + last[0] + html[last.end() :]):
        with pytest.raises(UnboundNumber):
            check_html(changed, document)


def test_a_number_after_an_empty_figure_is_caught() -> None:
    document = full(description="")
    html = page(document)
    assert "</bdi></span>" in html
    with pytest.raises(UnboundNumber):
        check_html(html.replace("></bdi></span>", "></bdi>7</span>", 1), document)


def test_another_style_is_caught_since_it_could_show_numbers() -> None:
    document, html = CLEAN["en"]
    with pytest.raises(UnboundNumber, match="style"):
        check_html(html.replace("</style>", 'p::after{content:"7"}</style>', 1), document)


def test_the_page_of_another_document_is_caught() -> None:
    other = full()
    other["payable"] = other["headline"]["figures"][0] = {**other["headline"]["figures"][0], "text": "CNY 1.00"}
    with pytest.raises(UnboundNumber):
        check_html(CLEAN["en"][1], other)


# ----------------------------------------------------------------------------------------------- from bill to page


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.decimals("-50000", "50000", places=2),
            st.sampled_from(["customer", "warranty", "goodwill", "insurer", "service_plan"]),
        ),
        min_size=1,
        max_size=12,
    ),
    st.sampled_from(LOCALES),
)
def test_of_any_bill_the_parts_add_up_to_the_total_on_the_page(lines: list[tuple[Decimal, str]], locale: str) -> None:
    net = sum((amount for amount, _ in lines), Decimal(0))
    tax = (net * Decimal("0.13")).quantize(Decimal("0.01"))
    bill = Bill.model_validate(
        {
            "number": "RO-1",
            "issued_on": "2026-11-01",
            "currency": "CNY",
            "lines": [
                {"id": f"L{i}", "kind": "fee", "description": "Fee", "net": amount, "tax_rate": "13", "payer": payer}
                for i, (amount, payer) in enumerate(lines)
            ],
            "tax_breakdown": [{"category": "S", "rate": "13", "taxable": net, "tax": tax}],
            "totals": {"lines": net, "net": net, "tax": tax, "gross": net + tax, "payable": net + tax},
        }
    )
    table = parse(page(_explain(bill, locale))).one("table")
    amounts = [Decimal(row.all("data")[0].attributes["value"]) for row in table.one("tbody").all("tr")]
    assert sum(amounts) == Decimal(table.one("tfoot").one("data").attributes["value"]) == net + tax


@pytest.mark.parametrize("locale", LOCALES)
def test_the_wording_of_the_page_has_no_digits_and_the_same_keys_in_each_language(locale: str) -> None:
    def keys(of: str) -> dict[str, str]:
        text = files("shared.content").joinpath("wording", of, "page.json").read_text("utf-8")
        return dict(json.loads(text))

    assert keys(locale).keys() == keys("en").keys()
    assert [text for text in keys(locale).values() if re.search(r"\d", unescape(text))] == []
