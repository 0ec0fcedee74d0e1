"""Judge whether an owner may be contacted about a vehicle: consent, complaints, caps, quiet hours, and what changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from functions.recall_outreach.policies import Policies
from shared.adapters.notices_table import PersonRecord
from shared.domain.cases import Case
from shared.domain.contact_rules import Rules
from shared.domain.outreach import FOR_GOOD, Barrier, Person, State, Task
from shared.domain.owners import Channel, Consent, Owner, Purpose, Reason, may_contact
from shared.domain.vehicles import Holding

PURPOSE = Purpose.MARKETING
_BARRIERS: Mapping[Reason, Barrier] = {
    Reason.DECEASED: Barrier.DECEASED,
    Reason.DO_NOT_CONTACT: Barrier.OPTED_OUT,
    Reason.REVOKED: Barrier.OPTED_OUT,
    Reason.NO_CONSENT: Barrier.NO_CONSENT,
}


class Cases(Protocol):
    """Where an owner's cases are read."""

    def cases_of(self, owner_id: str, limit: int = 50) -> Sequence[Case]: ...  # noqa: D102


class Notices(Protocol):
    """Where it is read what other rooms told an owner, and when."""

    def find_person(self, person: str) -> PersonRecord: ...  # noqa: D102


class Verdict(NamedTuple):
    """What speaks against a contact, until when, and the number to call if nothing does."""

    barrier: Barrier | None
    until: datetime | None = None
    number: str | None = None

    @property
    def is_for_good(self) -> bool:
        """Whether it ends the task."""
        return self.barrier in FOR_GOOD


def judge_owner(owner: Owner, holding: Holding, person: Person, now: datetime) -> Barrier | None:
    """What speaks against ever or soon contacting this owner about this vehicle, as the registry and we know them."""
    if owner.deceased:
        return Barrier.DECEASED
    if holding.until is not None:
        return Barrier.SOLD
    permission = may_contact(_heard(owner, person), Channel.CALL, PURPOSE, now)
    if not permission.allowed:
        return _BARRIERS[permission.reason]
    if number_of(owner, person) is None:
        return Barrier.NO_PHONE
    if holding.booked_at is not None and holding.booked_at > now:
        return Barrier.APPOINTMENT_BOOKED
    return None


def judge_contacts(
    owner_id: str, person: Person, cases: Cases, notices: Notices, rules: Rules, now: datetime
) -> Verdict | None:
    """What speaks against contacting the person now, over all vehicles and campaigns."""
    told = notices.find_person(f"owner#{owner_id}").contacts
    contacts = {**told, **{c.id: (c.at, c.purpose) for c in person.contacts}}
    free_at = rules.free_at(PURPOSE, contacts)
    if free_at is not None and free_at > now:
        return Verdict(Barrier.CONTACTED_RECENTLY, free_at)
    if any(case.is_open for case in cases.cases_of(owner_id)):
        return Verdict(Barrier.OPEN_COMPLAINT)
    return None


def was_contacted_within(person: Person, days: int, now: datetime) -> bool:
    """Whether outreach itself contacted the person in the last so many days, about any vehicle."""
    return any(contact.at > now - timedelta(days=days) for contact in person.contacts)


def was_held_out_within(person: Person, days: int, now: datetime) -> bool:
    """Whether another vehicle of theirs was held out lately: both groups are asked, or not, about one car at a time.

    Otherwise owners of two cars would count twice among those held out, and once among those asked.
    """
    return person.held_out_at is not None and person.held_out_at > now - timedelta(days=days)


def judge_task(
    task: Task, holding: Holding | None, person: Person, policies: Policies, by: str, now: datetime
) -> Verdict:
    """What the task itself, or a visit since, says against calling; no barrier and no number where nothing does."""
    if task.state is not State.OPEN or person.open_task != task.id:
        return Verdict(Barrier.CLOSED)
    if holding is None:
        return Verdict(Barrier.SOLD)
    has_come = holding.last_visit_at is not None and holding.last_visit_at > task.made_at
    if has_come or len(task.attempts) >= policies.attempts_at_most:
        return Verdict(Barrier.CLOSED)
    calling = task.calling
    if calling is not None and calling.by != by and now < calling.at + policies.claim_lasts:
        return Verdict(Barrier.BEING_CALLED, calling.at + policies.claim_lasts)
    too_early = task.not_before is not None and task.not_before > now
    return Verdict(Barrier.NOT_YET, task.not_before) if too_early else Verdict(None)


def is_calling(task: Task, by: str, policies: Policies, now: datetime) -> bool:
    """Whether this person has begun a call and still may tell what it came to."""
    calling = task.calling
    return calling is not None and calling.by == by and now < calling.at + policies.claim_lasts


def quiet_until(owner: Owner, rules: Rules, now: datetime) -> datetime | None:
    """The end of the quiet hours where the owner lives, or None outside of them."""
    return rules.quiet_until(Channel.CALL.value, PURPOSE, owner.zone, now)


def number_of(owner: Owner, person: Person) -> str | None:
    """The number to call: the best one that nobody has told us is wrong."""
    right = tuple(phone for phone in owner.phones if phone.number not in person.wrong_numbers)
    return owner.model_copy(update={"phones": right}).address_for(Channel.CALL)


def _heard(owner: Owner, person: Person) -> Owner:
    """The owner with what they told us on the phone and the registry may not have heard yet."""
    if person.stopped_at is None:
        return owner
    stop = Consent(granted=False, at=person.stopped_at, how="phone", source="outreach")
    return owner.model_copy(update={"consents": (*owner.consents, stop)})
