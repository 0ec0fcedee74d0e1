"""One logger and one way to count; keys and counts only, never sentences, names or tokens."""

import traceback

from aws_lambda_powertools import Logger, single_metric
from aws_lambda_powertools.metrics import MetricUnit

logger = Logger()


def count(name: str, value: int = 1) -> None:
    """Count something that happened, as a CloudWatch metric (EMF) of this service."""
    with single_metric(name, MetricUnit.Count, value, namespace="Aftercare") as metric:
        metric.add_dimension("service", logger.service)


def log_failure(message: str, error: BaseException, **keys: object) -> None:
    """Log where an error came from, without its message, which may quote personal data."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    logger.error(
        message,
        error=type(error).__name__,
        frames=[f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in frames],
        extra=keys,
    )
