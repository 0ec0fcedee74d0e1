"""The sample bills that `make run` hands in: they are read, and only the one with trouble has any."""

from pathlib import Path

import pytest

from functions.bill_explanation.check_arithmetic import check_arithmetic
from functions.bill_explanation.models import Bill
from functions.bill_explanation.read_bill import read_bill
from tests.unit.bill_explanation.bills import a_book, rules

SAMPLES = sorted((Path(__file__).parents[3] / "events" / "bill_explanation" / "bills").iterdir())
TYPES = {".json": "application/json", ".xml": "application/xml"}


def sample(name: str) -> Bill:
    (file,) = [file for file in SAMPLES if name in file.stem]
    return read_bill(file.read_bytes(), TYPES[file.suffix], owner_id="owner-1")


@pytest.mark.parametrize("name", ["in_order", "invoice", "credit_note", "efapiao"])
def test_the_sample_adds_up(name: str) -> None:
    assert list(check_arithmetic(a_book(sample(name)))) == []


def test_the_sample_with_trouble_has_the_trouble_that_it_is_there_for() -> None:
    bill = sample("trouble")
    assert [finding.rule for finding in check_arithmetic(a_book(bill))] == ["BR-CO-17"]
    trouble = {"included_operation_billed", "hours_above_flat_rate", "warranty_seems_to_cover"}
    assert trouble <= set(rules(bill))
    assert bill.estimate is not None
    assert bill.totals.payable > bill.estimate.authorisations[0].amount


def test_every_sample_is_read() -> None:
    assert len(SAMPLES) == 5
    assert {sample(file.stem).kind for file in SAMPLES} == {"invoice", "credit_note"}
