"""Owners, how they may be reached, and what they agreed to be contacted for.

Consents are an append-only history: every decision keeps its time, way and source, and the answer
to "may we?" is a fold over them that does not depend on the order in which they arrived.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:+-]{1,64}$")]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2_000)]
PhoneNumber = Annotated[
    str,
    StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"),
    Field(description="E.164: + and up to 15 digits", examples=["+8613800138000"]),
]
EmailAddress = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        to_lower=True,
        max_length=254,
        pattern=r"^[^@\s<>(),;:\\\"\[\]\x00-\x1f]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}$",
    ),
]
Locale = Literal["zh-CN", "en"]


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, not a name, a folder of the database
        raise ValueError("is no time zone of the IANA database") from None
    return name


Zone = Annotated[
    str,
    StringConstraints(max_length=64),
    AfterValidator(_known_zone),
    Field(description="IANA time zone", examples=["Asia/Shanghai"]),
]


# Kept in UTC whatever offset it came with: equal moments are equal texts, and the same day to everyone.
Moment = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class Model(BaseModel):
    """A frozen value that refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Channel(StrEnum):
    """A way to reach a person."""

    SMS = "sms"
    EMAIL = "email"
    CALL = "call"
    WECHAT = "wechat"


class Purpose(StrEnum):
    """What a contact is for: a service that runs (bill, case, appointment), or marketing (win-back, offers)."""

    SERVICE = "service"
    MARKETING = "marketing"


class Consent(Model):
    """One decision of an owner. Without a channel it covers all of them, without a purpose every purpose.

    "Do not contact me" is a refusal without channel and purpose.
    """

    channel: Channel | None = None
    purpose: Purpose | None = None
    granted: bool
    at: Moment
    how: Literal["form", "app", "link", "message", "phone", "in_person", "letter", "import"]
    source: Key = Field(description="what proves it: a form, a message, an attempt, a file")

    @model_validator(mode="after")
    def _permission_is_specific(self) -> Self:
        if self.granted and (self.channel is None or self.purpose is None):
            raise ValueError("a permission names its channel and its purpose")
        return self

    def covers(self, channel: Channel, purpose: Purpose) -> bool:
        """Whether this decision speaks about that channel and purpose."""
        return self.channel in (None, channel) and self.purpose in (None, purpose)


class Phone(Model):
    """A phone number and what it is good for."""

    number: PhoneNumber
    kind: Literal["mobile", "fixed", "unknown"] = "unknown"
    verified: bool = False


class Email(Model):
    """An e-mail address."""

    address: EmailAddress
    verified: bool = False


class Owner(Model):
    """A customer of a service centre, as they are now known."""

    id: Key
    centre_id: Key
    name: Name
    locale: Locale
    zone: Zone
    phones: Annotated[tuple[Phone, ...], Field(max_length=10)] = ()
    emails: Annotated[tuple[Email, ...], Field(max_length=10)] = ()
    wechat: Key | None = None
    consents: Annotated[tuple[Consent, ...], Field(max_length=500)] = ()
    deceased: bool = False

    @property
    def do_not_contact_since(self) -> datetime | None:
        """When the owner last asked not to be contacted at all, unless every channel has since been permitted."""
        asked = [c.at for c in self.consents if not c.granted and c.channel is None and c.purpose is None]
        if not asked:
            return None
        latest = max(asked)
        reopened = any(c.granted and c.at > latest for c in self.consents)
        return None if reopened else latest

    def address_for(self, channel: Channel) -> str | None:
        """Where this channel reaches the owner: a verified address first, a mobile number for SMS."""
        if channel is Channel.EMAIL:
            return next((e.address for e in sorted(self.emails, key=lambda e: not e.verified)), None)
        if channel is Channel.WECHAT:
            return self.wechat
        usable = [p for p in self.phones if channel is Channel.CALL or p.kind != "fixed"]
        usable.sort(key=lambda p: (not p.verified, p.kind != "mobile"))
        return usable[0].number if usable else None


class Reason(StrEnum):
    """Why an owner may or may not be contacted."""

    CONSENTED = "consented"
    SERVICE = "service"
    NO_CONSENT = "no_consent"
    REVOKED = "revoked"
    DO_NOT_CONTACT = "do_not_contact"
    DECEASED = "deceased"


class Permission(NamedTuple):
    """Whether a contact is allowed, and why."""

    allowed: bool
    reason: Reason


def may_contact(owner: Owner, channel: Channel, purpose: Purpose, at: datetime) -> Permission:
    """Whether the owner may be contacted so, at the time `at` (aware).

    The latest decision about this channel and purpose counts; of two at the same time the refusal. A refusal takes
    effect at once, even when its clock ran ahead; a permission not before its time. No answer is no consent for
    marketing; service messages are allowed until refused.
    """
    if owner.deceased:
        return Permission(False, Reason.DECEASED)
    decision = latest_decision(owner.consents, channel, purpose, at)
    if decision is None:
        service = purpose is Purpose.SERVICE
        return Permission(service, Reason.SERVICE if service else Reason.NO_CONSENT)
    if decision.granted:
        return Permission(True, Reason.CONSENTED)
    everything = decision.channel is None and decision.purpose is None
    return Permission(False, Reason.DO_NOT_CONTACT if everything else Reason.REVOKED)


def latest_decision(consents: Iterable[Consent], channel: Channel, purpose: Purpose, at: datetime) -> Consent | None:
    """The decision that counts for this channel and purpose at this time, or None where there is none."""
    heard = [c for c in consents if c.covers(channel, purpose) and (not c.granted or c.at <= at)]
    # Refusals before permissions of the same time; of refusals the widest, so that the reason is the same in any order.
    return max(
        heard,
        key=lambda c: (c.at, not c.granted, c.channel is None, c.purpose is None, c.how, c.source),
        default=None,
    )
