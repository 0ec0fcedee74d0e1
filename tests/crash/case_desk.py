"""The doors of the case desk, delivered to until they succeed."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.case_desk import stream, work_off_due
from shared.adapters import cases_table
from tests.crash.harness import Stage
from tests.integration.case_desk.desk_world import (
    MANAGER,
    NOW,
    OWNER,
    World,
    all_items,
    read_queue,
    request,
    stream_record,
)

_CHECKLIST = {"solved": True, "prevention_taught": True, "value_added": True, "choice_matters": True}
_PROMISE = {
    "type": "promise_made", "request_id": "m-1", "centre_id": "centre-1", "owner_id": "owner-1",
    "conversation_id": "conversation-1", "staff_id": "advisor-1", "words": "I'll call you at 5 pm.",
    "made_at": NOW.isoformat(), "locale": "en",
}  # fmt: skip


class _Desk:
    """A world whose deliveries can be repeated: each is a closure over what it brings, and when."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        # Each bucket is one more query to stop at, and no other than the first.
        patch.setattr(cases_table, "BUCKETS", 2)
        patch.setattr(work_off_due, "BUCKETS", 2)
        self.world = World(patch)
        self._heard: set[str] = set()

    def at(self, moment: datetime, deliver: Callable[[], None]) -> Callable[[], None]:
        """A delivery at a time of its own, whenever it is repeated."""

        def delivery() -> None:
            self.world.now = moment
            deliver()

        return delivery

    def receive(self, moment: datetime, *messages: Mapping[str, Any]) -> Callable[[], None]:
        def deliver() -> None:
            assert self.world.receive(*messages) == []

        return self.at(moment, deliver)

    def tick(self, moment: datetime) -> Callable[[], None]:
        return self.at(moment, self.world.tick)

    def act(
        self, moment: datetime, action: str, claims: Mapping[str, str] = MANAGER, **fields: Any
    ) -> Callable[[], None]:
        """A client that repeats a request which got no answer, with the key it gave it."""

        def deliver() -> None:
            key = f"{action}-{moment.isoformat()}"
            assert self.world.act("c", action, claims, request_id=key, **fields).status == 200

        return self.at(moment, deliver)

    def interfere(self, message: Mapping[str, Any]) -> None:
        """A message that another process takes in just now."""
        assert self.world.receive(message) == []

    def hear(self) -> None:
        """The stream hands over what is new; of a batch that failed, everything again, the newest first."""
        items = [item for item in self.world.entry_items() if item["pk"]["S"] + item["sk"]["S"] not in self._heard]
        if items:
            answer = stream.handler({"Records": [stream_record(item) for item in reversed(items)]}, None)
            assert answer == {"batchItemFailures": []}
        self._heard |= {item["pk"]["S"] + item["sk"]["S"] for item in items}

    def observe(self) -> dict[str, Any]:
        """Everything stored, and who was told what: the notifications room tells once per key."""
        told: dict[str, set[str]] = {}
        for message in read_queue(self.world.notifications_url):
            told.setdefault(message["notification_id"], set()).add(repr(sorted(message.items())))
        items = sorted(all_items(self.world.dynamodb), key=lambda item: (item["pk"]["S"], item["sk"]["S"]))
        return {
            "stored": {f"{item['pk']['S']} {item['sk']['S']}": repr(sorted(item.items())) for item in items},
            "told": {key: sorted(texts) for key, texts in told.items()},
        }

    def essence(self) -> dict[str, Any]:
        """What must hold wherever a fourth request came in between: nothing of anybody's is lost."""
        case = self.world.case("c")
        timeline = self.world.cases.timeline(case.case_id)
        cases = [item for item in all_items(self.world.dynamodb) if item["sk"]["S"] == "CASE" and "body" in item]
        asked = [entry.data["request_id"] for entry in timeline if entry.kind in ("opened", "merged")]
        return {
            "cases": len(cases),
            "asked": sorted(asked),
            "times_asked": case.times_asked,
            "numbers": [entry.seq for entry in timeline] == list(range(1, case.entry_count + 1)),
            "once": [[entry.kind for entry in timeline].count(kind) for kind in ("deadline_missed", "replied")],
            "promises": len(case.promises),
            "bill": case.bill_id,
        }


def escalation(patch: pytest.MonkeyPatch) -> Stage:
    """Delay, then "Escalate", then a bill: one case; nobody answers, so it climbs; then the manager replies."""
    desk = _Desk(patch)
    later = NOW + timedelta(minutes=40)
    return Stage(
        [
            desk.receive(
                NOW,
                request("r-1", reason="delay", case_id="c"),
                request("r-2", reason="keyword", words="Escalate", case_id="proposed"),
            ),
            desk.receive(NOW, request("r-3", reason="bill_dispute", bill_id="bill-1", owner_id="owner-1")),
            desk.hear,
            desk.tick(later),
            # A tick that loses a race leaves the case to the next.
            desk.tick(later),
            desk.hear,
            desk.act(later, "reply", words="I am sorry. I'll call you tomorrow before noon."),
            desk.hear,
        ],
        desk.observe,
        intrude=lambda: desk.interfere(request("r-4", reason="delay")),
        essence=desk.essence,
    )


def _answer(minutes: int, staff: str) -> dict[str, Any]:
    return {
        "type": "staff_answered", "request_id": f"a-{minutes}", "centre_id": "centre-1", "owner_id": "owner-1",
        "conversation_id": "conversation-1", "message_id": f"staff:m-{minutes}", "staff_id": staff, "role": None,
        "answered_at": (NOW + timedelta(minutes=minutes)).isoformat(),
    }  # fmt: skip


def answering(patch: pytest.MonkeyPatch) -> Stage:
    """Two answers in the conversation overtake the request for its case; they count once, and nothing climbs."""
    desk = _Desk(patch)

    def essence() -> dict[str, Any]:
        """What must hold wherever another request opened the case first: neither answer is lost, none counts twice."""
        case = desk.world.case("c")
        kinds = desk.world.kinds(case.case_id)
        return {
            **desk.essence(),
            "state": case.state,
            "answered_by": (case.staff_id, case.first_reply_at, case.last_answer),
            "kinds": [kinds.count(kind) for kind in ("acknowledged", "answered", "deadline_missed", "climbed")],
            "told": sorted(message["kind"] for message in read_queue(desk.world.notifications_url)),
        }

    read_at = NOW + timedelta(minutes=10)
    return Stage(
        [
            desk.receive(read_at, _answer(2, "advisor-1")),
            desk.receive(read_at, _answer(5, "manager-1")),
            desk.receive(read_at, request("r-1", case_id="c")),
            desk.receive(read_at, _answer(-5, "manager-1")),
            desk.tick(NOW + timedelta(minutes=90)),
            desk.hear,
        ],
        desk.observe,
        intrude=lambda: desk.interfere(request("r-0", case_id="other")),
        essence=essence,
    )


def unanswered(patch: pytest.MonkeyPatch) -> Stage:
    """Nobody answers a matter of safety: it climbs to those on call, who are paged again; then somebody replies."""
    desk = _Desk(patch)

    def essence() -> dict[str, Any]:
        """What must hold whenever an answer in the conversation came in between: it is not lost."""
        timeline = desk.world.cases.timeline("c")
        case = desk.world.case("c")
        return {
            "answered": [entry.by for entry in timeline if entry.kind == "answered"],
            "case": (case.state, case.last_answer),
            "numbers": [entry.seq for entry in timeline] == list(range(1, case.entry_count + 1)),
        }

    return Stage(
        [
            desk.receive(NOW + timedelta(minutes=2), request("r-1", reason="safety", case_id="c")),
            *(desk.tick(NOW + timedelta(minutes=minutes)) for minutes in (15, 30, 45, 60)),
            desk.hear,
            desk.act(NOW + timedelta(minutes=61), "reply", words="I am on my way."),
            desk.tick(NOW + timedelta(minutes=75)),
            desk.hear,
        ],
        desk.observe,
        intrude=lambda: desk.interfere(_answer(1, "advisor-1")),
        essence=essence,
    )


def promise(patch: pytest.MonkeyPatch) -> Stage:
    """A promise in a conversation without a case; reminded before, when due, and missed."""
    desk = _Desk(patch)
    due = NOW + timedelta(hours=7)
    return Stage(
        [
            desk.receive(NOW, _PROMISE),
            desk.tick(due - timedelta(hours=1)),
            desk.tick(due),
            desk.tick(due + timedelta(hours=1)),
            desk.hear,
        ],
        desk.observe,
    )


def erasing(patch: pytest.MonkeyPatch) -> Stage:
    """A case whose owner is erased while a complaint, a promise and an answer are still under way."""
    desk = _Desk(patch)
    read_at = NOW + timedelta(minutes=10)
    return Stage(
        [
            desk.receive(NOW, request("r-1", case_id="c")),
            desk.hear,
            desk.world.erase,
            desk.receive(read_at, request("r-2", reason="win_back", conversation_id=None)),
            desk.receive(read_at, _PROMISE),
            desk.receive(read_at, _answer(5, "manager-1")),
        ],
        desk.observe,
    )


def closing(patch: pytest.MonkeyPatch) -> Stage:
    """Resolved, reopened by the customer, resolved again, closed by time; the next request is another case."""
    desk = _Desk(patch)
    done: dict[str, Any] = {"words": "Solved.", "checklist": _CHECKLIST}
    later = NOW + timedelta(days=9)
    return Stage(
        [
            desk.receive(NOW, request("r-1", case_id="c")),
            desk.act(NOW + timedelta(minutes=1), "start"),
            desk.act(NOW + timedelta(minutes=2), "resolve", **done),
            desk.act(NOW + timedelta(minutes=3), "reopen", OWNER, words="Not yet."),
            desk.act(NOW + timedelta(minutes=4), "start"),
            desk.act(NOW + timedelta(minutes=5), "resolve", **done),
            desk.tick(NOW + timedelta(days=8)),
            desk.receive(later, request("r-2", case_id="next", requested_at=later.isoformat())),
            desk.hear,
        ],
        desk.observe,
    )
