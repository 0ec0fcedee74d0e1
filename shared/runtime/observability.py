"""One logger and one set of metrics; keys and counts only, never sentences, names or tokens."""

import traceback

from aws_lambda_powertools import Logger, Metrics

logger = Logger()
metrics = Metrics(namespace="Aftercare")


def log_failure(message: str, error: BaseException, **keys: object) -> None:
    """Log where an error came from, without its message, which may quote personal data."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    logger.error(
        message,
        error=type(error).__name__,
        frames=[f"{f.filename.rpartition('/')[2]}:{f.lineno}:{f.name}" for f in frames],
        extra=keys,
    )
