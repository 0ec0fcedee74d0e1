"""Whatever happens in whatever order: nobody is contacted against consent, at night, too often or twice for one key."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.notifications.contact_rules import contact_rules
from shared.adapters.notices_table import address_digest
from shared.domain.delivery import Verdict
from shared.domain.owners import Channel, Purpose, may_contact
from tests.unit.notifications.world import (
    NOON,
    OWNER_EMAIL,
    OWNER_PHONE,
    Sent,
    Stopped,
    World,
    call_made,
    centre,
    consent,
    owner,
    request,
)

ZONES = ("Asia/Shanghai", "America/New_York", "Europe/Berlin", "Pacific/Kiritimati", "Australia/Lord_Howe")
KEYS = [f"n-{number}" for number in range(6)]

asked = st.fixed_dictionaries(
    {
        "do": st.just("ask"),
        "id": st.sampled_from(KEYS),
        "purpose": st.sampled_from(["service", "marketing"]),
        "kind": st.sampled_from(["explanation_ready", "case_opened"]),
        "urgency": st.sampled_from(["routine", "routine", "urgent"]),
        "to": st.sampled_from([{"owner_id": "owner-1"}, {"owner_id": "owner-1"}, {"staff_id": "wang"}]),
    }
)
consented = st.fixed_dictionaries(
    {
        "do": st.just("consent"),
        "channel": st.sampled_from(["sms", "email", None]),
        "purpose": st.sampled_from(["service", "marketing", None]),
        "granted": st.booleans(),
    }
)
happened = st.one_of(
    asked,
    asked,
    asked,
    consented,
    st.fixed_dictionaries({"do": st.just("wait"), "minutes": st.sampled_from([1, 16, 65, 7 * 60, 25 * 60])}),
    st.fixed_dictionaries({"do": st.just("redeliver")}),
    st.fixed_dictionaries(
        {
            "do": st.just("call"),
            "id": st.sampled_from(["call-1", "call-2"]),
            "counts": st.sampled_from([True, True, False]),
        }
    ),
    st.fixed_dictionaries({"do": st.just("unsubscribe"), "channel": st.sampled_from(["sms", "email"])}),
    st.fixed_dictionaries({"do": st.just("text"), "word": st.sampled_from(["STOP", "START"])}),
    st.fixed_dictionaries({"do": st.just("bounce")}),
    st.fixed_dictionaries({"do": st.just("crash"), "when": st.sampled_from(["before", "after"])}),
    st.fixed_dictionaries(
        {
            "do": st.just("provider"),
            "channel": st.sampled_from(["sms", "email"]),
            "verdict": st.sampled_from([Verdict.REFUSED, Verdict.BUSY, Verdict.UNKNOWN]),
        }
    ),
)


class History(World):
    """A world that checks every message as a provider is handed it, against what the owner had said by then."""

    def __init__(self, zone: str) -> None:
        hook = {"id": "team", "kind": "slack", "url": "https://hooks.slack.example/1"}
        super().__init__(centre=centre(zone=zone, webhooks=[hook]))
        agreed = [consent(c, "marketing", granted=True, at=NOON - timedelta(days=9)) for c in ("sms", "email")]
        self.owners["owner-1"] = owner(zone=zone, consents=agreed)
        self.asked: dict[str, dict[str, Any]] = {}
        self.calls: dict[tuple[str, bool], dict[str, Any]] = {}
        self.refused: list[tuple[str, str]] = []
        self.stopped_by_text = False
        self.bounced = False

    def live(self, step: dict[str, Any]) -> None:
        getattr(self, f"_{step['do']}")(step)
        self.now += timedelta(seconds=1)

    def _take_in(self, message: dict[str, Any]) -> None:
        try:
            self.take_in(message)
            self.drain()
        except Stopped:
            self.queue.append(message)  # what was not finished is delivered again

    def _ask(self, step: dict[str, Any]) -> None:
        fields = {name: step[name] for name in ("purpose", "kind", "urgency", "to")}
        first = self.asked.setdefault(
            step["id"], request(step["id"], text=f"({step['id']})", requested_at=self.now.isoformat(), **fields)
        )
        self._take_in(first)

    def _redeliver(self, _: dict[str, Any]) -> None:
        for message in (*self.asked.values(), *self.calls.values()):
            self._take_in(message)

    def _call(self, step: dict[str, Any]) -> None:
        """Outreach called, or says that it reached somebody else: always of the same call at the same time."""
        told = [message["at"] for (id_, _), message in self.calls.items() if id_ == step["id"]]
        at = datetime.fromisoformat(told[0]) if told else self.now
        self._take_in(
            self.calls.setdefault((step["id"], step["counts"]), call_made(step["id"], at=at, counts=step["counts"]))
        )

    def called_since(self, start: datetime) -> int:
        """How many calls count that were made after a time."""
        wrong = {id_ for id_, counts in self.calls if not counts}
        counted = [message for (id_, _), message in self.calls.items() if id_ not in wrong]
        return sum(datetime.fromisoformat(message["at"]) > start for message in counted)

    def _consent(self, step: dict[str, Any]) -> None:
        specific = step["channel"] and step["purpose"]
        given_ = consent(step["channel"], step["purpose"], granted=bool(step["granted"] and specific), at=self.now)
        known = self.owners["owner-1"]
        self.owners["owner-1"] = known.model_copy(update={"consents": (*known.consents, given_)})
        if given_.granted:
            self.refused = [r for r in self.refused if r != (step["channel"], step["purpose"])]
            self.stopped_by_text &= step["channel"] != "sms"

    def _wait(self, step: dict[str, Any]) -> None:
        self.now += timedelta(minutes=step["minutes"])
        try:
            self.tick()
        except Stopped:
            self.tick()

    def _unsubscribe(self, step: dict[str, Any]) -> None:
        self.notices.stop_person("owner#owner-1", [(step["channel"], "service")], self.now)
        self.refused.append((step["channel"], "service"))

    def _text(self, step: dict[str, Any]) -> None:
        digest = address_digest("sms", OWNER_PHONE)
        if step["word"] == "STOP":
            self.notices.stop_address(digest, self.now)
        else:
            self.notices.resume_address(digest, self.now)
        self.stopped_by_text = step["word"] == "STOP"

    def _bounce(self, _: dict[str, Any]) -> None:
        self.notices.suppress_address(address_digest("email", OWNER_EMAIL), "bounced", self.now)
        self.bounced = True

    def _crash(self, step: dict[str, Any]) -> None:
        self.crash = step["when"]

    def _provider(self, step: dict[str, Any]) -> None:
        self.outcomes.setdefault(step["channel"], []).append(step["verdict"])


def check(history: History, sent: Sent, before: list[Sent]) -> None:
    """The promises, checked for one message to the owner against plain facts."""
    message = history.asked[sent.notice]
    channel, purpose = Channel(sent.channel), Purpose(message["purpose"])
    urgent = message["urgency"] == "urgent" and purpose is Purpose.SERVICE
    assert may_contact(history.owners["owner-1"], channel, purpose, sent.at).allowed, "against consent"
    assert (channel, purpose) not in history.refused, "after unsubscribing"
    assert not (channel is Channel.SMS and history.stopped_by_text), "after STOP"
    assert not (channel is Channel.EMAIL and history.bounced), "after a bounce"
    if urgent:
        return
    local = sent.at.astimezone(ZoneInfo(history.owners["owner-1"].zone))
    rings = channel is Channel.SMS or purpose is Purpose.MARKETING
    assert not rings or 8 <= local.hour < 21, "in quiet hours"
    if is_about_a_complaint(message):
        return
    yesterday = sent.at - timedelta(hours=24)
    day = {s.notice for s in before if s.at > yesterday and not is_about_a_complaint(history.asked[s.notice])}
    day.discard(sent.notice)
    assert len(day) + history.called_since(sent.at - timedelta(hours=24)) < 4, "above the daily cap"
    if purpose is Purpose.MARKETING:
        week = {
            s.notice
            for s in before
            if s.at > sent.at - timedelta(hours=168) and history.asked[s.notice]["purpose"] == "marketing"
        }
        assert not week - {sent.notice}, "a second offer in a week"
        assert not history.called_since(sent.at - timedelta(hours=168)), "an offer in the week after a call"


def is_about_a_complaint(message: dict[str, Any]) -> bool:
    return (message["kind"], message["purpose"]) == ("case_opened", "service")


def about(sent: Sent) -> str:
    """The id of the notice that a message is about: it is in its text."""
    return sent.text.partition("(")[2].partition(")")[0]


@settings(max_examples=150, deadline=None)
@given(zone=st.sampled_from(ZONES), steps=st.lists(happened, max_size=25), start=st.integers(0, 23))
def test_no_order_of_events_breaks_a_promise(zone: str, steps: list[dict[str, Any]], start: int) -> None:
    history = History(zone)
    history.now += timedelta(hours=start)
    seen: list[Sent] = []
    for step in steps:
        history.live(step)
        for sent in history.sent[len(seen) :]:
            sent.notice = about(sent)
            if sent.address in (OWNER_EMAIL, OWNER_PHONE):
                check(history, sent, [s for s in seen if s.address in (OWNER_EMAIL, OWNER_PHONE)])
            seen.append(sent)
    _nobody_is_told_twice(history)


def _nobody_is_told_twice(history: History) -> None:
    """One message per key and channel; two only by e-mail, and only where the first was never proven."""
    for id_ in history.asked:
        texts, mails, posts = (
            [s for s in history.sent if s.channel == channel and s.notice == id_]
            for channel in ("sms", "email", "webhook")
        )
        assert len(texts) <= 1
        assert len(posts) <= 1
        assert len(mails) <= 2
        if len(mails) == 2:
            assert mails[1].at - mails[0].at >= timedelta(minutes=15)


# ------------------------------------------------------------------------------------------------ complaints

traffic = st.lists(
    st.fixed_dictionaries(
        {
            "minutes": st.integers(0, 400),
            "kind": st.sampled_from(["explanation_ready", "bill_reminder", "call"]),
            "purpose": st.sampled_from(["service", "marketing"]),
        }
    ),
    max_size=20,
)


@settings(max_examples=150, deadline=None)
@given(
    before=traffic,
    after=traffic,
    kind=st.sampled_from(sorted(contact_rules().complaint_kinds)),
    by_sms=st.booleans(),
    start=st.integers(0, 23),
)
def test_whatever_the_routine_traffic_a_case_notice_comes_at_once_or_when_the_night_is_over(
    *, before: list[dict[str, Any]], after: list[dict[str, Any]], kind: str, by_sms: bool, start: int
) -> None:
    agreed = [consent("sms", "marketing", granted=True, at=NOON - timedelta(days=9))]
    reached_by: dict[str, Any] = {"emails": []} if by_sms else {}
    world = World(now=NOON + timedelta(hours=start), owners={"owner-1": owner(consents=agreed, **reached_by)})
    asked_at = let_pass(world, before, "before")
    world.take_in(request("case", text="(case)", kind=kind, requested_at=asked_at.isoformat()))
    let_pass(world, after, "after")
    night_is_over = contact_rules().quiet_until("sms", Purpose.SERVICE, "Asia/Shanghai", asked_at) if by_sms else None
    if night_is_over is not None:
        world.now = max(world.now, night_is_over)
        world.tick()
    [told] = [sent.at for sent in world.sent if about(sent) == "case"]
    assert told == asked_at if night_is_over is None else told >= night_is_over
    routine = [sent.at for sent in world.sent if about(sent) != "case"]
    for at in routine:
        assert sum(at - timedelta(hours=24) < other <= at for other in routine) <= 4, "above the daily cap"


def let_pass(world: World, messages: list[dict[str, Any]], name: str) -> datetime:
    """Routine messages and calls, each after a while; the time at the end."""
    for number, step in enumerate(messages):
        world.wait(minutes=step["minutes"])
        id_, at = f"{name}-{number}", world.now.isoformat()
        if step["kind"] == "call":
            world.take_in(call_made(id_, at=world.now, purpose=step["purpose"]))
        else:
            world.take_in(request(id_, text=f"({id_})", requested_at=at, kind=step["kind"], purpose=step["purpose"]))
    return world.now


# ---------------------------------------------------------------------------------------------- quiet hours


@given(
    st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001  made aware below
    st.sampled_from(ZONES),
)
def test_quiet_hours_end_at_eight_of_the_recipients_morning(naive: datetime, zone: str) -> None:
    at = naive.replace(microsecond=0, tzinfo=ZoneInfo("UTC"))
    end = contact_rules().quiet_until("sms", Purpose.SERVICE, zone, at)
    local = at.astimezone(ZoneInfo(zone))
    if 8 <= local.hour < 21:
        assert end is None
        return
    assert end is not None
    assert at < end <= at + timedelta(hours=12)
    assert (end.astimezone(ZoneInfo(zone)).hour, end.minute, end.second) == (8, 0 if end.minute == 0 else end.minute, 0)
    assert contact_rules().quiet_until("sms", Purpose.SERVICE, zone, end) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_cap_is_free_again_when_its_window_has_passed(purpose: Purpose) -> None:
    rules = contact_rules()
    contacts = {str(number): (NOON - timedelta(hours=number), "service") for number in range(4)}
    assert rules.free_at(purpose, contacts) == NOON - timedelta(hours=3) + timedelta(hours=24)
