from hypothesis import given, settings

from functions.bill_explanation.models import Bill
from functions.bill_explanation.state_repair_warranty import state_repair_warranty
from tests.unit.bill_explanation.bills import a_bill, a_book, a_us_bill, labour, part, read, read_all
from tests.unit.bill_explanation.test_compare_with_estimate import random_bills


def stated(bill: Bill) -> str:
    return "\n".join(read(statement, a_book(bill)) for statement in state_repair_warranty(a_book(bill)))


def a_job(kind: str | None, identifier: str = "J", concern: str = "noise") -> dict[str, str | None]:
    return {"id": identifier, "concern": concern, "repair_kind": kind}


def test_china_gives_days_or_kilometres_by_kind_of_job() -> None:
    for kind, text in (
        ("assembly_repair", "100 days or 20,000 km, whichever comes first: from 1 November 2026 until 9 February 2027"),
        ("second_level_maintenance", "30 days or 5,000 km, whichever comes first"),
        ("minor_repair", "10 days or 2,000 km, whichever comes first"),
    ):
        assert text in stated(a_bill(jobs=[a_job(kind)]))


def test_the_last_kilometre_is_computed_from_the_odometer_on_leaving() -> None:
    bill = a_bill(vehicle={"odometer_in_km": 20_000, "odometer_out_km": 20_010})
    assert "or until the odometer shows 22,010 km" in stated(bill)


def test_without_an_odometer_the_owner_is_asked_to_note_it() -> None:
    assert "no odometer reading on leaving" in stated(a_bill())


def test_an_unnamed_kind_of_job_has_at_least_the_shortest_term() -> None:
    text = stated(a_bill(jobs=[a_job(None)]))
    assert "Every job has at least the term for “first-level maintenance" in text
    assert "10 days" in text
    assert "Every job has at least" in stated(a_bill(jobs=[a_job("unheard-of")]))
    assert "Every job has at least" in stated(a_bill(jobs=[]))


def test_each_kind_of_job_on_one_bill_has_its_own_term() -> None:
    jobs = [a_job("assembly_repair"), a_job("minor_repair", "K", "wipers"), a_job(None, "L", "lamp")]
    text = stated(a_bill(jobs=jobs))
    assert "for “noise”: 100 days" in text
    assert "for “wipers”: 10 days" in text
    assert "For “lamp” the bill does not say" in text


def test_without_a_completion_date_the_term_runs_from_the_bill_and_that_is_said() -> None:
    text = stated(a_bill(completed_on=None))
    assert "from 2 November 2026 until 12 November 2026" in text
    assert "counted from its date, 2 November 2026" in text


def test_ontario_covers_parts_and_their_labour_only() -> None:
    assert "90 days or 5,000 km" in stated(a_us_bill(place="CA-ON"))
    assert "the bill shows no such part" in stated(a_us_bill(labour(), place="CA-ON"))
    assert "the bill shows no such part" in stated(a_us_bill(part(condition="used"), place="CA-ON"))


def test_spain_counts_in_months() -> None:
    assert "3 months or 2,000 km, whichever comes first: from 1 November 2026 until 1 February 2027" in stated(
        a_us_bill(place="ES-MD")
    )
    read_out = a_us_bill(place="ES", vehicle={"odometer_out_km": 1_500})
    assert "until 1 February 2027, or until the odometer shows 3,500 km" in stated(read_out)


def test_where_no_term_is_known_it_says_so_and_what_to_ask() -> None:
    text = stated(a_us_bill(place="US-TX"))
    assert "is not on file here" in text
    assert "Which warranty does this repair carry" in text


def test_credits_and_bills_without_work_carry_none() -> None:
    assert stated(a_bill(kind="credit_note")) == ""
    assert stated(a_bill(part(kind="fee"))) == ""


@settings(max_examples=100, deadline=None)
@given(random_bills())
def test_every_sentence_passes_the_number_guard_in_every_locale(bill: Bill) -> None:
    assert read_all(state_repair_warranty(a_book(bill)), a_book(bill))
