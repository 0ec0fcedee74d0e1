"""A language model may retell a bill, but never with a number of its own."""

from datetime import date
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from functions.bill_explanation.explain_bill import explain_bill
from functions.bill_explanation.models import Bill
from functions.bill_explanation.narrate_bill import narrate_bill
from functions.bill_explanation.write_document import write_document
from shared.adapters.language_model import BedrockModel, ModelUnavailable
from shared.content import load_all, wording

BILL = Bill.model_validate(
    {
        "number": "RO-1", "issued_on": "2026-03-05", "currency": "CNY", "place": "CN",
        "jobs": [{"id": "1", "concern": "Mrs Wang hears the brakes"}],
        "lines": [{"id": "1", "job": "1", "kind": "labour", "description": "Pads", "hours": "1.2", "rate": "600",
                   "net": "720.00", "tax_rate": "13"}],
        "tax_breakdown": [{"category": "S", "rate": "13", "taxable": "720.00", "tax": "93.60"}],
        "totals": {"lines": "720", "net": "720", "tax": "93.60", "gross": "813.60", "payable": "813.60"},
    }
)  # fmt: skip
EXPLANATION, BOOK = explain_bill(BILL, date(2026, 3, 6), load_all())
WORDS = wording("en")


class Writes:
    """A model that writes what it is told to, and remembers what it was shown."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.material = ""

    def write(self, instruction: str, material: str, max_tokens: int) -> str:  # noqa: ARG002 - as the protocol has it
        self.material = material
        return self.text


class Fails:
    def write(self, instruction: str, material: str, max_tokens: int) -> str:  # noqa: ARG002 - as the protocol has it
        raise ModelUnavailable("ReadTimeoutError")


def test_marks_become_figures_and_the_document_carries_them() -> None:
    narrative = narrate_bill(EXPLANATION, BOOK, WORDS, Writes("All in all you owe [[f0]]."))
    assert narrative is not None
    assert narrative.text == "All in all you owe CNY 813.60."
    document = write_document(EXPLANATION, BOOK, WORDS, date(2026, 3, 6), narrative)
    assert document["narrative"] is not None
    assert document["narrative"]["figures"][0]["source"] == "/totals/payable"


def test_the_model_is_shown_neither_numbers_nor_words_of_the_bill() -> None:
    model = Writes("You owe [[f0]].")
    narrate_bill(EXPLANATION, BOOK, WORDS, model)
    assert "813" not in model.material
    assert "Wang" not in model.material


@pytest.mark.parametrize(
    "text",
    [
        "You owe 813.60.",
        "You owe [[f0]], about 800.",
        "You owe [[f0]] for two jobs.",
        "You owe half of it.",
        "您要付三千元。",
        "大约百分之十。",
        "You owe [[f999]].",
        "You owe ８００.",
        "You owe [[f0]] and not [[f2]].",
        "",
        "You owe [[f0]]. " * 200,
    ],
)
def test_what_cannot_be_trusted_is_dropped(text: str) -> None:
    assert narrate_bill(EXPLANATION, BOOK, WORDS, Writes(text)) is None


def test_a_model_that_fails_leaves_the_explanation_as_it_is() -> None:
    assert narrate_bill(EXPLANATION, BOOK, WORDS, Fails()) is None


class Bedrock:
    """Bedrock's Converse API, as far as it is used."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def converse(self, **_: Any) -> Any:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def answered(stop: str) -> dict[str, Any]:
    return {"stopReason": stop, "output": {"message": {"content": [{"text": " Fine. "}]}}}


def test_a_finished_answer_is_its_text() -> None:
    assert BedrockModel("m", bedrock=Bedrock(answered("end_turn"))).write("", "", 9) == "Fine."


@pytest.mark.parametrize(
    "answer",
    [
        answered("max_tokens"), answered("guardrail_intervened"), answered("content_filtered"),
        ReadTimeoutError(endpoint_url="https://bedrock"),
    ],
)  # fmt: skip
def test_a_refusal_a_cut_and_a_time_out_are_unavailable(answer: Any) -> None:
    with pytest.raises(ModelUnavailable):
        BedrockModel("m", bedrock=Bedrock(answer)).write("", "", 9)
