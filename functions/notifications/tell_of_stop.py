"""Tell who keeps consents that somebody said stop, or start, to a message of ours."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from shared.adapters.notices_table import ADDRESS_SK, PERSON_SK
from shared.domain.events import ConsentChanged


def consents_changed(record: Mapping[str, Any]) -> Iterator[ConsentChanged]:
    """The decisions that a change of the Notifications table holds, the same for every delivery of it."""
    new, old = record.get("NewImage"), record.get("OldImage", {})
    if not new:
        return
    if new["sk"]["S"] == PERSON_SK:
        yield from _unsubscribed(new, old)
    elif new["sk"]["S"] == ADDRESS_SK:
        yield from _texted(new, old)


def _unsubscribed(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[ConsentChanged]:
    before = json.loads(old["stops"]["S"]) if "stops" in old else []
    for stop in json.loads(new["stops"]["S"]):
        if stop not in before:
            yield {
                "type": "consent_changed",
                "owner_id": new["pk"]["S"].split("#", 2)[2],
                "channel": stop["channel"],
                "purpose": stop["purpose"],
                "granted": False,
                "at": stop["at"],
                "how": "link",
                "source": "unsubscribe",
            }


def _texted(new: Mapping[str, Any], old: Mapping[str, Any]) -> Iterator[ConsentChanged]:
    """STOP refuses every purpose; START permits service only, since marketing has to be asked for anew."""
    for attribute, granted in (("stopped_at", False), ("resumed_at", True)):
        if attribute not in new or new[attribute] == old.get(attribute):
            continue
        for person in sorted(new.get("people", {}).get("SS", [])):
            yield {
                "type": "consent_changed",
                "owner_id": person.partition("#")[2],
                "channel": "sms",
                "purpose": "service" if granted else None,
                "granted": granted,
                "at": new[attribute]["S"],
                "how": "message",
                "source": "sms-start" if granted else "sms-stop",
            }
