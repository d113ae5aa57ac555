"""Keeps the boards true: folder, configuration, heartbeats and time go in, printed editions come out.

One thread steps; the threads that answer requests read ``published``, which is replaced as a whole and
never changed in place. Only the API reads the index itself, under ``lock``.
"""

import gc
import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deskwatch.clock import monotonic
from deskwatch.config import Config, Home, LiveConfig
from deskwatch.core.board import Board, Row, place
from deskwatch.core.sla import SlaRules
from deskwatch.core.ticket import Ticket
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch, Wake
from deskwatch.web.access import Gate
from deskwatch.web.cells import wall_time
from deskwatch.web.duty import Duty, duty_of
from deskwatch.web.edition import Edition, WallTime, pulse_of
from deskwatch.web.freshness import Freshness, Signs, assess
from deskwatch.web.index import BoardIndex
from deskwatch.web.pages import BoardPrinter, Pages
from deskwatch.web.printing import HTML, Printed
from deskwatch.web.reading import gate_of, look_of, patience_of

log = logging.getLogger(__name__)

PRINT_EVERY = 0.05
"""Seconds: in a burst of changes the boards are printed at most this often."""
GLANCE = 1.0
"""Seconds between two looks at heartbeats and configuration."""


NOT_ASSESSED = Freshness((), (), None)
_BEATS = ("watcher", "supervisor", "notifier")


@dataclass(frozen=True)
class Published:
    """What the web threads may read, all of one moment."""

    config: Config
    gate: Gate
    editions: Mapping[str, Edition] = field(default_factory=lambda: MappingProxyType({}))
    freshness: Freshness = NOT_ASSESSED
    loaded: bool = False


class LiveBoard:
    """One board with its index, its printer and the HTML it printed last."""

    def __init__(self, board: Board, rules: SlaRules, printer: BoardPrinter) -> None:
        self.board = board
        self.printer = printer
        self.index = BoardIndex(board, _placer(board, rules))
        self.dirty = True
        self.rows: Printed | None = None

    def print_rows(self, tickets: Mapping[str, Ticket], duty: Duty) -> Printed:
        """The board's HTML; the same object as before when nothing that is shown changed."""
        if self.dirty or self.rows is None:
            body = self.printer.wall(self.index, tickets, duty).encode("utf-8", "replace")
            if self.rows is None or self.rows.body != body:
                self.rows = Printed(body, HTML)
            self.dirty = False
        return self.rows

    def counts(self) -> dict[str, Any]:
        """Tickets per section and per SLA state."""
        states = self.index.states()
        return {
            "total": len(self.index),
            "sections": {s.id: self.index.count(s.id) for s in self.board.sections},
            "states": {state.value: n for state, n in sorted(states.items()) if n},
        }


def _placer(board: Board, rules: SlaRules) -> Callable[[Ticket, datetime], Row | None]:
    return lambda ticket, now: place(board, ticket, rules, now=now)


class Feed:
    """Feeds the boards. ``wait`` and ``kick`` make it the bell of a ``Loop`` whose step is ``step``."""

    def __init__(self, home: Home, live: LiveConfig, pages: Pages, *, build: str) -> None:
        rescan_interval = live.current.web.rescan_interval.total_seconds()
        self.lock = threading.Lock()
        self.mirror = TicketMirror(TicketFolder(home.tickets))
        self.watch = FolderWatch(home.tickets, rescan_interval=rescan_interval)
        self.boards: dict[str, LiveBoard] = {}
        self.last_rescan_at: datetime | None = None
        self.live = live
        self.published = Published(live.current, gate_of(live.current))
        self.build = build
        self._pages = pages
        self._time = WallTime("", 0)
        self._beats = {name: _Beat(home.state / f"{name}.json") for name in _BEATS}
        self._on_call = _Beat(home.state / "oncall.json")
        self.duty = Duty()
        self._wake = Wake(rescan=True)
        self._glance_due = self._print_due = 0.0
        self._unprinted = True
        self._open_boards()

    def wait(self, timeout: float) -> None:
        """Wait for something to happen, at most ``timeout`` seconds."""
        wake = self.watch.wait(timeout)
        self._wake = Wake(self._wake.names | wake.names, self._wake.rescan or wake.rescan)

    def kick(self) -> None:
        """End the wait."""
        self.watch.kick()

    def step(self, now: datetime) -> float:
        """Take in what happened, print what changed, and say in how many seconds to come again.

        1. configuration and heartbeats (each second)  2. ticket files  3. tickets whose moment has come
        4. print and publish, at most every ``PRINT_EVERY`` seconds
        """
        with self.lock, self._loading():
            self._glance(now)
            self._read_files(now)
            self._advance(now)
        if self._unprinted and monotonic() >= self._print_due:
            self._publish(now)
            self._print_due = monotonic() + PRINT_EVERY
        return self._patience(now)

    @contextmanager
    def _loading(self) -> Iterator[None]:
        """The first step makes millions of objects that stay: looking through them for garbage costs a fifth.

        Frozen, they also cost no later step the 0.1 s that a full collection takes among 100,000 tickets.
        """
        if self.mirror.loaded:
            yield
            return
        gc.disable()
        try:
            yield
        finally:
            gc.freeze()
            gc.enable()

    def _glance(self, now: datetime) -> None:
        if monotonic() < self._glance_due:
            return
        self._glance_due = monotonic() + GLANCE
        problems = self.live.problems
        if self.live.refresh():
            log.info("Configuration %d is in force.", self.live.generation)
            self._open_boards()
            for board in self.boards.values():
                board.index.apply(self.mirror.tickets.values(), now=now)
        changed = [beat.refresh() for beat in self._beats.values()]
        if self._on_call.refresh():
            self.duty = duty_of(self._on_call.content)
            for board in self.boards.values():
                board.dirty = self._unprinted = True
        turned = self.published.freshness.valid_until
        if any(changed) or problems != self.live.problems or (turned is not None and now >= turned):
            self._unprinted = True
        time = wall_time(now, self.live.current.zone)
        if time != self._time:
            self._time, self._unprinted = time, True

    def _open_boards(self) -> None:
        config = self.live.current
        look = look_of(config, self.build)
        self.watch.rescan_interval = config.web.rescan_interval.total_seconds()
        self.boards = {
            board.id: LiveBoard(board, config.sla, BoardPrinter(self._pages, board, look))
            for board in config.boards.values()
        }
        self._unprinted = True

    def _read_files(self, now: datetime) -> None:
        wake, self._wake = self._wake, Wake()
        if not wake:
            return
        changes = self.mirror.refresh(None if wake.rescan else wake.names)
        if wake.rescan:
            self.last_rescan_at = now
        for name, reason in changes.unreadable.items():
            log.warning("%s cannot be read and shows its last good version, if any: %s", name, reason)
        if changes or wake.rescan:
            self._unprinted = True
        for board in self.boards.values():
            if board.index.apply(changes.changed, changes.removed, now=now):
                board.dirty = True

    def _advance(self, now: datetime) -> None:
        for board in self.boards.values():
            if board.index.advance(self.mirror.tickets, now=now):
                board.dirty = self._unprinted = True

    def _publish(self, now: datetime) -> None:
        config = self.live.current
        freshness = assess(
            Signs(
                **{name: beat.content for name, beat in self._beats.items()},
                config_problems=self.live.problems,
                folder_problem=self.mirror.problem,
                unreadable=self.mirror.unreadable,
            ),
            patience=lambda source: patience_of(config, source),
            clock_words=lambda at: at.astimezone(config.zone).strftime("%H:%M:%S"),
            now=now,
        )
        editions = {b.board.id: self._edition(b, freshness, now) for b in self.boards.values()}
        gate = self.published.gate if self.published.config is config else gate_of(config)
        loaded = self.mirror.loaded
        self.published = Published(config, gate, MappingProxyType(editions), freshness, loaded)
        self._unprinted = False

    def _edition(self, live: LiveBoard, freshness: Freshness, now: datetime) -> Edition:
        rows = live.print_rows(self.mirror.tickets, self.duty)
        pulse = pulse_of(rows, freshness, live.counts(), build=self.build, time=self._time)
        before = self.published.editions.get(live.board.id)
        if before is not None and before.rows is rows and before.pulse.content == pulse.content:
            return before
        several = len(self.boards) > 1
        return Edition(
            board_id=live.board.id,
            rows=rows,
            pulse=pulse,
            print_page=lambda: live.printer.page(rows.body, rows.version, freshness, several, now=now),
        )

    def _patience(self, now: datetime) -> float:
        if self._unprinted:
            return max(self._print_due - monotonic(), 0.0)
        deadlines = [b.index.next_deadline for b in self.boards.values()]
        seconds = [(at - now) / timedelta(seconds=1) for at in deadlines if at is not None]
        return max(0.0, min([self._glance_due - monotonic(), *seconds]))


class _Beat:
    """A heartbeat file that is read again only when it is another file than before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self.content: dict[str, Any] | None = None

    def refresh(self) -> bool:
        """Read it if it was replaced; say whether it says something else now."""
        try:
            found = self._path.stat()
            stamp: tuple[int, int] | None = (found.st_mtime_ns, found.st_ino)
        except OSError:
            stamp = None
        if stamp == self._stamp:
            return False
        before, self._stamp = self.content, stamp
        self.content = read_heartbeat(self._path)
        return self.content != before
