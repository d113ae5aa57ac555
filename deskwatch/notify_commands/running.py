"""``notifier.py`` itself: watch until stopped, or one round for cron."""

import logging
from datetime import datetime
from functools import partial

from deskwatch import cli
from deskwatch.clock import monotonic, utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.core.delivery import NotificationState
from deskwatch.daemon import Loop
from deskwatch.notify import Notifier, channels_words
from deskwatch.pager.standby import Understudy
from deskwatch.store.lock import OneOf

log = logging.getLogger(__name__)

NEEDS = ("deskwatch", "alerts", "people", "oncall")
"""Files whose secrets the notifier uses."""
ONE_ROUND = 30.0
"""Seconds that ``--once`` waits for answers of providers."""
_UNDER_WAY = (NotificationState.PENDING, NotificationState.SENDING)


def watch(home: Home, *, once: bool, log_level: str | None) -> int:
    """Watch until stopped, or do one round. The exit code.

    Raises:
        ConfigError: the configuration cannot be used.
        LockHeldError: with ``once``, another notifier has this home. Without, this one stands by.
    """
    live = LiveConfig(home, needs=NEEDS)
    cli.log_as("notifier", live, level=log_level)
    log.info("%s", channels_words(live.current))
    if once:
        with OneOf(home.state / "notifier.lock"):
            one_round(Notifier(home, live, started_at=utc_now()))
        return cli.OK
    understudy = Understudy(home.state, partial(_begin, home, live), database=live.current.database)
    reload = partial(live.refresh, now_please=True)
    Loop(understudy.tick, name="notifier", bell=understudy, reload=reload).run()
    understudy.close(utc_now())
    return cli.OK


def _begin(home: Home, live: LiveConfig, now: datetime) -> Notifier:
    notifier = Notifier(home, live, started_at=now)
    notifier.watch.start()
    return notifier


def one_round(notifier: Notifier) -> None:
    """Look at everything once, send what is due, and wait a little for the answers."""
    notifier.rota.read(utc_now())
    until = monotonic() + ONE_ROUND
    while monotonic() < until:
        wait = notifier.tick(utc_now())
        now = utc_now()
        under_way = [
            each
            for each in notifier.dispatcher.open.values()
            if each.state in _UNDER_WAY and (each.not_before is None or each.not_before <= now)
        ]
        if not under_way and not notifier.judging.is_catching_up and wait > 0:
            break
        notifier.wait(min(wait, 0.2))
    notifier.close(utc_now())
