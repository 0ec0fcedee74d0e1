"""Count what an entry of a timeline says, as CloudWatch metrics (EMF) of its centre.

It is counted where its conditional write succeeded, so at most once: a door that is stopped right after that write has
not counted it. The report of a week (report_productivity) is exact.
"""

from collections.abc import Iterator, Mapping

from aws_lambda_powertools import single_metric
from aws_lambda_powertools.metrics import MetricUnit

from shared.domain.cases import Entry

_COUNTED: Mapping[str, str] = {
    "opened": "CasesOpened",
    "merged": "CasesMerged",
    "deadline_missed": "DeadlinesMissed",
    "climbed": "CasesClimbed",
    "paged_again": "CasesPagedAgain",
    "resolved": "CasesResolved",
    "reopened": "CasesReopened",
    "false_alarm": "FalseAlarms",
    "promise_missed": "PromisesMissed",
}
_TIMED: Mapping[str, str] = {
    "acknowledge": "TimeToAcknowledge",
    "first_reply": "TimeToFirstReply",
    "resolve": "TimeToResolve",
}


def measure_entry(entry: Entry) -> None:
    """Write the metrics of an entry to the log, from which CloudWatch takes them."""
    for name, unit, value in metrics_of(entry):
        with single_metric(name, unit, value, namespace="Aftercare") as metric:
            metric.add_dimension("centre", entry.centre_id)


def metrics_of(entry: Entry) -> Iterator[tuple[str, MetricUnit, float]]:
    """Name, unit and value of every metric of an entry."""
    if entry.kind in _COUNTED:
        yield _COUNTED[entry.kind], MetricUnit.Count, 1
    if entry.kind == "opened":
        yield ("CasesAskedFor" if entry.data.get("asked_for") else "CasesRaisedByThemselves"), MetricUnit.Count, 1
    if entry.kind == "promise_kept":
        yield ("PromisesKept" if entry.data["in_time"] else "PromisesKeptLate"), MetricUnit.Count, 1
    if (timed := entry.data.get("timed")) is not None:
        yield _TIMED[timed], MetricUnit.Seconds, entry.data["seconds"]
