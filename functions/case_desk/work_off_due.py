"""Work off what is due: every deadline and promise whose time has come, found by the index and nothing else."""

from datetime import datetime
from typing import NamedTuple

from functions.case_desk.fall_due import fall_due
from functions.case_desk.wiring import Parts
from shared.adapters.cases_table import BUCKETS, LostRace
from shared.domain.errors import NotFound
from shared.runtime.observability import log_failure

MOST_OF_A_BUCKET = 50
"""Cases of one bucket in one tick; what is left over is due in the next."""


class Tick(NamedTuple):
    """What one tick did."""

    changed: int
    failed: int


def work_off_due(parts: Parts, now: datetime) -> Tick:
    """Change every case for which something is due, each by itself: one that fails holds up no other.

    The change is the claim: of two ticks at once the second finds the case at another version, and leaves it.
    """
    changed = failed = 0
    for bucket in range(BUCKETS):
        for case_id in parts.cases.due(bucket, now, MOST_OF_A_BUCKET):
            try:
                changed += _work_off(case_id, parts, now)
            except (LostRace, NotFound):
                continue
            except Exception as error:  # noqa: BLE001  the next case must not wait for this one
                log_failure("case failed", error, case_id=case_id)
                failed += 1
    return Tick(changed, failed)


def _work_off(case_id: str, parts: Parts, now: datetime) -> bool:
    case = parts.cases.get(case_id)
    change = fall_due(case, parts.desk(case.centre_id), parts.policies, now)
    if change is None:
        return False
    parts.store(change, now)
    return True
