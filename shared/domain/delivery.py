"""What became of an attempt to hand a message to a provider, and what that allows next."""

from enum import StrEnum
from typing import NamedTuple


class Verdict(StrEnum):
    """What is known after an attempt. Only `unknown` forbids to try again: the provider may have taken it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
    UNKNOWN = "unknown"


class Outcome(NamedTuple):
    """A verdict, why (a code, never an address or a text), and the provider's id of what it accepted."""

    verdict: Verdict
    detail: str = ""
    provider_id: str = ""
