"""What is known of an owner, in whatever order it came."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.owner_journey.merge_owner import MOST_CONSENTS, merge_consents, merge_record, view
from functions.owner_journey.models import OwnerHistory, OwnerRecord
from shared.domain.owners import Channel, Consent, Purpose, may_contact

T0 = datetime(2026, 1, 1, tzinfo=UTC)


def owner_record(minute: int = 0, *phones: str, complete: bool = False, **values: Any) -> OwnerRecord:
    defaults = {"id": "o1", "centre_id": "c", "name": "Wang Xiaomei", "locale": "zh-CN", "zone": "Asia/Shanghai"}
    numbers = {"phones": [{"number": number} for number in phones], "complete": complete}
    return OwnerRecord.model_validate(defaults | numbers | {"as_of": T0 + timedelta(minutes=minute)} | values)


def decision(minute: int, channel: str | None, purpose: str | None, *, granted: bool) -> Consent:
    return Consent.model_validate(
        {"channel": channel, "purpose": purpose, "granted": granted and channel is not None and purpose is not None}
        | {"at": T0 + timedelta(minutes=minute), "how": "form", "source": "f-1"}
    )


records = st.builds(
    lambda minute, phones, name, complete: owner_record(minute, *phones, name=name, complete=complete),
    st.integers(0, 5),
    st.lists(st.sampled_from(["+8613800138000", "+8613800138001", "+862150001111"]), max_size=3, unique=True),
    st.sampled_from(["Wang Xiaomei", "Wang Xiao Mei", "王小梅"]),
    st.booleans(),
)
decisions = st.builds(
    lambda minute, channel, purpose, granted: decision(minute, channel, purpose, granted=granted),
    st.integers(0, 5),
    st.none() | st.sampled_from(list(Channel)),
    st.none() | st.sampled_from(list(Purpose)),
    st.booleans(),
)


def merged(said: list[OwnerRecord | Consent]) -> OwnerHistory:
    history = OwnerHistory()
    for word in said:
        history = merge_record(history, word) if isinstance(word, OwnerRecord) else merge_consents(history, [word])
    return history


@settings(max_examples=300)
@given(st.lists(records | decisions, max_size=10), st.randoms(use_true_random=False))
def test_any_order_and_any_repetition_gives_the_same_owner(said: list[OwnerRecord | Consent], random: Any) -> None:
    repeated = [*said, *random.sample(said, len(said) // 2)]
    random.shuffle(repeated)
    assert merged(repeated) == merged(said)


@given(st.lists(decisions, max_size=12), st.sampled_from(Channel), st.integers(0, 8))
def test_marketing_needs_a_permission_that_nothing_later_took_back(
    said: list[Consent], channel: Channel, minute: int
) -> None:
    owner = view(merged([owner_record(), *said]))
    assert owner is not None
    now = T0 + timedelta(minutes=minute)
    given_at = [c.at for c in said if c.granted and c.covers(channel, Purpose.MARKETING) and c.at <= now]
    refused_at = [c.at for c in said if not c.granted and c.covers(channel, Purpose.MARKETING)]
    expected = bool(given_at) and (not refused_at or max(given_at) > max(refused_at))
    assert may_contact(owner, channel, Purpose.MARKETING, now).allowed is expected


def test_rows_that_are_not_complete_add_up_and_a_complete_one_replaces() -> None:
    rows = [owner_record(0, "+8613800138000"), owner_record(0, "+8613800138001")]
    both = view(merged([*rows]))
    assert both is not None
    assert {p.number for p in both.phones} == {"+8613800138000", "+8613800138001"}
    only = view(merged([*rows, owner_record(1, "+8613800138001", complete=True)]))
    assert only is not None
    assert [p.number for p in only.phones] == ["+8613800138001"]


def test_decisions_are_known_before_the_owner_is() -> None:
    history = merged([decision(0, None, None, granted=False)])
    assert view(history) is None
    owner = view(merge_record(history, owner_record()))
    assert owner is not None
    assert owner.do_not_contact_since == T0


def test_a_flood_of_decisions_keeps_the_last_of_each_kind() -> None:
    flood = [decision(n, "sms", "marketing", granted=bool(n % 2)) for n in range(MOST_CONSENTS + 50)]
    history = merge_consents(OwnerHistory(), [decision(-1, "email", "service", granted=False), *flood])
    assert len(history.consents) == MOST_CONSENTS
    assert flood[-1] in history.consents
    assert any(c.channel is Channel.EMAIL for c in history.consents)
