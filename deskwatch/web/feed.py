"""Keeps the boards true: folder, configuration, heartbeats and time go in, printed editions come out.

One thread steps; the threads that answer requests read ``published``, which is replaced as a whole and
never changed in place. Only the API reads the index itself, under ``lock``.
"""

import gc
import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deskwatch.clock import monotonic
from deskwatch.config import Config, Home, LiveConfig
from deskwatch.core.before_opening import closed_hours
from deskwatch.core.privacy import Privacy
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder
from deskwatch.store.watch import FolderWatch, Wake
from deskwatch.web.access import Gate
from deskwatch.web.choosing import choose
from deskwatch.web.duty import Duty, duty_of
from deskwatch.web.edition import Edition
from deskwatch.web.freshness import Freshness, Signs, assess
from deskwatch.web.notices import NoticeFile
from deskwatch.web.pages import Pages
from deskwatch.web.printing import Printed
from deskwatch.web.reading import NEVER, Mood, gate_of, look_of, mood_of, naming_of, patience_of
from deskwatch.web.table import CSV, table_of
from deskwatch.web.views import LiveBoard, Present

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
    present: Present
    editions: Mapping[str, Edition] = field(default_factory=lambda: MappingProxyType({}))
    loaded: bool = False

    @property
    def freshness(self) -> Freshness:
        """How far the tickets may be believed."""
        return self.present.freshness


class Feed:
    """Feeds the boards. ``wait`` and ``kick`` make it the bell of a ``Loop`` whose step is ``step``."""

    def __init__(self, home: Home, live: LiveConfig, pages: Pages, *, build: str) -> None:
        rescan_interval = live.current.web.rescan_interval.total_seconds()
        self.lock = threading.RLock()
        self.mirror = TicketMirror(TicketFolder(home.tickets))
        self.watch = FolderWatch(home.tickets, rescan_interval=rescan_interval)
        self.boards: dict[str, LiveBoard] = {}
        self.last_rescan_at: datetime | None = None
        self.live = live
        self.published = Published(live.current, gate_of(live.current), Present(NEVER, NOT_ASSESSED))
        self.build = build
        self._pages = pages
        self._mood: Mood | None = None
        self._beats = {name: _Beat(home.state / f"{name}.json") for name in _BEATS}
        self._on_call = _Beat(home.state / "oncall.json")
        self._notice = NoticeFile()
        self._turn: datetime | None = None
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

    def edition(
        self, board_id: str, query: str = "", privacy: Privacy = Privacy.FULL, *, guest: bool = False
    ) -> Edition | None:
        """The edition of a board for the wishes in an address; ``None``: there is no such board.

        ``privacy`` is the most that whoever asks may see; a ``guest`` sees some boards only.
        """
        published, live = self.published, self.boards.get(board_id)
        if live is None or board_id not in published.editions:
            return None
        wishes = live.wishes(query, privacy)
        if guest:
            wishes = replace(wishes, guest=True)
        if live.is_usual(wishes):
            return published.editions[board_id]
        at_hand = live.at_hand(wishes, published.present)
        if at_hand is not None:
            return at_hand
        with self.lock:
            return live.edition(self.published.present, wishes)

    def table(self, board_id: str, query: str = "", privacy: Privacy = Privacy.FULL) -> Printed:
        """All tickets of a board that fulfil the wishes in an address, as CSV.

        Raises:
            KeyError: there is no such board.
        """
        with self.lock:
            live = self.boards[board_id]
            view = live.wishes(query, privacy).view
            titles = {name: mark.title for name, mark in live.look.marks.items()}
            return Printed(table_of(live.board, view, choose(live.index, view), titles), CSV)

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
            with self.lock:
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
        changed.append(self._notice.refresh(self.live.current))
        if self._on_call.refresh():
            self.duty = duty_of(self._on_call.content)
            self._unprinted = True
        turned = self.published.freshness.valid_until
        if any(changed) or problems != self.live.problems or (turned is not None and now >= turned):
            self._unprinted = True
        mood = mood_of(self.live.current, now=now)
        if mood != self._mood:
            self._mood, self._unprinted = mood, True

    def _open_boards(self) -> None:
        config = self.live.current
        look = look_of(config, self.build)
        self.watch.rescan_interval = config.web.rescan_interval.total_seconds()
        self.boards = {
            board.id: LiveBoard(board, config.sla, self._pages, look, lambda: self.lock)
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
                board.changed()

    @property
    def beats(self) -> Mapping[str, Mapping[str, Any]]:
        """What each process said last, by its name; nothing of one that never said anything."""
        return {name: beat.content or {} for name, beat in self._beats.items()}

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the configuration and with the notice, one line each."""
        return (*self.live.problems, *self._notice.problems)

    def _advance(self, now: datetime) -> None:
        if self._turn is not None and now >= self._turn:
            self._turn, self._unprinted = None, True
        for board in self.boards.values():
            if board.index.advance(self.mirror.tickets, now=now):
                board.changed()
                self._unprinted = True

    def _publish(self, now: datetime) -> None:
        config = self.live.current
        freshness = assess(
            Signs(
                **{name: beat.content for name, beat in self._beats.items()},
                config_problems=self.problems,
                folder_problem=self.mirror.problem,
                unreadable=self.mirror.unreadable,
            ),
            patience=lambda source: patience_of(config, source),
            naming=lambda source: naming_of(config, source),
            now=now,
        )
        present = self._present(freshness, now)
        editions = {b.board.id: b.edition(present) for b in self.boards.values()}
        gate = self.published.gate if self.published.config is config else gate_of(config)
        loaded = self.mirror.loaded
        self.published = Published(config, gate, present, MappingProxyType(editions), loaded)
        self._unprinted = False

    def _present(self, freshness: Freshness, now: datetime) -> Present:
        mood = self._mood or mood_of(self.live.current, now=now)
        notices, closed = self._notice.notices, closed_hours(self.live.current.desk_calendar, now=now)
        turns = (notices.next_change(now), closed.valid_until if closed else None)
        self._turn = min((at for at in turns if at is not None), default=None)
        return Present(
            now=now,
            freshness=freshness,
            duty=self.duty,
            boards=tuple((b.board.id, b.board.title) for b in self.boards.values()),
            hush=mood.hush,
            day=mood.day,
            reload_at=mood.reload_at,
            notices=notices,
            closed=closed,
        )

    def _patience(self, now: datetime) -> float:
        if self._unprinted:
            return max(self._print_due - monotonic(), 0.0)
        deadlines = [self._turn, *(b.index.next_deadline for b in self.boards.values())]
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
