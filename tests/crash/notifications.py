"""The doors of the notifications room, delivered to until they succeed; what providers took is what people saw."""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.notifications.deliver_notice import LEASE, PROOF_WITHIN
from shared.adapters.mail import Letter, Mail
from shared.adapters.notices_table import State
from shared.adapters.queues import Queue
from shared.domain.delivery import Outcome
from tests.crash.harness import Stage
from tests.integration.notifications.room import Room, build_room
from tests.unit.notifications.world import NOON, call_made, page, request

_ONCE = "once at most, and accounted for"


class _Office:
    """The room, the wake-up calls of its timer, and SES's reports of what it took."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.room: Room = build_room(patch)
        self._calls: list[Mapping[str, Any]] = []
        self._taken: list[tuple[str, int]] = []
        send, send_all = Mail.send, Queue.send_all

        def send_and_report(mail: Mail, letter: Letter) -> Outcome:
            before = len(self.room.mails())
            try:
                return send(mail, letter)
            finally:  # SES took it even where the worker did not live to hear so
                if len(self.room.mails()) > before:
                    self._taken.append((letter.notice, letter.attempt))

        def send_and_remember(queue: Queue, messages: Any) -> None:
            self._calls.extend(messages)
            send_all(queue, messages)

        patch.setattr(Mail, "send", send_and_report)
        patch.setattr(Queue, "send_all", send_and_remember)

    def at(self, moment: datetime, deliver: Callable[[], object]) -> Callable[[], None]:
        """A delivery at a time of its own, whenever it is repeated."""

        def delivery() -> None:
            self.room.now = moment
            deliver()

        return delivery

    def work(self, moment: datetime, *messages: dict[str, Any]) -> Callable[[], None]:
        """The worker gets these messages."""

        def deliver() -> None:
            assert self.room.work(*messages) == []

        return self.at(moment, deliver)

    def look_after(self, moment: datetime) -> list[Callable[[], None]]:
        """The timer ticks, the worker gets its calls, and SES reports."""

        def wake() -> None:
            assert self.room.work(*map(dict, self._calls)) == []

        def report() -> None:
            events = [
                {"eventType": "Send", "mail": {"messageId": "m", "tags": {"notice": [key], "attempt": [str(attempt)]}}}
                for key, attempt in self._taken
            ]
            assert self.room.work(*events) == []

        return [self.at(moment, tick) for tick in (self.room.run_timer, wake, report)]

    def observe(self) -> dict[str, Any]:
        """How often each text reached somebody, and how each notice ended.

        An SMS that the provider may have got is never sent again, so it may be missing: then it is on record.
        """
        mails = Counter(mail.body.partition("(")[2].partition(")")[0] for mail in self.room.mails())
        texts = Counter(text.partition("(")[2].partition(")")[0] for _, text in self.room.texts())
        ends: dict[str, Any] = {}
        for id_ in ("page", "mail"):
            notice = self.room.notice(id_)
            assert notice.due_at is None, f"{id_} is left waiting"
            if notice.channel == "email":
                ends[id_] = (mails[id_], notice.state)
            else:
                known = (texts[id_], notice.state) in ((1, State.SENT), (1, State.IN_DOUBT), (0, State.IN_DOUBT))
                ends[id_] = _ONCE if known else (texts[id_], notice.state)
        return ends


def calls_that_count(patch: pytest.MonkeyPatch) -> Stage:
    """Outreach calls twice, one of the numbers is wrong, and a message of the centre comes in between."""
    office = _Office(patch)
    day_before = NOON - timedelta(days=1)
    return Stage(
        [
            office.work(day_before, call_made("call-1", at=day_before), call_made("call-2", at=day_before)),
            office.work(NOON, call_made("call-2", at=day_before, counts=False), request("mail", text="(mail)")),
        ],
        lambda: {"counted": dict(office.room.notices.find_person("owner#owner-1").contacts)},
        intrude=office.work(NOON, request("page", text="(page)", urgency="urgent")),
        essence=lambda: sorted(
            purpose for _, purpose in office.room.notices.find_person("owner#owner-1").contacts.values()
        ),
    )


def telling(patch: pytest.MonkeyPatch) -> Stage:
    """A page by SMS and an e-mail to an owner; then whatever time has to settle."""
    office = _Office(patch)
    overdue = NOON + LEASE
    return Stage(
        [
            office.work(NOON, page("page", text="(page)"), request("mail", text="(mail)")),
            *office.look_after(overdue),
            *office.look_after(overdue + PROOF_WITHIN),
        ],
        office.observe,
    )
