"""The one exception tree of Aftercare; `shared.runtime.http` turns it into RFC 9457 problems.

AftercareError
├── InvalidInput        the input breaks a rule; says where, for every place (422)
├── UnreadableInput     not even parseable: syntax, encoding, forbidden XML (400)
├── UnsupportedInput    a document or media type that is not known (415)
├── NotAcceptable       none of the forms in which a thing can be shown is wanted (406)
├── InputTooLarge       more than is accepted or can be stored (413)
├── NotAuthenticated    no valid token or link (401)
├── NotAllowed          known caller, not theirs (403)
├── NotFound            no such thing, or none that the caller may know of (404)
│   └── Erased          a person whose data was erased: nothing new is kept of them (404)
├── LinkExpired         a signed link whose time is over (410)
├── Conflict            contradicts what is stored (409)
└── UnboundNumber       a finished text holds a number without a source (never shown: 500)
"""

from collections.abc import Sequence
from typing import NamedTuple


class Violation(NamedTuple):
    """One broken rule: a JSON pointer or XPath to the field, and what is wrong there."""

    pointer: str
    detail: str


class AftercareError(Exception):
    """Base of every error that the domain raises on purpose."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidInput(AftercareError):
    """The input is readable but breaks at least one rule; `violations` names each place."""

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{v.pointer}: {v.detail}" for v in violations))
        self.violations = tuple(violations)


class UnreadableInput(AftercareError):
    """The input cannot be parsed, or uses a construct that is refused unread."""


class UnsupportedInput(AftercareError):
    """A media type or document type that no reader knows."""


class NotAcceptable(AftercareError):
    """None of the forms in which a thing can be shown is accepted."""


class InputTooLarge(AftercareError):
    """The input is larger than what is accepted or can be stored."""


class NotAuthenticated(AftercareError):
    """The caller has no valid token or link."""


class NotAllowed(AftercareError):
    """The caller is known, but this is not theirs."""


class NotFound(AftercareError):
    """There is no such thing, or none that the caller may know of."""


class Erased(NotFound):
    """The person's data was erased; unlike somebody who is not known yet, they never will be."""


class LinkExpired(AftercareError):
    """A signed link that was valid once."""


class Conflict(AftercareError):
    """What is asked for contradicts what is stored."""


class UnboundNumber(AftercareError):
    """A finished text holds a number that no source vouches for."""
