"""Read untrusted values into models, with a JSON pointer to everything that is wrong."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pydantic import BaseModel, ValidationError

from shared.domain.errors import InvalidInput, Violation

MOST_VIOLATIONS = 50
"""So many are told at most; the rest shows once these are mended."""


def read_as[M: BaseModel](model: type[M], values: Any, prefix: str = "") -> M:
    """The values as this model. Raises InvalidInput with a pointer to each field, below `prefix`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        found = islice(violations_of(error), MOST_VIOLATIONS)
        raise InvalidInput([Violation(prefix + json_pointer(place), detail) for place, detail in found]) from None


def violations_of(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each place that a model refuses and what is wrong there, without the values that were sent.

    A list that seems too short only because its items are wrong is left out.
    """
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    holders = {problem["loc"][:end] for problem in problems for end in range(len(problem["loc"]))}
    for problem in problems:
        if problem["type"] != "too_short" or problem["loc"] not in holders:
            yield problem["loc"], problem["msg"].removeprefix("Value error, ")


def json_pointer(place: Sequence[str | int]) -> str:
    """A place in a document as JSON pointer (RFC 6901); unknown names are cut, not echoed whole.

    Half of a surrogate pair, which JSON can name and no answer can hold, becomes a question mark.
    """
    steps = (str(step)[:80].encode(errors="replace").decode() for step in place)
    return "".join(f"/{step.replace('~', '~0').replace('/', '~1')}" for step in steps)
