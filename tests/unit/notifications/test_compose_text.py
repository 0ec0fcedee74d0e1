"""Every message says who writes and how to stop, in its reader's language."""

from __future__ import annotations

import pytest

from functions.notifications.compose_text import chat_text, email_text, sms_text, stop_url
from functions.notifications.models import NoticeRequest
from functions.notifications.stop_contact import ask_page, open_stop_link
from shared.content import LOCALES
from shared.domain.sms_text import sms_segments
from tests.unit.notifications.world import NOON, request

STOP = "https://care.example/stop/t"


def notice(**changes: object) -> NoticeRequest:
    return NoticeRequest.model_validate(request(**changes))  # type: ignore[arg-type]


def sms(asked: NoticeRequest, *, takes_replies: bool = True, stop: str | None = STOP, most: int = 6) -> str:
    return sms_text(asked, "星河", takes_replies=takes_replies, stop=stop, most_segments=most)


@pytest.mark.parametrize(
    ("locale", "sender", "stop"), [("zh-CN", "【星河】", "回复TD"), ("en", "星河: ", "Reply STOP")]
)
def test_an_sms_names_its_sender_and_how_to_stop(locale: str, sender: str, stop: str) -> None:
    text = sms(notice(locale=locale))
    assert text.startswith(sender)
    assert stop in text


def test_an_sms_that_nobody_can_reply_to_is_stopped_by_a_link() -> None:
    assert STOP in sms(notice(), takes_replies=False)


def test_an_sms_to_staff_has_nothing_to_stop() -> None:
    assert sms(notice(), stop=None) == "【星河】您的账单说明已经准备好了。 https://care.example/links/abc"


def test_a_text_that_would_take_too_many_sms_is_its_subject_and_the_link() -> None:
    text = sms(notice(text="很长" * 300))
    assert text.startswith("【星河】您的账单说明 https://care.example/links/abc")
    assert sms_segments(text) <= 6


def test_a_long_text_without_a_link_goes_whole() -> None:
    assert "很长" * 250 in sms(notice(text="很长" * 250, url=None))


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("purpose", ["service", "marketing"])
def test_an_email_says_at_its_foot_who_why_and_how_to_stop(locale: str, purpose: str) -> None:
    text = email_text(notice(locale=locale, purpose=purpose), "星河", STOP)
    body, _, foot = text.partition("-- \n")
    assert "https://care.example/links/abc" in body
    assert "星河" in foot
    assert STOP in foot


def test_braces_in_a_text_stay_what_they_are() -> None:
    text = "{sender} {url} {0} {{"
    for made in (sms(notice(text=text)), email_text(notice(text=text), "{text}", STOP), chat_text(notice(text=text))):
        assert text in made


def test_a_link_stops_what_its_message_was() -> None:
    asked = notice(purpose="marketing", locale="en")
    token = stop_url(asked, "sms", "https://care.example", b"key").rpartition("/")[2]
    link = open_stop_link(token, NOON, [b"key"])
    assert (link.channel, link.purpose, link.locale, link.owner_id) == ("sms", "marketing", "en", "owner-1")


def test_the_link_is_the_same_at_every_attempt() -> None:
    assert stop_url(notice(), "email", "", b"key") == stop_url(notice(), "email", "", b"key")


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("purpose", ["service", "marketing"])
@pytest.mark.parametrize("channel", ["email", "sms"])
def test_the_page_asks_in_the_language_of_the_message(locale: str, purpose: str, channel: str) -> None:
    asked = notice(locale=locale, purpose=purpose)
    token = stop_url(asked, channel, "", b"key").rpartition("/")[2]
    html = ask_page(open_stop_link(token, NOON, [b"key"]))
    assert f'<html lang="{locale}">' in html
    assert html.count("<button") == 2
    assert "{" not in html.partition("<body>")[2]
