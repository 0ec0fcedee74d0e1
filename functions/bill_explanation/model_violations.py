"""What the bill model refuses, place by place and without the values that were sent."""

from collections.abc import Iterator

from pydantic import ValidationError

MAX_VIOLATIONS = 50
"""So many are told at most; the rest shows once these are mended."""


def model_violations(error: ValidationError) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Each place in the model and what is wrong there.

    A list that seems too short only because its items are wrong is left out.
    """
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    holders = {problem["loc"][:end] for problem in problems for end in range(len(problem["loc"]))}
    for problem in problems:
        if problem["type"] != "too_short" or problem["loc"] not in holders:
            yield problem["loc"], problem["msg"]
