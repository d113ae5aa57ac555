"""A second notifier on the same home or database waits, and takes over when the first one is gone."""

import logging
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Protocol

from sqlalchemy import Engine

from deskwatch.clock import Monotonic, monotonic
from deskwatch.core.ticket import format_instant
from deskwatch.errors import LockHeldError
from deskwatch.store.database import open_database, sole_writer
from deskwatch.store.errors import StoreError
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.store.lock import OneOf

log = logging.getLogger(__name__)

POLL = 1.0
"""Seconds between two tries to take over."""
BEAT = 15.0
NAME = "deskwatch-notifier"
"""The name of the lock in a database that several homes share."""


class Performer(Protocol):
    """What works once its place is free; ``Notifier`` is one."""

    def tick(self, now: datetime) -> float: ...
    def wait(self, timeout: float) -> None: ...
    def kick(self) -> None: ...
    def close(self, now: datetime) -> None: ...


class Understudy:
    """Step and bell of a loop: waits for the place, then has ``make`` build the notifier and works as it.

    The place is the lock file of the home; for a database by URL, a lock in there as well. Both end with
    their holder, also after kill -9. The notifier is built only then, so it reads what the last one left.
    """

    def __init__(
        self,
        state: Path,
        make: Callable[[datetime], Performer],
        *,
        database: Path | str,
        clock: Monotonic = monotonic,
    ) -> None:
        self.performer: Performer | None = None
        self._state, self._make, self._database, self._clock = state, make, database, clock
        self._tokens: SimpleQueue[None] = SimpleQueue()
        self._place = ExitStack()
        self._is_ours: Callable[[], bool] = lambda: True
        self._since: datetime | None = None
        self._beat_due = 0.0

    def tick(self, now: datetime) -> float:
        """Work, or try to take over; answers the seconds until the next step."""
        if self.performer is not None and not self._is_ours():
            self._step_back(now)
        if self.performer is None and not self._take_over(now):
            return POLL
        assert self.performer is not None
        return self.performer.tick(now)

    def wait(self, timeout: float) -> None:
        """Wait for something to happen, at most ``timeout`` seconds."""
        if self.performer is not None:
            self.performer.wait(timeout)
            return
        try:
            self._tokens.get(timeout=max(timeout, 0.001))
        except Empty:
            return

    def kick(self) -> None:
        """End the wait."""
        self._tokens.put(None)
        if self.performer is not None:
            self.performer.kick()

    def close(self, now: datetime) -> None:
        """Stop working and free the place."""
        if self.performer is not None:
            self.performer.close(now)
            self.performer = None
        self._place.close()

    def _take_over(self, now: datetime) -> bool:
        with ExitStack() as place:
            try:
                place.enter_context(OneOf(self._state / "notifier.lock"))
            except LockHeldError as held:
                self._stand_by(str(held).partition(";")[0], now)
                return False
            is_ours = self._asked(self._database, place)
            if not is_ours():
                self._stand_by("another notifier uses the same database", now)
                return False
            if self._since is not None:
                log.warning("Taking over: the other notifier is gone")
                (self._state / "notifier-standby.json").unlink(missing_ok=True)
            self.performer = self._make(now)
            self._place, self._is_ours = place.pop_all(), is_ours
        return True

    def _step_back(self, now: datetime) -> None:
        """Somebody else may have taken over: forget everything, and read it again if the place is free."""
        log.error("The database has ended our session, so another notifier may have taken over")
        performer, self.performer = self.performer, None
        try:
            if performer is not None:
                performer.close(now)
        except StoreError as problem:
            log.warning("%s", problem)
        finally:
            self._place.close()

    @staticmethod
    def _asked(database: Path | str, place: ExitStack) -> Callable[[], bool]:
        """Whether the place in the database is ours; a file is used by one home, and its lock is enough."""
        if isinstance(database, Path):
            return lambda: True
        engine: Engine = open_database(database)
        place.callback(engine.dispose)
        return place.enter_context(sole_writer(engine, NAME))

    def _stand_by(self, why: str, now: datetime) -> None:
        """Say in a file of our own that we wait; the heartbeat belongs to the one that works."""
        if self._since is None:
            self._since = now
            log.warning("Standing by: %s. This one takes over when that one is gone", why)
        if self._clock() < self._beat_due:
            return
        self._beat_due = self._clock() + BEAT
        beat = {
            "schema": 1,
            "process": "notifier",
            "standby": True,
            "pid": os.getpid(),
            "host": socket.gethostname(),
            "since": format_instant(self._since),
            "beat_at": format_instant(now),
        }
        try:
            write_heartbeat(self._state / "notifier-standby.json", beat)
        except StoreError as problem:
            log.warning("%s", problem)
