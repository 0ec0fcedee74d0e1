"""Who owners are, and when they may be contacted."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from shared.domain.owners import Channel, Consent, Owner, Purpose, Reason, may_contact

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def consent(days: int, *, granted: bool, channel: str | None = "sms", purpose: str | None = "marketing") -> Consent:
    values = {"channel": channel, "purpose": purpose, "granted": granted, "how": "form", "source": "f-1"}
    return Consent.model_validate(values | {"at": NOW + timedelta(days=days)})


def owner(*consents: Consent, **values: Any) -> Owner:
    defaults = {"id": "o1", "centre_id": "c", "name": "W", "locale": "zh-CN", "zone": "Asia/Shanghai"}
    return Owner.model_validate(defaults | {"consents": consents} | values)


NO = consent(-1, granted=False, channel=None, purpose=None)


@pytest.mark.parametrize(
    ("person", "purpose", "reason"),
    [
        (owner(), Purpose.MARKETING, Reason.NO_CONSENT),
        (owner(), Purpose.SERVICE, Reason.SERVICE),
        (owner(consent(-1, granted=True)), Purpose.MARKETING, Reason.CONSENTED),
        (owner(consent(1, granted=True)), Purpose.MARKETING, Reason.NO_CONSENT),
        (owner(consent(-2, granted=True), consent(-1, granted=False)), Purpose.MARKETING, Reason.REVOKED),
        (owner(consent(-1, granted=True), consent(-1, granted=False)), Purpose.MARKETING, Reason.REVOKED),
        (owner(consent(-1, granted=True), consent(1, granted=False)), Purpose.MARKETING, Reason.REVOKED),
        (owner(consent(-1, granted=False)), Purpose.SERVICE, Reason.SERVICE),
        (owner(consent(-1, granted=False, purpose=None)), Purpose.SERVICE, Reason.REVOKED),
        (owner(consent(-1, granted=True, channel="email")), Purpose.MARKETING, Reason.NO_CONSENT),
        (owner(NO), Purpose.SERVICE, Reason.DO_NOT_CONTACT),
        (owner(NO, consent(0, granted=True)), Purpose.MARKETING, Reason.CONSENTED),
        (owner(NO, consent(0, granted=True)), Purpose.SERVICE, Reason.DO_NOT_CONTACT),
        (owner(consent(-1, granted=True), deceased=True), Purpose.MARKETING, Reason.DECEASED),
    ],
)
def test_the_latest_decision_about_channel_and_purpose_counts(person: Owner, purpose: Purpose, reason: Reason) -> None:
    permission = may_contact(person, Channel.SMS, purpose, NOW)
    assert permission == (reason in (Reason.CONSENTED, Reason.SERVICE), reason)


def test_a_permission_for_everything_is_none() -> None:
    with pytest.raises(ValidationError, match="names its channel"):
        consent(0, granted=True, channel=None)


def test_addresses_prefer_what_is_verified_and_what_can_take_a_text() -> None:
    phones = [
        {"number": "+862150001111", "kind": "fixed", "verified": True},
        {"number": "+8613800138000", "kind": "unknown"},
        {"number": "+8613800138001", "kind": "mobile"},
    ]
    person = owner(phones=phones, emails=[{"address": "A@Example.com"}, {"address": "b@example.com", "verified": True}])
    assert person.address_for(Channel.SMS) == "+8613800138001"
    assert person.address_for(Channel.CALL) == "+862150001111"
    assert person.address_for(Channel.EMAIL) == "b@example.com"
    assert person.address_for(Channel.WECHAT) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone", "Mars/Olympus"),
        ("zone", "../etc/passwd"),
        ("phones", [{"number": "13800138000"}]),
        ("emails", [{"address": "a@b"}]),
        ("emails", [{"address": "a@b.cn\nbcc: c@d.cn"}]),
        ("id", "a#b"),
        ("name", "  "),
        ("unheard_of", 1),
    ],
)
def test_what_no_owner_has_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        owner(**{field: value})
