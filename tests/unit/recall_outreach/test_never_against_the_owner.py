"""Whatever happens in whatever order: nobody is called against consent, at night, too often, or twice for one task."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.adapters.outreach_table import LostRace
from shared.domain.errors import Conflict
from shared.domain.outreach import REACHED, Outcome, State
from shared.domain.owners import Channel, Purpose, may_contact
from tests.unit.recall_outreach.in_memory import Outreach
from tests.unit.recall_outreach.people import VIN, consent, holding, owner

OWNERS = ("owner-1", "owner-2")
VINS = (VIN, "LRW3E7FA0RC000043")
STAFF = ("manager-1", "advisor-1")
OUTCOMES = [outcome.value for outcome in Outcome if outcome is not Outcome.CALLING]
WEEK = timedelta(hours=168)

_who, _by = st.sampled_from(OWNERS), st.sampled_from(STAFF)
events = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.2, 1, 5, 11, 24, 60, 100, 170, 24 * 35, 24 * 100])),
    st.tuples(st.just("run"), st.booleans()),
    st.tuples(st.just("claim"), _who, _by),
    st.tuples(st.just("claim"), _who, _by),
    st.tuples(st.just("claim_late"), _who, _by),
    st.tuples(st.just("tell"), _who, _by, st.sampled_from(OUTCOMES)),
    st.tuples(st.just("consent"), _who, st.booleans(), st.booleans()),
    st.tuples(st.just("complain"), _who, st.booleans()),
    st.tuples(st.just("notice"), _who, st.sampled_from(["service", "marketing"])),
    st.tuples(st.just("visit"), _who, st.sampled_from(VINS)),
    st.tuples(st.just("sell"), _who, st.sampled_from(VINS)),
)


class Story:
    """Plays events and holds every call that is allowed against what was true at that moment."""

    def __init__(self, hold_out_percent: int, zone: str) -> None:
        self.world = Outreach()
        rules = self.world.centre.outreach.model_copy(update={"hold_out_percent": hold_out_percent})
        self.world.centre = self.world.centre.model_copy(update={"outreach": rules})
        for name in OWNERS:
            self.world.owners.put(owner(name, zone=zone), *(holding(name, vin) for vin in VINS))
        self.calls: list[tuple[str, str, str, Any]] = []
        self.refused: set[str] = set()
        self.stale: dict[str, Any] = {}

    def play(self, event: tuple[Any, ...]) -> None:
        getattr(self, event[0])(*event[1:])
        self.check()

    def wait(self, hours: float) -> None:
        self.world.now += timedelta(hours=hours)

    def run(self, twice: bool) -> None:
        self.world.run()
        if twice:
            assert self.world.run().made["open"] == 0

    def claim(self, who: str, by: str) -> None:
        task = self.world.open_task(who)
        if task is not None:
            self.stale.setdefault(who, task)
            self._begin(task, who, by)

    def claim_late(self, who: str, by: str) -> None:
        """As it was when somebody first looked: the sheet lay on a desk for a while."""
        if who in self.stale:
            self._begin(self.stale[who], who, by)

    def tell(self, who: str, by: str, outcome: str) -> None:
        """Only of a call that was begun; what nobody allowed is not ours to allow after the fact."""
        task = self.world.open_task(who)
        if task is None or task.calling is None or task.calling.by != by:
            return
        self.world.report(task, outcome, by, words="well", reason="other")
        if outcome == Outcome.DO_NOT_CONTACT:
            self.refused.add(who)

    def consent(self, who: str, granted: bool, everything: bool) -> None:
        known = self.world.owners.owners[who]
        scope = {"channel": None, "purpose": None} if everything and not granted else {}
        decision = consent(granted=granted, at=self.world.now, source="later", **scope)
        renewed = owner(who, zone=known.zone, consents=[*(c.model_dump() for c in known.consents), decision])
        self.world.owners.put(renewed)
        if granted:
            self.refused.discard(who)

    def complain(self, who: str, opens: bool) -> None:
        (self.world.cases.open.add if opens else self.world.cases.open.discard)(who)

    def notice(self, who: str, purpose: str) -> None:
        told = self.world.notices.contacts.setdefault(f"owner#{who}", {})
        told[f"notice-{len(told)}"] = (self.world.now, purpose)

    def visit(self, who: str, vin: str) -> None:
        known = self.world.owners.holdings[who, vin]
        note = {"id": f"RO-{self.world.now:%j%H}", "centre_id": "demo-centre", "at": self.world.now, "kind": "repair"}
        history = [note, *(n.model_dump() for n in known.history)][:12]
        self.world.owners.put(
            self.world.owners.owners[who],
            holding(who, vin, until=known.until, last_visit_at=self.world.now, history=history),
        )
        self.world.note(who, vin)

    def sell(self, who: str, vin: str) -> None:
        known = self.world.owners.holdings[who, vin]
        gone = known.model_copy(update={"until": known.until or self.world.now.date()})
        self.world.owners.put(self.world.owners.owners[who], gone)
        self.world.note(who, vin)

    def _begin(self, task: Any, who: str, by: str) -> None:
        before = self.world.tasks.get_task(task.id)
        try:
            taken = self.world.report(task, "calling", by)
        except Conflict:
            return
        if taken.is_new:
            self._allowed(before, who)
            self.calls.append((who, task.id, by, self.world.now))

    def _allowed(self, task: Any, who: str) -> None:
        now, known = self.world.now, self.world.owners.owners[who]
        assert may_contact(known, Channel.CALL, Purpose.MARKETING, now).allowed
        assert who not in self.refused
        assert 8 <= now.astimezone(ZoneInfo(known.zone)).hour < 21
        others = [at for at, purpose in self.world.notices.contacts.get(f"owner#{who}", {}).values() if purpose != "x"]
        marketing = [
            at for at, purpose in self.world.notices.contacts.get(f"owner#{who}", {}).values() if purpose == "marketing"
        ]
        ours = [at for whose, *_, at in self.calls if whose == who]
        assert not [at for at in (*ours, *marketing) if at > now - WEEK]
        assert len([at for at in (*ours, *others) if at > now - timedelta(hours=24)]) < 4
        assert who not in self.world.cases.open
        assert task.state is State.OPEN
        assert not any(attempt.outcome in REACHED for attempt in task.attempts)
        assert len([id_ for _, id_, *_ in self.calls if id_ == task.id]) < 3
        assert self.world.owners.holdings[who, task.vin].until is None

    def check(self) -> None:
        tasks = self.world.all_tasks()
        for who in OWNERS:
            assert len([t for t in tasks if t.owner_id == who and t.state is State.OPEN]) <= 1
        for task in tasks:
            if task.state in (State.HELD_OUT, State.SKIPPED):
                assert task.attempts == ()


@settings(max_examples=150, deadline=None)
@given(st.lists(events, max_size=40), st.sampled_from([0, 0, 50]), st.sampled_from(["Asia/Shanghai", "Europe/Berlin"]))
def test_no_call_is_ever_allowed_that_should_not_be(story: list[Any], hold_out_percent: int, zone: str) -> None:
    told = Story(hold_out_percent, zone)
    told.play(("run", False))
    for event in story:
        told.play(event)


def test_the_stories_hold_calls() -> None:
    """The property would be empty if nothing were ever allowed."""
    told = Story(0, "Asia/Shanghai")
    for event in (("run", True), ("claim", "owner-1", "manager-1"), ("tell", "owner-1", "manager-1", "no_answer")):
        told.play(event)
    told.play(("wait", 24 * 8 + 5))
    told.play(("claim", "owner-1", "advisor-1"))
    assert len(told.calls) == 2


def test_calls_that_were_begun_and_never_told_about_count_too() -> None:
    told = Story(0, "Asia/Shanghai")
    told.play(("run", False))
    for _ in range(5):
        told.play(("claim", "owner-1", "manager-1"))
        told.play(("wait", 24 * 7 + 1))
    assert len(told.calls) == 3


def test_of_two_who_read_the_same_only_one_writes() -> None:
    world = Outreach()
    world.owners.put(owner(), holding())
    world.run()
    task, person = world.open_task("owner-1"), world.tasks.get_person("owner-1")
    assert task is not None
    world.tasks.save(task, person)
    with pytest.raises(LostRace):
        world.tasks.save(task, person)
    with pytest.raises(LostRace):
        world.tasks.save(world.tasks.get_task(task.id), person)
    with pytest.raises(LostRace):
        world.tasks.save(task.model_copy(update={"rev": 0}), world.tasks.get_person("owner-1"))
