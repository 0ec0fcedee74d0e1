"""The claim linter finds what may not be said without a source, and leaves plain speech alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.content import load
from shared.domain.claim_linter import check_claims, find_claims
from shared.domain.errors import InvalidInput

RULES = load("claims")["entries"]

REFUSED = [
    ("Our service is the best in the industry.", "superlative"),
    ("You chose the safest car on the market.", "superlative"),
    ("An industry-leading network.", "superlative"),
    ("We are number one.", "superlative"),
    ("Our technicians are second to none.", "superlative"),
    ("This is the greenest of all cars.", "superlative"),
    ("The repair is 100 % safe.", "absolute"),
    ("The battery never fails.", "absolute"),
    ("Driving electric is maintenance-free.", "absolute"),
    ("Your car has zero emissions.", "environment"),
    ("A zero-emission drive.", "environment"),
    ("It is carbon neutral.", "environment"),
    ("You are saving the planet.", "environment"),
    ("Charging at home is 60 % cheaper.", "comparison"),
    ("Charging at home is 60% cheaper.", "comparison"),
    ("It is better than any other car.", "comparison"),
    ("Home charging is half the price.", "comparison"),
    ("We guarantee that it works.", "promise"),
    ("This will never happen again.", "promise"),
    ("You will get a full refund.", "promise"),
    ("我们的服务是行业最好的。", "superlative"),
    ("全国第一的售后。", "superlative"),
    ("遥遥领先的技术。", "superlative"),
    ("最先进的电池。", "superlative"),
    ("这款车绝对安全。", "absolute"),
    ("百分百没问题。", "absolute"),
    ("电池永远不会坏。", "absolute"),
    ("万无一失。", "absolute"),
    ("您的车零排放。", "environment"),
    ("实现碳中和。", "environment"),
    ("充电便宜60%。", "comparison"),
    ("充电便宜６０％。", "comparison"),
    ("费用省了一半。", "comparison"),
    ("比燃油车更省。", "comparison"),
    ("我们保证修好。", "promise"),
    ("以后绝不再发生。", "promise"),
    ("免费为您更换。", "promise"),
]

INNOCENT = [
    "Best regards, Li Na",
    "The best time to call is before nine.",
    "At best it will take a day.",
    "It is best to charge in the evening.",
    "Please bring the car first thing in the morning.",
    "Charge daily to 80 %.",
    "The car needs no emissions test.",
    "We cannot promise a date yet.",
    "Your first service is due.",
    "We are sorry that you had to wait longer than agreed.",
    "The second quote is lower than the first.",
    "第一次保养到期了。",
    "我们会第一时间联系您。",
    "最好先预热电池。",
    "日常充到80%即可，长途前再充到100%。",
    "最近天气冷，续航会下降。",
    "绝对值不重要。",
    "我们无法保证具体时间。",
    "修理质量保证期为一百天。",
    "三保证金已退。",
    "您最关心的问题我们记下了。",
    "谢谢您的理解。",
]


@pytest.mark.parametrize(("text", "kind"), REFUSED)
def test_a_claim_without_a_source_is_refused(text: str, kind: str) -> None:
    assert kind in {claim.kind for claim in find_claims(text, RULES)}
    with pytest.raises(InvalidInput) as refused:
        check_claims(text, RULES)
    assert refused.value.violations[0].pointer == "/words"


@pytest.mark.parametrize("text", INNOCENT)
def test_plain_speech_passes(text: str) -> None:
    assert find_claims(text, RULES) == ()


def test_a_claim_within_a_sourced_stretch_passes() -> None:
    text = "Charging at home is 40 % cheaper."
    assert find_claims(text, RULES, sourced=[(0, len(text))]) == ()
    assert find_claims(text, RULES, sourced=[(0, 25)]) != ()


def test_no_source_covers_a_promise() -> None:
    text = "We guarantee that it works."
    assert find_claims(text, RULES, sourced=[(0, len(text))]) != ()
    assert find_claims(text, RULES, allow=("promise",)) == ()


def test_every_claim_of_a_text_is_named() -> None:
    text = "The best in the industry, zero emissions and 60 % cheaper."
    found = find_claims(text, RULES)
    assert [text[claim.start : claim.end] for claim in found] == [
        "The best in", "zero emissions", "60 % cheaper",
    ]  # fmt: skip


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    for claim in find_claims(text, RULES):
        assert 0 <= claim.start < claim.end <= len(text)
