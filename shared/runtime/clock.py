"""The clock that doors pass into the domain."""

from datetime import UTC, datetime


def now() -> datetime:
    """The time now, aware, in UTC."""
    return datetime.now(UTC)
