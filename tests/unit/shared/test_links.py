from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.errors import LinkExpired, NotAuthenticated
from shared.domain.links import open_link, sign_link

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY, OLD_KEY = b"k" * 32, b"o" * 32
TOKEN = sign_link("explanation", "abc", NOW + timedelta(days=1), KEY)


def test_a_link_opens_what_it_was_signed_for() -> None:
    assert open_link(TOKEN, "explanation", NOW, [KEY]) == "abc"


def test_a_link_of_the_previous_key_still_opens() -> None:
    assert open_link(TOKEN, "explanation", NOW, [OLD_KEY, KEY]) == "abc"


def test_a_link_of_another_kind_does_not_open() -> None:
    with pytest.raises(NotAuthenticated):
        open_link(TOKEN, "unsubscribe", NOW, [KEY])


def test_a_link_expires_to_the_second() -> None:
    end = NOW + timedelta(days=1)
    assert open_link(TOKEN, "explanation", end - timedelta(seconds=1), [KEY]) == "abc"
    with pytest.raises(LinkExpired):
        open_link(TOKEN, "explanation", end, [KEY])


def test_an_expired_link_with_a_wrong_signature_is_not_even_called_expired() -> None:
    with pytest.raises(NotAuthenticated):
        open_link(TOKEN, "explanation", NOW + timedelta(days=9), [OLD_KEY])


@given(st.integers(0, len(TOKEN) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_no_changed_character_goes_unnoticed(place: int, other: str) -> None:
    changed = TOKEN[:place] + other + TOKEN[place + 1 :]
    try:
        opened = open_link(changed, "explanation", NOW, [KEY])
    except NotAuthenticated:
        return
    # The last character of a base64 part has spare bits: another spelling of the same bytes.
    assert opened == "abc"


@given(st.text(max_size=60))
def test_garbage_is_refused_and_nothing_else_happens(garbage: str) -> None:
    with pytest.raises(NotAuthenticated):
        open_link(garbage, "explanation", NOW, [KEY])
