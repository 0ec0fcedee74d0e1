"""Merge what comes in about an owner: any order, any repetition, the same owner."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from functions.owner_journey.models import OwnerHistory, OwnerRecord, Point
from shared.domain.owners import Consent, Email, Owner, Phone

MOST_CONSENTS = 500
_MOST_POINTS = 10


def merge_record(history: OwnerHistory, record: OwnerRecord) -> OwnerHistory:
    """The later profile counts; phones and e-mails add up until a later complete record leaves them out."""
    phones = {
        phone.number: Point(as_of=record.as_of, place=place, kind=phone.kind, verified=phone.verified)
        for place, phone in enumerate(record.phones)
    }
    emails = {
        email.address: Point(as_of=record.as_of, place=place, verified=email.verified)
        for place, email in enumerate(record.emails)
    }
    said = record.model_copy(update={"phones": (), "emails": ()})
    profile = said if history.profile is None else max(history.profile, said, key=_rank)
    complete = [t for t in (history.complete_as_of, record.as_of if record.complete else None) if t is not None]
    complete_as_of = max(complete, default=None)
    return history.model_copy(
        update={
            "profile": profile,
            "complete_as_of": complete_as_of,
            "phones": _joined(history.phones, phones, complete_as_of),
            "emails": _joined(history.emails, emails, complete_as_of),
        }
    )


def merge_consents(history: OwnerHistory, consents: Iterable[Consent]) -> OwnerHistory:
    """Consents only add up. Beyond the limit those go that a later decision on the very same scope replaced."""
    merged = sorted({*history.consents, *consents}, key=_consent_order)
    if len(merged) > MOST_CONSENTS:
        latest = {(c.channel, c.purpose): c for c in merged}
        spare = len(merged) - MOST_CONSENTS
        replaced = [c for c in merged if latest[c.channel, c.purpose] != c][:spare]
        merged = [c for c in merged if c not in set(replaced)]
    return history.model_copy(update={"consents": tuple(merged)})


def view(history: OwnerHistory) -> Owner | None:
    """The owner as now known, or None while only consents have come in."""
    profile = history.profile
    if profile is None:
        return None
    return Owner(
        id=profile.id,
        centre_id=profile.centre_id,
        name=profile.name,
        locale=profile.locale,
        zone=profile.zone,
        wechat=profile.wechat,
        deceased=profile.deceased,
        phones=tuple(Phone(number=n, kind=p.kind, verified=p.verified) for n, p in _listed(history.phones)),
        emails=tuple(Email(address=a, verified=p.verified) for a, p in _listed(history.emails)),
        consents=history.consents,
    )


def _rank(record: OwnerRecord) -> tuple[datetime, str]:
    return record.as_of.astimezone(UTC), record.model_dump_json()


def _consent_order(consent: Consent) -> tuple[datetime, str]:
    return consent.at.astimezone(UTC), consent.model_dump_json()


def _joined(
    known: Mapping[str, Point], heard: Mapping[str, Point], complete_as_of: datetime | None
) -> dict[str, Point]:
    joined = dict(known)
    for value, point in heard.items():
        if value not in joined or joined[value].order < point.order:
            joined[value] = point
    return {v: p for v, p in sorted(joined.items()) if complete_as_of is None or p.as_of >= complete_as_of}


def _listed(points: Mapping[str, Point]) -> list[tuple[str, Point]]:
    listed = sorted(points.items(), key=lambda item: (-item[1].as_of.timestamp(), item[1].place, item[0]))
    return listed[:_MOST_POINTS]
