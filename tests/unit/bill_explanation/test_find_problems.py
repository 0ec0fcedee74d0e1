from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.explanation import Severity
from functions.bill_explanation.find_problems import find_problems
from functions.bill_explanation.models import Bill
from tests.unit.bill_explanation.bills import (
    TODAY,
    a_bill,
    a_book,
    a_consent,
    a_us_bill,
    an_estimate,
    labour,
    only,
    part,
    problems,
    read,
    read_all,
    rules,
    with_entry,
)
from tests.unit.bill_explanation.test_compare_with_estimate import random_bills

CAR = {
    "vin": "1M8GDM9AXKP042788",
    "in_service_on": "2024-12-01",
    "odometer_in_km": 20_000,
    "odometer_out_km": 20_010,
}


def said(bill: Bill, rule: str) -> str:
    return read(only(bill, rule).statement, a_book(bill))


def test_a_clean_bill_has_no_findings() -> None:
    assert rules(a_bill(labour(operation_code="BR-PAD-F"), part(part_number="P-1"))) == []


def test_the_same_operation_twice_is_found_with_its_amounts() -> None:
    bill = a_bill(labour(operation_code="CS-ALIGN"), labour(id="3", operation_code="CS-ALIGN", hours="0.9"))
    assert only(bill, "same_operation_twice").lines == ("1", "3")
    assert said(bill, "same_operation_twice") == (
        "“Brakes” and “Brakes”: the same operation is billed more than once (CNY 600.00 and CNY 540.00)."
    )


def test_a_credit_for_the_second_time_settles_it() -> None:
    twice = [labour(id=str(i), operation_code="CS-ALIGN") for i in (1, 2)]
    bill = a_bill(*twice, labour(id="3", operation_code="CS-ALIGN", hours="-1"))
    assert "same_operation_twice" not in rules(bill)


def test_one_operation_shared_by_two_payers_is_only_a_note() -> None:
    bill = a_bill(labour(operation_code="CS-ALIGN"), labour(id="3", operation_code="CS-ALIGN", payer="insurer"))
    assert only(bill, "operation_for_two_payers").severity is Severity.NOTE
    assert "same_operation_twice" not in rules(bill)


def test_the_same_part_number_twice_is_found() -> None:
    bill = a_bill(part(part_number="P-1"), part(id="3", part_number="P-1", quantity="1"))
    assert only(bill, "same_part_twice").lines == ("2", "3")


def test_lines_without_codes_are_the_same_if_words_and_amount_are() -> None:
    assert "same_line_twice" in rules(a_bill(labour(), labour(id="3", description=" brakes ")))
    assert "same_line_twice" not in rules(a_bill(labour(), labour(id="3", hours="2")))


def test_an_included_operation_is_billed_twice_even_through_another_one() -> None:
    bill = a_bill(
        labour(operation_code="HV-MOD-R", description="Battery module", hours="7"),
        labour(id="3", operation_code="HV-OFF", description="Power off", hours="0.3"),
    )
    finding = only(bill, "included_operation_billed")
    assert (finding.severity, finding.lines) == (Severity.ERROR, ("1", "3"))
    assert said(bill, "included_operation_billed") == (
        "“Battery module” already includes “Power off”, which is billed again for CNY 180.00."
    )


def test_what_is_included_twice_over_is_told_once() -> None:
    codes = ("HV-MOD-R", "HV-BATT-RI", "HV-OFF")
    bill = a_bill(*(labour(id=str(i), operation_code=code) for i, code in enumerate(codes)))
    assert only(bill, "included_operation_billed").lines == ("0", "1", "2")


def test_included_work_without_a_charge_is_fine() -> None:
    bill = a_bill(labour(operation_code="HV-MOD-R", hours="7"), labour(id="3", operation_code="HV-OFF", hours="0"))
    assert "included_operation_billed" not in rules(bill)


def test_hours_above_the_flat_rate_are_found_with_what_they_cost() -> None:
    bill = a_bill(labour(hours="1.5", flat_rate_hours="1.2"))
    assert only(bill, "hours_above_flat_rate").severity is Severity.WARNING
    assert "the 0.3 h above it cost CNY 180.00" in said(bill, "hours_above_flat_rate")
    assert rules(a_bill(labour(hours="1.2", flat_rate_hours="1.2"))) == []


def test_hours_without_a_rate_are_compared_too() -> None:
    bill = a_bill(labour(hours="1.5", rate=None, net="900", flat_rate_hours="1.2"))
    assert "so 0.3 h more" in said(bill, "hours_above_flat_rate.no_rate")
    listed = a_bill(labour(hours="1.5", rate=None, net="900", operation_code="CS-ALIGN"))
    assert "so 0.5 h more" in said(listed, "hours_above_list.no_rate")


def test_the_centres_own_list_is_less_certain_than_the_bill() -> None:
    assert only(a_bill(labour(hours="3", operation_code="CS-ALIGN")), "hours_above_list").severity is Severity.NOTE


def test_a_labour_line_below_the_smallest_time_is_noted() -> None:
    assert "0.04 h are billed, less than the 0.05 h" in said(a_bill(labour(hours="0.04")), "labour_below_minimum")
    assert "labour_below_minimum" not in rules(a_bill(labour(hours="0.05")))


def test_a_rate_must_fit_its_category() -> None:
    exempt = a_bill(labour(tax_category="E"), part(tax_category="E"))
    finding = only(exempt, "tax_rate_contradicts_category")
    assert (finding.severity, finding.lines) == (Severity.ERROR, ("1", "2"))
    assert "tax_rate_contradicts_category" not in rules(a_bill(labour(tax_category="E", tax_rate="0")))
    assert "standard_tax_without_rate" in rules(a_bill(labour(tax_rate="0")))
    assert "standard_tax_without_rate" not in rules(a_bill(labour(tax_rate=None)))


def test_a_rate_must_exist_at_the_place() -> None:
    bill = a_bill(labour(tax_rate="16"))
    assert "The rates on file for CN are 13, 9, 6" in said(bill, "tax_rate_unknown_at_place")
    assert "tax_rate_unknown_at_place" not in rules(a_bill(labour(tax_rate="6")))
    assert "tax_rate_unknown_at_place" not in rules(a_us_bill(labour(tax_rate="7.25")))
    before = {"issued_on": "2018-04-01", "completed_on": "2018-04-01"}  # then 16 % was right
    assert "tax_rate_unknown_at_place" not in rules(a_bill(labour(tax_rate="16"), **before))


def warranty_bill(vehicle: dict[str, Any] | None = None, **line: Any) -> Bill:
    drive = labour(operation_code="DU-R-R", hours="4", description="Drive unit", **line)
    return a_bill(drive, vehicle=CAR if vehicle is None else vehicle)


def test_a_warranty_that_still_runs_is_asked_about_with_its_end() -> None:
    bill = warranty_bill()
    assert only(bill, "warranty_seems_to_cover").severity is Severity.WARNING
    text = said(bill, "warranty_seems_to_cover")
    assert "8 years or 120,000 km, whichever comes first, which is from 1 December 2024" in text
    assert "until 1 December 2032; the odometer showed 20,000 km" in text


def test_the_warranty_ends_with_its_months_and_with_its_kilometres() -> None:
    old = CAR | {"in_service_on": "2018-10-31"}
    assert "warranty_seems_to_cover" not in rules(warranty_bill(old))
    assert "warranty_seems_to_cover" in rules(warranty_bill(CAR | {"in_service_on": "2018-11-01"}))
    far = {"odometer_in_km": 120_001, "odometer_out_km": 120_001}
    assert "warranty_seems_to_cover" not in rules(warranty_bill(CAR | far))
    assert "warranty_seems_to_cover" in rules(warranty_bill(CAR | dict.fromkeys(far, 120000)))


def test_a_term_may_run_for_odd_months_and_any_distance() -> None:
    content = with_entry("warranty_terms", "CN.battery_and_drive", months=99, km=None)
    book = BillBook(warranty_bill(), content)
    (found,) = [f for f in find_problems(book, TODAY) if f.rule == "warranty_seems_to_cover"]
    assert "It runs for 99 months, which is from 1 December 2024 until 1 March 2033" in read(found.statement, book)


def test_a_stated_reason_makes_it_a_note() -> None:
    bill = warranty_bill(payer_reason="accident damage")
    assert only(bill, "warranty_declined").severity is Severity.NOTE


def test_wear_parts_are_not_asked_about() -> None:
    assert rules(a_bill(labour(operation_code="BR-PAD-F"), vehicle=CAR)) == []


def test_a_part_takes_the_component_of_its_job() -> None:
    bill = a_bill(labour(operation_code="PE-INV-R", hours="2.8"), part(), vehicle=CAR)
    assert only(bill, "warranty_seems_to_cover").lines == ("1",)
    inherited = only(bill, "warranty_may_cover_part")
    assert (inherited.severity, inherited.lines) == (Severity.NOTE, ("2",))


def test_a_part_of_a_job_with_several_components_is_left_alone() -> None:
    mixed = [labour(operation_code="PE-INV-R"), labour(id="3", operation_code="TY-ROT", hours="0.5"), part()]
    assert only(a_bill(*mixed, vehicle=CAR), "warranty_seems_to_cover").lines == ("1",)
    assert "warranty_may_cover_part" not in rules(a_bill(*mixed, vehicle=CAR))


def test_missing_dates_are_asked_for_instead_of_guessed() -> None:
    bill = warranty_bill({"model": "Model E"})
    assert "lacks the day the vehicle was first registered or delivered and the odometer reading" in said(
        bill, "warranty_cannot_be_checked"
    )


def test_a_missing_odometer_makes_it_a_note() -> None:
    bill = warranty_bill({"in_service_on": "2024-12-01"})
    assert only(bill, "warranty_seems_to_cover").severity is Severity.NOTE
    assert "the bill shows no odometer reading" in said(bill, "warranty_seems_to_cover")


def test_what_the_warranty_pays_is_not_asked_about() -> None:
    assert "warranty_seems_to_cover" not in rules(warranty_bill(payer="warranty"))


def test_goodwill_within_the_warranty_is_a_warning_and_elsewhere_a_note() -> None:
    within = warranty_bill(payer="goodwill")
    assert only(within, "goodwill_within_warranty").severity is Severity.WARNING
    assert "seems to cover this" in said(within, "goodwill_within_warranty")
    outside = a_bill(labour(payer="goodwill"))
    assert only(outside, "goodwill_instead_of_warranty").severity is Severity.NOTE
    assert "may not count as a warranty repair" in said(outside, "goodwill_instead_of_warranty")


def test_goodwill_that_was_warranty_in_the_estimate_is_told_once() -> None:
    bill = a_bill(labour(payer="goodwill"), estimate=an_estimate(labour(payer="warranty")))
    assert "goodwill_instead_of_warranty" not in rules(bill)
    assert "may not count as a warranty repair" in said(bill, "payer_changed_from_warranty")


def test_a_payer_that_changed_since_the_estimate_is_pointed_out() -> None:
    bill = a_bill(labour(), estimate=an_estimate(labour(payer="warranty")))
    assert only(bill, "payer_changed_from_warranty").severity is Severity.WARNING
    better = a_bill(labour(payer="warranty"), estimate=an_estimate(labour()))
    assert only(better, "payer_changed").severity is Severity.NOTE


def test_dates_in_the_future_are_found() -> None:
    bill = a_bill(issued_on="2026-11-24", completed_on="2026-11-23")
    assert {"issued_on_in_future", "completed_on_in_future"} <= set(rules(bill, TODAY))
    assert rules(bill, date(2026, 11, 24)) == []


def test_dates_in_the_wrong_order_are_found() -> None:
    assert "billed_before_completed" in rules(a_bill(issued_on="2026-10-31"))
    assert "completed_before_in_service" in rules(a_bill(vehicle={"in_service_on": "2026-11-02"}))
    late = an_estimate(labour(), part(), made_on="2026-11-02")
    assert "completed_before_estimate" in rules(a_bill(estimate=late))
    consents = [a_consent(904, "2026-11-03T09:00:00Z"), a_consent(904, "2026-11-02T09:00:00Z")]
    bill = a_bill(estimate=an_estimate(labour(), part(), authorisations=consents))
    assert "2026-11-02" in said(bill, "completed_before_consent")


def test_an_odometer_does_not_run_backwards() -> None:
    bill = a_bill(vehicle={"odometer_in_km": 20_010, "odometer_out_km": 20_000})
    assert only(bill, "odometer_runs_backwards").severity is Severity.ERROR
    parked = a_bill(vehicle={"odometer_in_km": 20_000, "odometer_out_km": 20_000})
    assert "odometer_runs_backwards" not in rules(parked)


@pytest.mark.parametrize("vin", ["1M8GDM9AXKP042788", "5GZCZ43D13S812715", "11111111111111111", "XTA99"])
def test_a_right_check_digit_is_not_mentioned(vin: str) -> None:
    assert "vin_check_digit" not in rules(a_bill(vehicle={"vin": vin}))


def test_a_wrong_check_digit_is_noted_where_the_market_uses_one() -> None:
    wrong = {"vin": "1M8GDM9A1KP042788"}
    assert only(a_us_bill(vehicle=wrong), "vin_check_digit").severity is Severity.NOTE
    assert "vin_check_digit" not in rules(a_bill(vehicle=wrong, place="DE"))


def test_work_without_a_reason_is_noted() -> None:
    assert only(a_bill(labour(job=None), part()), "line_without_reason").lines == ("1",)
    assert only(a_bill(labour(job="other"), part()), "line_without_reason").lines == ("1",)
    assert "bill_without_reasons" in rules(a_bill(jobs=[]))


def test_many_lines_are_named_by_the_first_few() -> None:
    lines = [labour(id=str(i), job=None, description=f"Work {'abcdef'[i]}") for i in range(6)]
    assert said(a_bill(*lines), "line_without_reason").startswith("“Work a”, “Work b”, “Work c” and other lines:")


def test_negative_quantities_are_noted_but_not_on_discounts() -> None:
    bill = a_bill(labour(), part(quantity="-1"))
    assert only(bill, "negative_quantity").lines == ("2",)
    assert "negative_quantity" not in rules(a_bill(labour(), part(kind="discount", quantity="-1")))


def test_a_part_that_is_not_new_is_noted_and_a_broken_promise_is_a_warning() -> None:
    bill = a_bill(labour(), part(condition="rebuilt"))
    assert only(bill, "part_not_new").severity is Severity.NOTE
    promised = a_bill(part(condition="used"), estimate=an_estimate(part(condition="new")))
    assert only(promised, "part_promised_new").severity is Severity.WARNING
    assert "part_not_new" not in rules(promised)


def test_what_the_customer_has_to_pay_must_follow_from_the_lines() -> None:
    right = a_bill(labour(), part(payer="warranty"))
    assert "customer_due_differs" not in rules(right)
    wrong = right.model_copy(update={"totals": right.totals.model_copy(update={"payable": right.totals.gross})})
    assert {"customer_due_differs", "BR-CO-16", "AC-COVERED"} & set(rules(wrong))


def test_an_overrun_without_consent_is_an_error() -> None:
    bill = a_us_bill(labour(hours="2"), estimate=an_estimate(labour()))
    assert only(bill, "overrun_without_consent").severity is Severity.ERROR
    assert "above the limit" in said(bill, "overrun_without_consent")


def test_places_without_rules_are_said_once() -> None:
    assert "place_missing" in rules(a_bill(place=None))
    assert "place_without_rules" in rules(a_bill(place="BR"))
    assert not {"place_missing", "place_without_rules"} & set(rules(a_bill(place="US-TX")))


def test_the_gravest_come_first_and_then_the_order_of_the_lines() -> None:
    bill = a_bill(
        part(id="9", condition="used"),
        labour(id="8", hours="0.01"),
        labour(id="7", tax_category="E"),
        labour(id="6", hours="2", flat_rate_hours="1"),
        part(id="5", condition="rebuilt"),
    )
    found = [(f.severity, f.lines[0]) for f in problems(bill) if f.lines]
    assert [severity for severity, _ in found] == sorted((s for s, _ in found), key=list(Severity).index)
    notes = [line for severity, line in found if severity is Severity.NOTE]
    assert notes == ["9", "8", "5"]


@settings(max_examples=150, deadline=None)
@given(random_bills())
def test_every_finding_on_a_random_bill_passes_the_number_guard_in_every_locale(bill: Bill) -> None:
    found = problems(bill)
    read_all([(finding.statement, finding.ask) for finding in found], a_book(bill))
    ids = {line.id for line in bill.lines}
    assert all(set(finding.lines) <= ids for finding in found)
    assert all(pointer.startswith("/") for finding in found for pointer in finding.pointers)
