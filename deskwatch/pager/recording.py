"""Commits a round, then has it sent: in this order, whatever happens in between."""

import logging
from datetime import datetime, timedelta

from deskwatch.core.alerts import AlertState
from deskwatch.core.ticket import format_instant
from deskwatch.pager.delivery import Taken
from deskwatch.pager.dispatch import Dispatcher
from deskwatch.pager.inbox import Inbox
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.resuming import LAST_TICK, OLD_UNTIL
from deskwatch.store.errors import StoreError
from deskwatch.store.outbox import Outbox

log = logging.getLogger(__name__)

REMEMBER_EVERY = timedelta(minutes=1)
"""An idle notifier records so often that it still looks, so that a later start knows how long nobody did."""


class Recording:
    """The only place that commits.

    Attributes:
        problem: why the database could not be used the last time; empty: it could.
        taken: what the dispatcher leaves to the next round.
    """

    def __init__(self, outbox: Outbox, ledger: Ledger, dispatcher: Dispatcher, inbox: Inbox) -> None:
        self.problem = ""
        self.taken = Taken()
        self._outbox, self._ledger, self._dispatcher, self._inbox = outbox, ledger, dispatcher, inbox
        self._remembered_at: datetime | None = None

    def commit(self, *, has_seen_all: bool, now: datetime) -> bool:
        """Record the round. What cannot be recorded is part of the next round, and nothing is sent then.

        ``has_seen_all``: no ticket waits to be looked at, so that a later start may begin from here.
        """
        last = self._remembered_at
        recently = last is not None and last <= now < last + REMEMBER_EVERY  # not while the clock is set back
        if has_seen_all and not recently:
            self._ledger.remember({LAST_TICK: format_instant(now), OLD_UNTIL: ""})
        batch = self._ledger.batch()
        try:
            self._outbox.commit(batch)
        except StoreError as problem:
            self._fail(problem)
            return False
        self.problem = ""
        self._dispatcher.learn(batch)
        self._ledger.committed()
        self._inbox.committed()
        if LAST_TICK in batch.facts:
            self._remembered_at = now
        return True

    def send(self, now: datetime) -> bool:
        """Let go what may be sent, and hear what became of the rest."""
        try:
            self.taken = self._dispatcher.take(now, awaiting=self.is_awaiting)
        except StoreError as problem:
            self._fail(problem)
            return False
        return True

    def take(self) -> Taken:
        """What the last round left, once; the dispatcher tells it again until it is committed."""
        taken, self.taken = self.taken, Taken()
        return taken

    @property
    def is_awaiting(self) -> bool:
        """Whether somebody was told and nobody has taken it, so that an answer is hoped for."""
        living = self._ledger.living.values()
        return any(each.state is AlertState.OPEN and (each.step or each.lap) for each in living)

    def next_at(self, now: datetime) -> datetime | None:
        """When the dispatcher has something to do."""
        return self._dispatcher.next_at(now, awaiting=self.is_awaiting)

    def _fail(self, problem: StoreError) -> None:
        self.problem = str(problem)
        log.error("Nothing is sent: %s", problem)
