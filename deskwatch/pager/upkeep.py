"""What keeps a notifier that runs for years from growing: once a day, what is long over is forgotten."""

import logging
from datetime import datetime, timedelta

from deskwatch.pager.ledger import Ledger
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import Outbox

log = logging.getLogger(__name__)

KEPT = timedelta(days=400)
"""How long alerts, messages and decisions are kept after they ended: a year, and time to look back on it."""
LATELY = timedelta(days=7)
"""How far back messages are counted for each ticket."""
MOST_COUNTED = 5000
FIRST, EVERY = 600.0, 86_400.0
"""Seconds after the start, and between two times. A start has other things to do at first."""


class Upkeep:
    """Forgets what is long over. Costs one comparison in most rounds."""

    def __init__(self, outbox: Outbox, ledger: Ledger, *, monotonic: float) -> None:
        self._outbox, self._ledger = outbox, ledger
        self._due = monotonic + FIRST

    def look(self, *, now: datetime, monotonic: float) -> None:
        """Do what is due. A database that cannot be used is tried again the next day."""
        if monotonic < self._due:
            return
        self._due = monotonic + EVERY
        try:
            pruned = self._outbox.prune(now - KEPT)
            self._outbox.drop_html(now - LATELY)
            self._ledger.recount(self._outbox.notifications_since(now - LATELY, limit=MOST_COUNTED))
        except StoreError as problem:
            log.warning("What is long over could not be forgotten: %s", problem)
            return
        if pruned:
            log.info("%d alerts that ended more than %d days ago are forgotten", pruned, KEPT.days)
