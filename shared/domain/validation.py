"""Read untrusted values into models, with a JSON pointer to everything that is wrong."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.domain.errors import InvalidInput, Violation

MOST_VIOLATIONS = 50


def read_as[M: BaseModel](model: type[M], values: Any, prefix: str = "") -> M:
    """The values as this model. Raises InvalidInput with a pointer to each field, below `prefix`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        raise InvalidInput(
            [Violation(prefix + json_pointer(p["loc"]), _plain(p["msg"])) for p in problems[:MOST_VIOLATIONS]]
        ) from None


def json_pointer(place: Sequence[str | int]) -> str:
    """A place in a document as JSON pointer (RFC 6901); unknown names are cut, not echoed whole."""
    return "".join(f"/{str(step)[:80].replace('~', '~0').replace('/', '~1')}" for step in place)


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
