"""What lives in the worker process: the feed in a thread of its own, and the front that answers requests."""

import sys
import threading
from collections.abc import Callable

from deskwatch.config import Home, LiveConfig
from deskwatch.daemon import Loop
from deskwatch.settings import languages
from deskwatch.web.assets import Assets
from deskwatch.web.feed import Feed
from deskwatch.web.front import Front, Wsgi
from deskwatch.web.pages import Pages
from deskwatch.web.wording import wording

SWITCH_SECONDS = 0.001
"""How long the feed may keep the interpreter to itself while a request waits."""


def load_app(home: Home) -> Front:
    """Start feeding, and answer the application that shows it. Until the folder is read it says so."""
    languages.cache_clear()  # the process that this one was forked from may be older than a language
    wording.cache_clear()
    sys.setswitchinterval(SWITCH_SECONDS)
    assets = Assets()
    pages = Pages(assets)
    feed = Feed(home, LiveConfig(home), pages, build=assets.build)
    feed.watch.start()
    loop = Loop(feed.step, name="dashboard", bell=feed)
    threading.Thread(target=loop.run, name="feed", daemon=True).start()
    return Front(feed, pages, assets, _views(feed, pages))


def _views(feed: Feed, pages: Pages) -> Callable[[], Wsgi]:
    def load() -> Wsgi:
        from deskwatch.web.app import create_app  # Flask costs 0.1 s that a wall never needs

        return create_app(feed, pages)

    return load
