"""``gui.py`` itself: serve the wall until stopped."""

import logging
from functools import partial

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.web.listening import prepare, still_fit
from deskwatch.web.serve import serve
from deskwatch.web.worker import load_app


def serve_wall(home: Home, *, host: str | None, port: int | None, log_level: str | None) -> None:
    """Serve until stopped; ``host`` and ``port`` go before those of the configuration.

    Raises:
        ConfigError: the configuration cannot be used.
        UsageError: nobody can listen there, or it would not be safe to.
    """
    live = LiveConfig(home)
    cli.log_as("gui", live, level=log_level)
    listening = prepare(live.current, host=host, port=port, now=utc_now())
    listening.announce(logging.getLogger("gui"))
    serve(partial(load_app, home), listening, may_reload=partial(still_fit, home))
