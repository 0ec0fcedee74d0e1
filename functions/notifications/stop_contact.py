"""Stop what a person no longer wants, by the signed link in a message: at once, without a login, in one click."""

from collections.abc import Callable, Iterable
from datetime import datetime
from html import escape
from importlib.resources import files
from typing import NamedTuple

from functions.notifications.compose_text import STOP_LINK
from shared.adapters.notices_table import NoticesTable
from shared.content import LOCALES, wording
from shared.domain.errors import NotAuthenticated
from shared.domain.links import open_link
from shared.domain.owners import Channel, Purpose

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'; style-src 'unsafe-inline'"
)
ALL_MARKETING = "marketing"


class StopLink(NamedTuple):
    """What a link stops: messages to an owner on one channel for one purpose; and the language it speaks."""

    channel: Channel
    purpose: Purpose
    locale: str
    owner_id: str


def open_stop_link(token: str, now: datetime, keys: Iterable[bytes]) -> StopLink:
    """What a token stops. Raises NotAuthenticated or LinkExpired."""
    channel, purpose, locale, owner_id = open_link(token, STOP_LINK, now, keys).split("/", 3)
    if locale not in LOCALES:
        raise NotAuthenticated("this link is not valid")
    return StopLink(Channel(channel), Purpose(purpose), locale, owner_id)


def stop_contact(link: StopLink, scope: str, notices: NoticesTable, now: datetime) -> bool:
    """Stop what the link names, or with scope "marketing" all marketing; whether that was news."""
    stops = [(link.channel.value, link.purpose.value)]
    if scope == ALL_MARKETING:
        stops = [(channel.value, Purpose.MARKETING.value) for channel in Channel]
    return notices.stop_person(f"owner#{link.owner_id}", stops, now)


def ask_page(link: StopLink) -> str:
    """The page that asks: opening a link stops nothing, since mail scanners open links too."""

    def buttons(say: Callable[[str], str]) -> str:
        narrow = f'<button name="scope" value="this">{say("stop.button")}</button>'
        wide = f'<button name="scope" value="{ALL_MARKETING}">{say("stop.marketing.button")}</button>'
        return f'<form method="post">{narrow}{wide}</form>'

    return _page(link, f"stop.ask.{link.purpose}.{link.channel}", buttons)


def done_page(link: StopLink) -> str:
    """The page that confirms."""
    return _page(link, "stop.done", lambda say: f"<p>{say('stop.later')}</p>")


def _page(link: StopLink, headline: str, rest: Callable[[Callable[[str], str]], str]) -> str:
    words = wording(link.locale)

    def say(key: str) -> str:
        return escape(words.template(key))

    skeleton = files(__package__).joinpath("stop_page.html").read_text("utf-8")
    return skeleton.format(lang=link.locale, title=say("stop.title"), headline=say(headline), content=rest(say))
