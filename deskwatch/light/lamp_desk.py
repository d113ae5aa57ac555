"""One board as a lamp sees it: its own look at the tickets, heartbeats and configuration of a home."""

import logging
from datetime import datetime, timedelta

from deskwatch.clock import monotonic
from deskwatch.config import Home, LiveConfig
from deskwatch.core.board import place
from deskwatch.core.light import Light, light_of
from deskwatch.errors import UsageError
from deskwatch.settings import nearest
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch, Wake
from deskwatch.web.freshness import Signs, assess
from deskwatch.web.index import BoardIndex
from deskwatch.web.lamp import LampFacts, stale_reason
from deskwatch.web.reading import patience_of

log = logging.getLogger(__name__)

GLANCE = 1.0
"""Seconds between two looks at configuration and heartbeats."""


class LampDesk:
    """Says which light a board has. It is the bell of a loop: a changed ticket file ends its wait."""

    def __init__(self, home: Home, live: LiveConfig, board_id: str) -> None:
        """Raises ``UsageError`` when there is no such board."""
        self._home, self._live, self._board_id = home, live, board_id
        rescan = live.current.web.rescan_interval.total_seconds()
        self._mirror = TicketMirror(TicketFolder(home.tickets))
        self.watch = FolderWatch(home.tickets, rescan_interval=rescan)
        self._wake = Wake(rescan=True)
        self._facts = LampFacts()
        self._stale: str | None = None
        self._glance_due = 0.0
        self._index = self._open()

    def wait(self, timeout: float) -> None:
        """Wait for a changed ticket file, at most ``timeout`` seconds."""
        wake = self.watch.wait(timeout)
        self._wake = Wake(self._wake.names | wake.names, self._wake.rescan or wake.rescan)

    def kick(self) -> None:
        """End the wait."""
        self.watch.kick()

    def light(self, now: datetime) -> Light:
        """Take in what happened, and say what the lamp shows."""
        glance = monotonic() >= self._glance_due
        if glance:
            self._glance_due = monotonic() + GLANCE
            self._refresh_settings(now)
        wake, self._wake = self._wake, Wake()
        if wake:
            changes = self._mirror.refresh(None if wake.rescan else wake.names)
            self._index.apply(changes.changed, changes.removed, now=now)
        self._index.advance(self._mirror.tickets, now=now)
        if glance or wake:
            self._stale = self._why_stale(now)
        return light_of(self._index.board.light, self._facts.of(self._index), self._stale)

    def seconds_to_next_change(self, now: datetime) -> float | None:
        """When time alone may change the light: the next deadline of a ticket."""
        at = self._index.next_deadline
        return None if at is None else max((at - now) / timedelta(seconds=1), 0.0)

    def _refresh_settings(self, now: datetime) -> None:
        if self._live.refresh():
            if self._board_id in self._live.current.boards:
                self._index = self._open()
                self._index.apply(self._mirror.tickets.values(), now=now)
            else:
                log.error("There is no board %r any more; its last rules stay.", self._board_id)

    def _open(self) -> BoardIndex:
        config = self._live.current
        board = config.boards.get(self._board_id)
        if board is None:
            known = nearest(self._board_id, config.boards) or f" Boards are: {', '.join(config.boards)}."
            raise UsageError(f"There is no board {self._board_id!r}.{known}")
        rules = config.sla
        self.watch.rescan_interval = config.web.rescan_interval.total_seconds()
        return BoardIndex(board, lambda ticket, now: place(board, ticket, rules, now=now))

    def _why_stale(self, now: datetime) -> str | None:
        config = self._live.current
        state = self._home.state
        signs = Signs(
            watcher=read_heartbeat(state / "watcher.json"),
            supervisor=read_heartbeat(state / "supervisor.json"),
            notifier=read_heartbeat(state / "notifier.json"),
            folder_problem=self._mirror.problem,
            unreadable=self._mirror.unreadable,
        )
        freshness = assess(
            signs,
            patience=lambda source: patience_of(config, source),
            now=now,
        )
        return stale_reason(freshness, len(self._mirror.unreadable), now=now)
