"""Calls of outreach and messages of notifications count together: whatever the order, nobody gets more than the cap."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from functions.recall_outreach.follow_up import contacts_made
from shared.domain.errors import Conflict
from shared.domain.outreach import Outcome
from shared.domain.owners import Channel, Owner, Purpose, may_contact
from tests.unit.notifications.world import Sent, World, request
from tests.unit.recall_outreach.in_memory import Outreach
from tests.unit.recall_outreach.people import NOW, consent, holding, owner

DAY, WEEK = timedelta(hours=24), timedelta(hours=168)
OUTCOMES = [outcome.value for outcome in Outcome if outcome not in (Outcome.CALLING, Outcome.DO_NOT_CONTACT)]

events = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.1, 2, 13, 25, 80, 169, 24 * 40])),
    st.tuples(st.just("run")),
    st.tuples(st.just("call")),
    st.tuples(st.just("call")),
    st.tuples(st.just("tell"), st.sampled_from(OUTCOMES)),
    st.tuples(st.just("write"), st.sampled_from(["marketing", "marketing", "service"])),
    st.tuples(st.just("deliver"), st.integers(0, 20), st.booleans()),
    st.tuples(st.just("deliver"), st.integers(0, 20), st.booleans()),
)


class TwoRooms:
    """Outreach and notifications about one owner, each with its own records, and the messages between them on the way.

    A call knows of every message that was written; a message of the calls that were told of before it.
    """

    def __init__(self) -> None:
        agrees = [consent(), consent(channel="sms"), consent(channel="email")]
        known: Owner = owner(consents=agrees, emails=[{"address": "lin@example.com"}])
        self.notices = World(owners={"owner-1": known}, now=NOW)
        self.calls = Outreach()
        self.calls.owners.put(known, holding())
        self.calls.notices = self.notices.notices  # type: ignore[assignment]
        self.calls.desk = replace(self.calls.desk, notices=self.notices.notices)
        self.on_the_way: list[dict[str, Any]] = []
        self.heard: dict[str, Any] = {}
        self.wrong: set[str] = set()
        self.made: dict[str, Any] = {}
        self.written = 0

    def play(self, event: tuple[Any, ...]) -> None:
        getattr(self, event[0])(*event[1:])

    def wait(self, hours: float) -> None:
        self.calls.now += timedelta(hours=hours)
        self.notices.now = self.calls.now
        self._watch(self.notices.tick)

    def run(self) -> None:
        self.calls.run()

    def call(self) -> None:
        task = self.calls.open_task("owner-1")
        if task is None:
            return
        try:
            taken = self.calls.report(task, "calling")
        except Conflict:
            return
        if taken.is_new:
            self._may_call()
            [message] = contacts_made(taken.task, task)
            self.made[message["contact_id"]] = self.calls.now
            self.on_the_way.append(dict(message))

    def tell(self, outcome: str) -> None:
        task = self.calls.open_task("owner-1")
        if task is None or task.calling is None:
            return
        taken = self.calls.report(task, outcome, words="well", reason="other")
        self.on_the_way += [dict(message) for message in contacts_made(taken.task, task)]
        if outcome == Outcome.WRONG_NUMBER:
            self.wrong.add(list(self.made)[-1])

    def write(self, purpose: str) -> None:
        self.written += 1
        texts = {"text": f"({purpose})", "requested_at": self.calls.now.isoformat()}
        asked = request(f"n-{self.written}", purpose=purpose, **texts)
        self._watch(lambda: self.notices.take_in(asked))

    def deliver(self, number: int, again: bool) -> None:
        """One message that is on the way arrives, in any order; SQS may deliver it once more."""
        if not self.on_the_way:
            return
        message = self.on_the_way[number % len(self.on_the_way)]
        if not again:
            self.on_the_way.remove(message)
        self.notices.take_in(message)
        if message["counts"]:
            self.heard[message["contact_id"]] = self.made[message["contact_id"]]

    def _reached(self, calls: dict[str, Any]) -> list[tuple[Any, str]]:
        told = [(at, "marketing") for id_, at in calls.items() if id_ not in self.wrong]
        texts = [(sent.at, purpose_of(sent)) for sent in self.notices.sent]
        return [*told, *texts]

    def _may_call(self) -> None:
        """Of a call everything is known: what was written, and every call before it."""
        reached = self._reached(self.made)
        assert not [at for at, purpose in reached if purpose == "marketing" and at > self.calls.now - WEEK]
        assert len([at for at, _ in reached if at > self.calls.now - DAY]) < 4
        assert len([at for at, _ in reached if at > self.calls.now - WEEK]) < 6

    def _watch(self, step: Any) -> None:
        before = len(self.notices.sent)
        step()
        for place in range(before, len(self.notices.sent)):
            sent = self.notices.sent[place]
            earlier = self._reached(self.heard)
            earlier.remove((sent.at, purpose_of(sent)))
            marketing = [at for at, purpose in earlier if purpose == "marketing" and at > sent.at - WEEK]
            if purpose_of(sent) == "marketing":
                assert not marketing
                assert may_contact(self.notices.owners["owner-1"], Channel.SMS, Purpose.MARKETING, sent.at).allowed
            assert len([at for at, _ in earlier if at > sent.at - DAY]) < 4


def purpose_of(sent: Sent) -> str:
    return "marketing" if "(marketing)" in sent.text else "service"


@settings(max_examples=200, deadline=None)
@given(st.lists(events, max_size=40))
def test_no_order_of_calls_messages_and_redeliveries_exceeds_a_cap(story: list[Any]) -> None:
    rooms = TwoRooms()
    rooms.play(("run",))
    for event in story:
        rooms.play(event)


def test_the_stories_hold_calls_and_messages_that_wait_for_each_other() -> None:
    """The property would be empty if nothing ever happened in it."""
    rooms = TwoRooms()
    for event in [("run",), ("call",), ("deliver", 0, True), ("write", "marketing"), ("deliver", 0, False)]:
        rooms.play(event)
    assert (len(rooms.made), rooms.notices.sent) == (1, [])
    rooms.play(("tell", "no_answer"))
    rooms.play(("wait", 169))
    assert len(rooms.notices.sent) == 1
    rooms.play(("call",))
    assert len(rooms.made) == 1
    rooms.play(("wait", 169))
    rooms.play(("call",))
    assert len(rooms.made) == 2
