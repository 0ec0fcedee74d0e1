from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.attribute_values import from_attribute, to_attribute

NUMBERS = st.integers(-(10**30), 10**30) | st.decimals(
    allow_nan=False, allow_infinity=False, places=6, min_value=-(10**12), max_value=10**12
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.text() | NUMBERS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_values_come_back_as_they_went_in(value: Any) -> None:
    assert from_attribute(to_attribute(value)) == value


@given(VALUES)
def test_boto3_reads_what_is_written_and_the_other_way_round(value: Any) -> None:
    written: Any = to_attribute(value)
    assert TypeDeserializer().deserialize(written) == value
    assert from_attribute(TypeSerializer().serialize(value)) == value


@pytest.mark.parametrize("value", [0.1, {1, 2}, object()])
def test_what_is_not_exact_or_not_known_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        to_attribute(value)


def test_a_set_is_refused_rather_than_guessed() -> None:
    with pytest.raises(TypeError):
        from_attribute({"SS": ["a"]})
