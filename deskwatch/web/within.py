"""What the views behind the front work with: the feed, the pages, the clock, and what a client may see."""

from datetime import datetime

from flask import current_app, request

from deskwatch.clock import Clock
from deskwatch.core.ticket import Ticket
from deskwatch.store.errors import StoreError
from deskwatch.web.access import Grant
from deskwatch.web.feed import Feed
from deskwatch.web.front import GRANT
from deskwatch.web.pages import Pages
from deskwatch.web.query import language_of

FEED, CLOCK, PAGES = "deskwatch.feed", "deskwatch.clock", "deskwatch.pages"


def current_feed() -> Feed:
    """The feed of this application."""
    feed: Feed = current_app.extensions[FEED]
    return feed


def current_pages() -> Pages:
    """Its pages, in the language they were made for."""
    pages: Pages = current_app.extensions[PAGES]
    return pages


def spoken_pages() -> Pages:
    """In the language that the address asks for, else in that of the configuration."""
    language = language_of(request.args.get("lang", "")) or current_feed().published.config.web.language
    return current_pages().spoken(language)


def current_time() -> datetime:
    """The instant by the clock of this application."""
    clock: Clock = current_app.extensions[CLOCK]
    return clock()


def current_grant() -> Grant:
    """What the client of this request may see, as the front decided."""
    grant: Grant = request.environ[GRANT]
    return grant


def described(feed: Feed, ticket: Ticket) -> Ticket:
    """The ticket with its texts, which are not kept in memory; as it is when its file cannot be read."""
    try:
        read = feed.mirror.folder.read(ticket.key)
        return ticket.with_(description=read.description, extra=read.extra)
    except StoreError:
        return ticket
