from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.bill_explanation.book import BillBook
from functions.bill_explanation.compare_with_estimate import compare_with_estimate
from functions.bill_explanation.explanation import Variance
from functions.bill_explanation.models import Bill
from tests.unit.bill_explanation.bills import (
    a_bill,
    a_book,
    a_consent,
    a_us_bill,
    an_estimate,
    labour,
    part,
    read,
    read_all,
    rules,
    with_entry,
)


def compared(bill: Bill) -> Variance:
    book = a_book(bill)
    variance = compare_with_estimate(book)
    assert variance is not None
    read_all([variance], book)
    return variance


def amounts(bill: Bill) -> dict[str, Decimal]:
    return {cause.cause.value: cause.amount.value for cause in compared(bill).causes}


def test_without_an_estimate_nothing_is_compared() -> None:
    assert compare_with_estimate(a_book(a_bill())) is None


def test_a_credit_note_is_not_compared_since_it_charges_nothing() -> None:
    assert compare_with_estimate(a_book(a_bill(kind="credit_note", estimate=an_estimate(labour())))) is None


def test_a_bill_as_estimated_has_no_causes() -> None:
    bill = a_bill(estimate=an_estimate(labour(), part()))
    assert amounts(bill) == {}
    assert read(compared(bill).summary, a_book(bill)) == (
        "The bill of CNY 904.00 is exactly what was estimated on 30 October 2026."
    )


def test_more_hours_count_at_the_estimated_rate_and_the_new_rate_counts_for_all_final_hours() -> None:
    bill = a_bill(labour(hours="1.5", rate="650"), estimate=an_estimate(labour(hours="1", rate="600")))
    assert amounts(bill) == {"hours": Decimal(300), "price": Decimal(75), "tax": Decimal("48.75")}


def test_more_parts_count_at_the_estimated_price() -> None:
    bill = a_bill(part(quantity="3", unit_price="90"), estimate=an_estimate(part(quantity="2", unit_price="100")))
    assert amounts(bill) == {"quantity": Decimal(100), "price": Decimal(-30), "tax": Decimal("9.10")}


def test_prices_for_several_units_are_compared_per_unit() -> None:
    before = part(quantity="10", unit_price="100", base_quantity="5", net="200.00")
    after = part(quantity="15", unit_price="100", base_quantity="5", net="300.00")
    assert amounts(a_bill(after, estimate=an_estimate(before)))["quantity"] == Decimal(100)


def test_added_and_removed_lines_are_told_apart() -> None:
    bill = a_bill(labour(), part(id="7", description="Filter"), estimate=an_estimate(labour(), part()))
    assert amounts(bill) == {"added": Decimal(200), "removed": Decimal(-200)}


def test_a_line_that_only_moved_is_neither_added_nor_removed() -> None:
    bill = a_bill(part(id="1"), labour(id="2"), estimate=an_estimate(labour(), part()))
    assert amounts(bill) == {}


def test_lines_with_the_same_id_but_other_codes_are_not_matched() -> None:
    before = labour(operation_code="BR-PAD-F")
    after = labour(operation_code="TY-R", description="Tyre")
    assert amounts(a_bill(after, estimate=an_estimate(before))) == {"added": 600, "removed": -600}


def test_a_reworded_line_is_found_by_its_operation_code() -> None:
    before = labour(id="9", description="front brakes", operation_code="BR-PAD-F")
    after = labour(operation_code="BR-PAD-F", hours="2")
    assert amounts(a_bill(after, estimate=an_estimate(before)))["hours"] == 600


def test_a_discount_on_the_whole_bill_is_told_as_such() -> None:
    bill = a_bill(
        labour(),
        adjustments=[{"kind": "allowance", "amount": "50.00", "reason": "thanks"}],
        totals={"lines": 600, "allowances": 50, "net": 550, "tax": "71.5", "gross": "621.5", "payable": "621.5"},
        estimate=an_estimate(labour()),
    )
    assert amounts(bill) == {"other": Decimal(-50), "tax": Decimal("-6.5")}
    other = compared(bill).causes[-1]
    assert read(other.details[0], a_book(bill)) == "less CNY 50.00 (thanks)"


def test_a_discount_on_a_line_is_told_as_such() -> None:
    bill = a_bill(labour(hours="2", net="1100"), estimate=an_estimate(labour()))
    assert amounts(bill) == {"hours": Decimal(600), "other": Decimal(-100), "tax": Decimal(65)}
    assert [read(d, a_book(bill)) for d in compared(bill).causes[-1].details] == ["Brakes: CNY -100.00"]


def test_deductions_can_be_added_and_removed_too() -> None:
    added = a_bill(labour(), part(net="-50"), estimate=an_estimate(labour()))
    assert amounts(added)["added"] == -50
    removed = a_bill(labour(), estimate=an_estimate(labour(), part(net="-50")))
    assert amounts(removed)["removed"] == 50


def test_an_estimate_of_nothing_has_no_percentage_to_differ_by() -> None:
    free = an_estimate(labour(net="0"))
    assert "%" not in read(compared(a_bill(estimate=free)).summary, a_book(a_bill(estimate=free)))
    credit = a_bill(labour(hours="-1"), estimate=free)
    assert "below the estimate of CNY 0.00" in read(compared(credit).summary, a_book(credit))


def test_another_payer_leaves_the_total_but_is_pointed_out_with_its_consequence() -> None:
    bill = a_bill(labour(payer="goodwill"), part(), estimate=an_estimate(labour(payer="warranty"), part()))
    (cause,) = compared(bill).causes
    assert (cause.cause.value, cause.amount.value) == ("payer", 0)
    line, consequence = (read(detail, a_book(bill)) for detail in cause.details)
    assert "to be paid by the warranty in the estimate, now by goodwill" in line
    assert "may not count as a warranty repair under China's three-guarantee rules" in consequence


def test_a_changed_tax_rate_is_named() -> None:
    bill = a_bill(labour(tax_rate="6"), estimate=an_estimate(labour()))
    details = [read(d, a_book(bill)) for cause in compared(bill).causes for d in cause.details]
    assert details == []  # the tax is the same, so there is nothing to explain
    cheaper = a_bill(
        labour(tax_rate="6"),
        totals={"lines": 600, "net": 600, "tax": 36, "gross": 636, "payable": 636},
        estimate=an_estimate(labour()),
    )
    (tax,) = compared(cheaper).causes
    assert read(tax.details[0], a_book(cheaper)) == "Brakes: estimated at 13% tax, billed at 6%"


def test_consents_say_who_agreed_to_what_when_and_how() -> None:
    consent = a_consent("904.00", how="phone", phone="021-5555")
    bill = a_bill(estimate=an_estimate(labour(), part(), authorisations=[consent]))
    (stated,) = compared(bill).authorisations
    assert read(stated, a_book(bill)).startswith("Ms Li agreed to CNY 904.00 on 2026-10-30 10:00")


def test_a_missing_consent_is_said() -> None:
    bill = a_bill(estimate=an_estimate(labour()))
    (stated,) = compared(bill).authorisations
    assert read(stated, a_book(bill)) == "The bill records no consent of yours to the estimate."


# Random bills: cents, hours to the hundredth, other ids, codes and words, with and without tax.
cents = st.integers(0, 500_000).map(lambda number: Decimal(number) / 100)
hours = st.integers(0, 2_000).map(lambda number: Decimal(number) / 100)
codes = st.sampled_from([None, "BR-PAD-F", "TY-R", "DG-SCAN"])
payers = st.sampled_from(["customer", "warranty", "goodwill", "insurer"])


@st.composite
def random_lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = []
    for position in range(draw(st.integers(1, 6))):
        common: dict[str, Any] = {
            "id": str(draw(st.integers(1, 4)) * 10 + position),
            "description": draw(st.sampled_from(["Brakes", "Pads", "Tyre", "Check"])),
            "payer": draw(payers),
            "tax_rate": draw(st.sampled_from([None, "6", "13"])),
        }
        if draw(st.booleans()):
            lines.append(labour(hours=draw(hours), rate=draw(cents), operation_code=draw(codes), **common))
        else:
            base = draw(st.sampled_from([None, "3"]))
            lines.append(part(quantity=draw(hours), unit_price=draw(cents), base_quantity=base, **common))
        if draw(st.booleans()):
            lines[-1]["net"] = draw(cents)
    return lines


@st.composite
def random_bills(draw: st.DrawFn) -> Bill:
    changes: dict[str, Any] = {"total": draw(cents), "tax_total": draw(st.none() | cents)}
    if draw(st.booleans()):
        changes["authorisations"] = [a_consent(draw(cents)), a_consent(draw(cents), "2026-11-01T09:00:00Z")]
    estimate = an_estimate(*draw(random_lines()), **changes)
    totals = {name: draw(cents) for name in ("lines", "net", "gross", "payable")}
    totals |= {"tax": draw(st.none() | cents)}  # type: ignore[dict-item]
    place = draw(st.sampled_from([None, "CN", "US-CA", "US-FL", "US-WA", "CA-ON", "DE", "FR"]))
    return a_bill(*draw(random_lines()), estimate=estimate, totals=totals, place=place)


@settings(max_examples=300, deadline=None)
@given(random_bills())
def test_the_causes_add_up_to_the_difference_to_the_cent(bill: Bill) -> None:
    variance = compared(bill)
    estimate = bill.estimate
    assert estimate is not None
    assert variance.difference.value == bill.totals.gross - estimate.total
    assert sum((cause.amount.value for cause in variance.causes), Decimal(0)) == variance.difference.value


@settings(max_examples=100, deadline=None)
@given(random_bills())
def test_every_sentence_about_a_random_bill_passes_the_number_guard_in_every_locale(bill: Bill) -> None:
    assert read_all([compared(bill)], a_book(bill))


@settings(max_examples=100, deadline=None)
@given(random_lines())
def test_the_same_lines_in_another_order_have_no_added_and_no_removed_ones(lines: list[dict[str, Any]]) -> None:
    causes = amounts(a_bill(*reversed(lines), estimate=an_estimate(*lines)))
    assert not {"added", "removed"} & set(causes)


def verdict(bill: Bill) -> str:
    return " ".join(read(s, a_book(bill)) for s in compared(bill).overrun_rule)


def overrun(place: str, hours: str = "1.5", **estimate: Any) -> Bill:
    return a_us_bill(labour(hours=hours), place=place, estimate=an_estimate(labour(), **estimate))


def test_california_wants_a_recorded_consent_for_any_excess() -> None:
    text = verdict(overrun("US-CA", hours="1.01"))
    assert "a charge above the estimate needs your consent before the work" in text
    assert "$6.78 above the limit of $678.00, and the bill records no consent" in text


def test_illinois_tolerates_ten_per_cent_and_not_more() -> None:
    assert "within the limit of $745.80: the rule was kept" in verdict(overrun("US-IL", hours="1.1"))
    assert "above the limit of $745.80" in verdict(overrun("US-IL", hours="1.11"))


def test_florida_bounds_the_ten_per_cent_by_amounts() -> None:
    assert "above the limit of $728.00" in verdict(overrun("US-FL"))  # 10 % were 67.80, at most 50.00
    small = a_us_bill(labour(rate="30", hours="1.5"), place="US-FL", estimate=an_estimate(labour(rate="30")))
    assert "above the limit of $43.90" in verdict(small)  # 10 % were 3.39, but 10.00 are let pass


def test_michigan_takes_the_lesser_of_the_bounds() -> None:
    text = verdict(overrun("US-MI"))
    assert "10% or $10.00 above the estimate, whichever is less" in text
    assert "above the limit of $688.00" in text


def test_a_rule_may_have_only_a_least_margin() -> None:
    content = with_entry("overrun_rules", "US-FL", maximum_amount=None)
    book = BillBook(overrun("US-FL"), content)
    variance = compare_with_estimate(book)
    assert variance is not None
    texts = read_all([variance.overrun_rule], book)
    assert any("10% or $10.00 above the estimate, whichever is greater, needs" in text for text in texts)
    assert any("above the limit of $745.80" in text for text in texts)


def test_washington_compares_before_tax() -> None:
    text = verdict(overrun("US-WA"))
    assert "You are charged $900.00" in text
    assert "the limit of $660.00" in text


def test_a_bill_below_its_estimate_keeps_every_rule() -> None:
    for place in ("US-CA", "CA-ON", "CN", "DE"):
        bill = a_us_bill(labour(hours="0.5"), place=place, estimate=an_estimate(labour()))
        assert "nothing was exceeded" in verdict(bill)


def test_a_consent_before_completion_covers_the_excess() -> None:
    text = verdict(overrun("US-CA", authorisations=[a_consent("678.00"), a_consent("1017.00", "2026-10-31T09:00:00Z")]))
    assert "a consent on record covers it: the rule was kept" in text


def test_the_last_consent_holds_even_if_an_earlier_one_was_for_more() -> None:
    earlier, later = a_consent("2000"), a_consent("700", "2026-10-31T09:00:00Z")
    text = verdict(overrun("US-CA", authorisations=[later, earlier]))
    assert "covers only $700.00 of your part" in text


def test_a_consent_after_the_work_came_too_late() -> None:
    text = verdict(overrun("US-CA", authorisations=[a_consent("1017.00", "2026-11-05T09:00:00Z")]))
    assert "came only after the work was finished" in text


def test_a_phone_consent_without_the_number_is_pointed_out_where_the_rule_asks_for_it() -> None:
    consents = [a_consent("1017.00", how="phone")]
    assert "noted with the number" in verdict(overrun("US-CA", authorisations=consents))
    assert "noted with the number" not in verdict(overrun("US-VA", authorisations=consents))


def test_what_others_pay_does_not_count_as_charged_to_the_customer() -> None:
    bill = a_us_bill(labour(), part(payer="warranty"), estimate=an_estimate(labour()))
    assert "nothing was exceeded" in verdict(bill)


def test_a_line_that_moves_from_warranty_to_the_customer_does_count() -> None:
    bill = a_us_bill(labour(), part(), estimate=an_estimate(labour(), part(payer="warranty")))
    assert "$226.00 above the limit of $678.00" in verdict(bill)


def shared_job(consented: str) -> Bill:
    """The owner's part was to be 678.00 of 904.00, and has become 1,017.00."""
    estimate = an_estimate(labour(), part(payer="warranty"), authorisations=[a_consent(consented)])
    return a_us_bill(labour(hours="1.5"), part(payer="warranty"), estimate=estimate)


def test_a_consent_to_the_whole_job_covers_the_customer_only_for_the_customers_part() -> None:
    assert "the rule was kept" in verdict(shared_job("1243.00"))
    assert "covers only $1,016.99" in verdict(shared_job("1242.99"))


def test_a_consent_that_may_be_for_the_customers_part_alone_leaves_the_verdict_open() -> None:
    cheap = an_estimate(labour(), part(payer="warranty", quantity="20"), authorisations=[a_consent("1017.00")])
    bill = a_us_bill(labour(hours="1.5"), part(payer="warranty", quantity="20"), estimate=cheap)
    assert "whether it was for your part alone or for the whole job" in verdict(bill)
    assert "overrun_without_consent" not in rules(bill)


def test_where_the_rule_names_no_percentage_the_verdict_stays_open() -> None:
    text = verdict(a_bill(labour(hours="2"), estimate=an_estimate(labour())))
    assert "no percentage is named" in text
    assert "cannot be told from the bill" in text


def test_an_unknown_place_is_said_and_its_country_is_tried_first() -> None:
    assert "No overrun rule is on file for the place FR" in verdict(overrun("FR"))
    assert "the German Civil Code" in verdict(overrun("DE-BY"))
    nowhere = a_bill(place=None, estimate=an_estimate(labour()))
    assert "does not say which place's rules apply" in verdict(nowhere)


def test_limits_in_another_currency_are_not_compared() -> None:
    bill = a_bill(labour(hours="2"), place="US-FL", estimate=an_estimate(labour()))
    assert "another currency" in verdict(bill)
