"""Walks the escalation: a dispute becomes a case, a conversation heats up, a customer asks for a manager."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from functools import partial
from typing import Any

from local.outbox import Message, wait_for
from local.tour import Tour, heading, local_time, until
from local.walk_bills import TROUBLE, hand_in

DISPUTE = "I never agreed to the second labour line, and nobody called me."
HEATING_UP = (
    "Hello, when will my car be ready?",
    "It was promised for Monday. Today is Thursday and nobody has told me anything.",
    "I have called three times now and nobody calls back. This is really annoying.",
    "This is ridiculous. I am sick and tired of waiting, your service is terrible!",
    "Unacceptable! You are liars and I am furious. I will never buy from you again!",
)
PROMISE = "I am very sorry. I will look into this personally and call you tomorrow before noon."
CHECKLIST = {"solved": True, "prevention_taught": True, "value_added": True, "choice_matters": True}


def walk_cases(tour: Tour) -> None:
    """All of it, in order. Conversations are new in each walk; the dispute is the same, and stays one."""
    _dispute(tour)
    case_id = _heat_up(tour, f"demo-{secrets.token_hex(4)}")
    _handle(tour, case_id)
    _ask_for_a_manager(tour, f"demo-{secrets.token_hex(4)}")


def _dispute(tour: Tour) -> None:
    heading("A bill is disputed: a case is opened")
    bill_id = hand_in(tour.api("integrator"), TROUBLE).json()["bill_id"]
    tour.post("owner", f"/bills/{bill_id}/questions", {"kind": "dispute", "words": DISPUTE})
    print(f'owner: "{DISPUTE}"')
    case = until("the case of the dispute", lambda: _case_about(tour, "bill_id", bill_id))
    _print(_of_customer(case))


def _heat_up(tour: Tour, conversation_id: str) -> str:
    heading("A conversation heats up: one case, one page")
    path = f"/conversations/{conversation_id}"
    for number, words in enumerate(HEATING_UP, 1):
        posted = {"words": words, "channel": "app", "message_id": f"m-{number}", "locale": "en"}
        tour.post("other-owner", f"{path}/messages", posted)
        point = until("the message to be scored", partial(_point, tour, path, number))
        moved = " · ".join(f'"{m["words"]}"' for m in point["moved_by"] if m["signal"] is None)
        print(f"owner: {words}")
        print(f"  {point['temperature']:.0f} of 100{', hot' if point['hot'] else ''}; moved by {moved}")
    case_id = str(tour.get("other-owner", path)["episodes"][-1]["case_id"])
    case = until("the case of the conversation", lambda: tour.get("other-owner", f"/cases/{case_id}"))
    _print(_of_customer(case))
    _print_messages(wait_for(tour.cloud, lambda m: m.channel == "SMS" and case_id in m.text))
    return case_id


def _handle(tour: Tour, case_id: str) -> None:
    heading("The manager takes it, promises, replies and resolves")
    actions = f"/cases/{case_id}/actions"
    case = tour.post("manager", actions, {"action": "acknowledge"})
    print(f"acknowledged by {case['answered_by']}")
    conversation = f"/conversations/{case['conversation_id']}/messages"
    tour.post("manager", conversation, {"words": PROMISE, "locale": "en"})
    print(f'manager: "{PROMISE}"')
    promise = until("the promise to be recognised", lambda: _promise_of(tour, case_id))
    print(f'recognised as a promise: "{promise["words"]}", due {local_time(promise["due_at"])}')
    tour.post("manager", actions, {"action": "confirm_promise", "promise_id": promise["promise_id"]})
    draft = tour.post("manager", f"/cases/{case_id}/drafts", {})
    print("a reply is drafted in five steps, each sentence with its source:")
    for step in draft["steps"]:
        print(f"  {step['step']:8} {step['text']}")
    told = [step["step"] for step in draft["steps"] if step["text"]]
    tour.post("manager", actions, {"action": "reply", "words": draft["text"], "steps": told})
    for outstanding in _outstanding(tour, case_id):
        tour.post("manager", actions, {"action": "keep_promise", "promise_id": outstanding})
    done = "Your car is ready, and the workshop has told you why it took so long."
    tour.post("manager", actions, {"action": "resolve", "words": done, "checklist": CHECKLIST})
    print("what the customer sees of it:")
    _print(_timeline(tour.get("other-owner", f"/cases/{case_id}")))


def _ask_for_a_manager(tour: Tour, conversation_id: str) -> None:
    heading('"Escalate": answered at once')
    path = f"/conversations/{conversation_id}/messages"
    answer = tour.post("other-owner", path, {"words": "Escalate", "channel": "app", "locale": "en"})["escalation"]
    print('owner: "Escalate"')
    _print([answer["text"]])
    case_id = answer["case_id"]
    until("the case", lambda: tour.get("other-owner", f"/cases/{case_id}"))
    # So that the queue of the demo centre does not grow with every walk.
    actions, words = f"/cases/{case_id}/actions", "We have spoken, and all is well."
    tour.post("manager", actions, {"action": "acknowledge"})
    tour.post("manager", actions, {"action": "resolve", "words": words, "checklist": CHECKLIST})


def _case_about(tour: Tour, link: str, value: str) -> Any:
    """The customer's newest case about a bill or conversation, in their own view."""
    for listed in tour.get("owner", "/cases")["cases"]:
        case = tour.get("owner", f"/cases/{listed['case_id']}")
        if case is not None and case[link] == value:
            return case
    return None


def _point(tour: Tour, path: str, number: int) -> Any:
    """What the conversation came to with its message of this number, once that was taken in."""
    shown = tour.get("other-owner", path)
    return shown["temperature"]["points"][number - 1] if shown and shown["message_count"] >= number else None


def _promise_of(tour: Tour, case_id: str) -> Any:
    return next(iter(tour.get("manager", f"/cases/{case_id}")["promises"]), None)


def _outstanding(tour: Tour, case_id: str) -> Iterator[str]:
    for promise in tour.get("manager", f"/cases/{case_id}")["promises"]:
        if promise["state"] in ("recognised", "confirmed", "missed"):
            yield promise["promise_id"]


def _of_customer(case: Any) -> Iterator[str]:
    """A case as its customer sees it."""
    yield f"case {case['case_id']}: {case['state_name']}, because {', '.join(case['why'])}"
    place = f", number {case['place_in_queue']} in the queue" if case["place_in_queue"] else ""
    yield f"{case['answered_by']} has it{place}"
    deadline = case["next_deadline"]
    if deadline is not None:
        computed = deadline["computed"]
        hours = computed["hours"].replace("_", " ")
        yield f"{deadline['name']} by {local_time(deadline['due_at'])}: {computed['minutes']} minutes of {hours}"
        for step in computed["counted"]:
            yield f"  counted from {local_time(step['from'])} until {local_time(step['until'])}"


def _timeline(case: Any) -> Iterator[str]:
    for entry in case["timeline"]:
        yield f"{local_time(entry['at'])}  {entry['what']}"


def _print(lines: Iterator[str] | list[str]) -> None:
    for line in lines:
        print(f"  {line}")


def _print_messages(messages: list[Message]) -> None:
    for message in messages:
        _print(message.lines())
