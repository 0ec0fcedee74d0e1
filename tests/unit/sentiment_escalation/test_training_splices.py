"""What teachers judge must not let the pupil see what calibration leaves out."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from training.agitation.data import UNKNOWN, Example
from training.agitation.splices import MIXED, SPLICES, WITHOUT_LEFT_OUT, Source, splices

SECRET = "☂"


@pytest.fixture(scope="module")
def sources() -> list[Source]:
    kinds = {kind for kind in SPLICES if kind[0] != MIXED}
    return [
        Source(
            Example(f"first part, {word} second part. end{mark}", language, domain, "x", (1.0, 0.0, 0.0)), bool(mark)
        )
        for domain, language in sorted(kinds)
        for word, mark in (("red", ""), ("green", ""), (f"blue {SECRET}", SECRET))
    ]


@pytest.fixture(scope="module")
def spliced(sources: list[Source]) -> list[Source]:
    return list(splices(sources, random.Random(1)))  # noqa: S311 - not a secret


def test_a_splice_that_may_be_seen_has_nothing_of_what_is_left_out(spliced: list[Source]) -> None:
    seen = [splice for splice in spliced if not splice.left_out]
    assert len(seen) == pytest.approx(WITHOUT_LEFT_OUT * len(spliced), rel=0.001)
    assert not [splice for splice in seen if SECRET in splice.example.text]
    assert any(SECRET in splice.example.text for splice in spliced if splice.left_out)


def test_nobody_graded_a_splice(spliced: list[Source]) -> None:
    assert {splice.example.steps for splice in spliced} == {(UNKNOWN, UNKNOWN, UNKNOWN)}


def test_there_are_as_many_of_a_kind_as_planned(spliced: list[Source]) -> None:
    assert Counter((splice.example.domain, splice.example.language) for splice in spliced) == SPLICES


def test_the_same_chance_makes_the_same_splices(sources: list[Source], spliced: list[Source]) -> None:
    again = list(splices(sources, random.Random(1)))  # noqa: S311 - not a secret
    assert again == spliced
    assert list(splices(sources, random.Random(2))) != spliced  # noqa: S311 - not a secret
