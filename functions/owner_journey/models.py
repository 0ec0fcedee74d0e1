"""What comes in at the doors of this room: records of owners, vehicles, visits, readings and consents."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, TypeAdapter

from shared.domain.owners import Consent, Email, Key, Locale, Model, Moment, Name, Phone, Zone
from shared.domain.vehicles import Deferral, Reading, VehicleRecord, Visit

# Stands for someone whose data was erased; nobody can be registered under it.
ERASED_PREFIX = "erased-"


def _somebody(owner_id: str) -> str:
    if owner_id.startswith(ERASED_PREFIX):
        raise ValueError("stands for nobody")
    return owner_id


OwnerId = Annotated[Key, AfterValidator(_somebody)]


class OwnerRecord(Model):
    """What a dealer system says of an owner.

    A complete record lists every phone and e-mail there is; one that is not only adds those it has, so that one
    person in two rows with two numbers keeps both.
    """

    id: OwnerId
    centre_id: Key
    name: Name
    locale: Locale
    zone: Zone
    phones: Annotated[tuple[Phone, ...], Field(max_length=10)] = ()
    emails: Annotated[tuple[Email, ...], Field(max_length=10)] = ()
    wechat: Key | None = None
    deceased: bool = False
    complete: bool = True
    as_of: Moment


class ConsentRecord(Consent):
    """A consent together with whose it is."""

    owner_id: OwnerId


class Point(Model):
    """A phone or e-mail as it was last heard of."""

    as_of: Moment
    place: int
    kind: Literal["mobile", "fixed", "unknown"] = "unknown"
    verified: bool = False

    @property
    def order(self) -> tuple[datetime, bool, int, str]:
        """The later before the earlier word; of two at the same time always the same one."""
        return self.as_of.astimezone(UTC), self.verified, -self.place, self.kind


class OwnerHistory(Model):
    """All that was said of one owner, as far as it still counts: what merging needs, in any order."""

    profile: OwnerRecord | None = None
    phones: dict[str, Point] = Field(default_factory=dict)
    emails: dict[str, Point] = Field(default_factory=dict)
    complete_as_of: Moment | None = None
    consents: tuple[Consent, ...] = ()


type Record = OwnerRecord | VehicleRecord | Visit | Reading | ConsentRecord | Deferral

RECORDS: dict[str, TypeAdapter[Record]] = {
    "owner": TypeAdapter(OwnerRecord),
    "vehicle": TypeAdapter(VehicleRecord),
    "visit": TypeAdapter(Visit),
    "reading": TypeAdapter(Reading),
    "consent": TypeAdapter(ConsentRecord),
}
