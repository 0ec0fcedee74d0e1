"""Start the run of each centre where it is the hour for it, through the queue: one message per centre."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from functions.recall_outreach.policies import Policies
from shared.domain.events import OutreachDue


class Centres(Protocol):
    """Where it is read which centres there are."""

    def listed(self) -> Iterable[tuple[str, str]]: ...  # noqa: D102


class Runs(Protocol):
    """Where runs are asked for."""

    def send_all(self, messages: Sequence[Mapping[str, Any]]) -> None: ...  # noqa: D102


def start_runs(centres: Centres, runs: Runs, policies: Policies, now: datetime, *, only: str | None = None) -> int:
    """Ask for the runs, and say how many. Asked for twice, a run makes every task once."""
    due = [
        centre_id
        for centre_id, zone in (centres.listed() if only is None else [(only, "")])
        if only is not None or now.astimezone(ZoneInfo(zone)).hour == policies.run_at_hour
    ]
    runs.send_all([run_of(centre_id, now.isoformat(timespec="seconds")) for centre_id in due])
    return len(due)


def run_of(centre_id: str, requested_at: str, from_bucket: int = 0) -> OutreachDue:
    """The message that asks for a run, or for the rest of one."""
    return {
        "type": "outreach_due",
        "centre_id": centre_id,
        "from_bucket": from_bucket,
        "requested_at": requested_at,
    }
