"""How many SMS a text is: the limits of TS 23.038 and 23.040."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.sms_text import sms_segments


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # the euro's two septets do not straddle
        ("您" * 70, 1),
        ("您" * 71, 2),
        ("您" * 134, 2),
        ("您" * 135, 3),
        ("🚗" * 35, 1),
        ("🚗" * 36, 2),
        ("a" * 69 + "您", 1),
        ("a" * 70 + "您", 2),
    ],
)
def test_a_text_is_so_many_sms(text: str, segments: int) -> None:
    assert sms_segments(text) == segments


@given(st.text(max_size=600), st.text(max_size=200))
def test_more_text_is_never_fewer_sms(text: str, more: str) -> None:
    assert sms_segments(text) <= sms_segments(text + more)
