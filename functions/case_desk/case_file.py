"""A case while one use case works on it: collects what changes and what the timeline will say of it."""

from datetime import datetime
from typing import Any

from functions.case_desk.desk import Desk, Responder
from functions.case_desk.policies import Policies, Policy
from shared.domain.cases import Case, Change, Entry, Notice, Severity, State, higher, require_transition

SYSTEM = "system"
CUSTOMER = "customer"


class CaseFile:
    """One case, its desk and the policies, at one time."""

    def __init__(self, case: Case, desk: Desk, policies: Policies, now: datetime) -> None:
        self.case = case
        self.desk = desk
        self.policies = policies
        self.now = now
        self.before: Case | None = case if case.version else None
        self._entries: list[Entry] = []
        self._notices: list[Notice] = []

    @property
    def policy(self) -> Policy:
        """The policy of the case's severity."""
        return self.policies.severities[self.case.severity]

    def go_on_to(self, at: datetime) -> None:
        """What is done from here on happened later, in the same change."""
        self.now = max(self.now, at)

    def change(self, **fields: Any) -> None:
        """Set fields of the case."""
        self.case = self.case.model_copy(update=fields)

    def enter(self, state: State) -> None:
        """Move to another state and stamp the time. Raises Conflict when that is not allowed."""
        require_transition(self.case.state, state)
        self.change(state=state, entered={**self.case.entered, state: self.now})

    def raise_severity(self, severity: Severity) -> bool:
        """Raise the severity; it never falls. Whether it rose."""
        if severity.rank <= self.case.severity.rank:
            return False
        self.change(severity=severity)
        return True

    def hand_to(self, responder: Responder) -> None:
        """Name the person who answers from now on."""
        self.change(
            staff_id=responder.staff_id,
            staff_name=responder.name,
            rung=higher(self.case.rung, responder.rung),
        )

    def tell_owner(self, kind: str, **args: Any) -> None:
        """Let the customer know with the next entry, where there is one who can be told."""
        if self.case.owner_id is not None:
            self._notices.append(self._notice(kind, "owner", self.case.owner_id, self.case.locale, "routine", args))

    def tell_staff(self, kind: str, staff_id: str, **args: Any) -> None:
        """Let a member of staff know with the next entry, as urgently as the case is."""
        notice = self._notice(kind, "staff", staff_id, self.desk.locale, self.policy.urgency, args)
        self._notices.append(notice)

    def _notice(self, kind: str, to: Any, recipient: str, locale: str, urgency: Any, args: dict[str, Any]) -> Notice:
        return Notice(
            kind=kind,
            to=to,
            recipient_id=recipient,
            urgency=urgency,
            locale=locale,
            zone=self.case.zone,
            args=_plain(args),
        )

    def record(self, kind: str, by: str, *, public: bool, **data: Any) -> None:
        """Append to the timeline, together with what was to be told."""
        seq = self.case.entry_count + 1
        self._entries.append(
            Entry(
                case_id=self.case.case_id,
                centre_id=self.case.centre_id,
                seq=seq,
                at=self.now,
                kind=kind,
                by=by,
                public=public,
                data=_plain(data),
                notices=tuple(self._notices),
            )
        )
        self._notices.clear()
        self.change(entry_count=seq)

    @property
    def is_changed(self) -> bool:
        """Whether there is anything to store."""
        return bool(self._entries)

    def finished(self, request_id: str | None = None, alias: str | None = None) -> Change:
        """What is to be stored."""
        self.change(version=self.case.version + 1)
        return Change(self.before, self.case, tuple(self._entries), request_id, alias)


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Without what is unknown; times as text."""
    return {
        key: value.isoformat() if isinstance(value, datetime) else value
        for key, value in data.items()
        if value is not None
    }
