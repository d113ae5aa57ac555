"""Learn quickly that something in the ticket folder changed.

Events of the operating system are hints: they get lost in bursts, on network shares and when the folder is
replaced. So a hint names files to read at once, and a look at the whole folder, at the latest after
``rescan_interval``, is what makes sure. Once a second the watch compares the folder with what it heard, and
listens anew when it has gone deaf.
"""

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

from watchdog.events import (
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from deskwatch.clock import monotonic
from deskwatch.store.mounts import network_file_system
from deskwatch.store.names import is_ticket_file

log = logging.getLogger(__name__)

CHECK = 1.0
"""Seconds between two looks at the folder itself. One look costs a ``stat``."""

BURST = 500
"""After so many names at once some may have been dropped without a word: look at everything once more."""

_HEARD = (FileMovedEvent, FileCreatedEvent, FileDeletedEvent)
_RETRY = 60.0  # seconds until native events are tried again


@dataclass(frozen=True, slots=True)
class Wake:
    """Why ``wait`` came back. ``rescan``: look at the whole folder; the names alone do not suffice."""

    names: frozenset[str] = frozenset()
    rescan: bool = False
    kicked: bool = False

    def __bool__(self) -> bool:
        return bool(self.names or self.rescan or self.kicked)


class FolderWatch:
    """Watches one folder, not what lies below it. One thread waits; any thread or signal handler may kick.

    Use: ``start``, then in a loop ``wake = watch.wait(timeout)`` and
    ``mirror.refresh(None if wake.rescan else wake.names)``. The first wait asks for a rescan, so that
    nothing between loading and listening is missed.

    Attributes:
        mode: ``native`` (events of the system) or ``polling`` (the folder's time stamp, every second).
        why: in words, why it is polling; empty when native.
        misses: how often the folder had changed and no event had said so.
    """

    def __init__(self, folder: Path, *, rescan_interval: float) -> None:
        self.folder = folder
        self.rescan_interval = rescan_interval
        self.mode = "polling"
        self.why = "not started"
        self.misses = 0
        self._queue: SimpleQueue[str | _Token] = SimpleQueue()
        self._ear: _Ear | None = None
        self._place: tuple[int, int] | None = None
        self._changed_at = 0
        self._suspected = False
        self._rescan_due = self._check_due = self._retry_due = 0.0

    def start(self) -> None:
        """Begin to listen. Never fails: what the system does not offer is replaced by polling."""
        self._arm()

    def stop(self) -> None:
        """Stop listening (within 2 s) and let a waiting thread go."""
        self._disarm()
        self.mode, self.why = "polling", "stopped"
        self._queue.put(_KICK)

    def kick(self) -> None:
        """End the current wait, or the next one. Safe in a signal handler: a SimpleQueue takes no lock."""
        self._queue.put(_KICK)

    def wait(self, timeout: float) -> Wake:
        """Wait for a reason to look, at most ``timeout`` seconds; everything that piled up is one wake."""
        until = monotonic() + timeout
        while True:
            now = monotonic()
            rescan = self._is_rescan_due(now)
            wake = self._gather(
                0.0 if rescan else min(until, self._check_due, self._rescan_due) - now, rescan
            )
            if wake or monotonic() >= until:
                return wake

    def _gather(self, patience: float, rescan: bool) -> Wake:
        names: set[str] = set()
        kicked = False
        try:
            token = self._queue.get(timeout=patience) if patience > 0 else self._queue.get_nowait()
            while True:
                if isinstance(token, str):
                    names.add(token)
                elif token is _RESCAN:
                    rescan = True
                else:
                    kicked = True
                token = self._queue.get_nowait()
        except Empty:
            pass
        if len(names) >= BURST:
            self._rescan_due = min(self._rescan_due, monotonic() + CHECK)
        if rescan:
            self._rescan_due = monotonic() + self.rescan_interval
        return Wake(frozenset(names), rescan, kicked)

    def _is_rescan_due(self, now: float) -> bool:
        if now >= self._check_due:
            self._check_due = now + min(CHECK, self.rescan_interval)
            self._check(now)
        return now >= self._rescan_due

    # The folder itself

    def _check(self, now: float) -> None:
        """Is it still the folder we listen to, are we still heard, and did it change behind our back?"""
        try:
            found = os.stat(self.folder)
        except OSError as problem:
            self._lose(f"the folder {self.folder} cannot be read: {problem.strerror}")
            return
        ear = self._ear
        if self._place != (found.st_dev, found.st_ino):
            self._rearm("the folder was replaced")
        elif ear is not None and not ear.is_alive():
            self._rearm("the listening thread had ended")
        elif ear is None and now >= self._retry_due:
            self._arm()
        elif found.st_mtime_ns != self._changed_at:
            self._changed_at = found.st_mtime_ns
            self._suspected = ear is None or not ear.take_heard()
            if ear is None:
                self._rescan_due = 0.0
        elif self._suspected:
            self._suspected = False
            if ear is None:
                self._rescan_due = (
                    0.0  # once more: a second change may hide in the same tick of the file system
                )
            elif not ear.take_heard():
                self.misses += 1
                self._rearm("the folder changed and no event said so")

    def _lose(self, why: str) -> None:
        if self._place is not None:
            log.warning("%s; looking again every second", why)
        self._disarm()
        self.mode, self.why, self._place = "polling", why, None

    def _rearm(self, why: str) -> None:
        if self._place is not None:
            log.warning("%s: %s; listening anew", self.folder, why)
        self._disarm()
        self._arm()

    def _arm(self) -> None:
        """Listen, natively if possible, and have everything looked at once."""
        self._rescan_due, self._suspected = 0.0, False
        self._retry_due = monotonic() + _RETRY
        try:
            real = os.path.realpath(self.folder)
            found = os.stat(real)
            self._place, self._changed_at = (found.st_dev, found.st_ino), found.st_mtime_ns
            share = network_file_system(real)
            if share is not None:
                self.mode, self.why = "polling", f"{share} does not tell about changes made elsewhere"
                return
            self._ear = _Ear(real, self._queue.put)
        except OSError as problem:
            words = problem.strerror or str(problem)
            self.mode, self.why = "polling", f"the system offers no file events: {words}"
            log.warning("%s: %s; looking at it every second instead", self.folder, self.why)
        else:
            self.mode, self.why = "native", ""

    def _disarm(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()


class _Token:
    """Something other than a file name in the queue."""


_RESCAN = _Token()
_KICK = _Token()


class _Ear(FileSystemEventHandler):
    """Puts the names the observer hears into a queue and does no more: an error here would end its thread."""

    def __init__(self, folder: str, put: Callable[[str | _Token], None]) -> None:
        self._put = put
        self._heard = False
        self._overflow = _OverflowListener(put)
        self._observer: BaseObserver | None = None
        observer = Observer()
        try:
            observer.schedule(self, folder, recursive=False, event_filter=list(_HEARD))
            observer.start()
        except BaseException:
            observer.stop()  # its reader thread runs since it was made
            raise
        self._observer = observer
        _WATCHDOG_LOG.addHandler(self._overflow)

    def dispatch(self, event: FileSystemEvent) -> None:
        self._heard = True
        for path in (event.src_path, event.dest_path):
            name = os.path.basename(os.fsdecode(path))
            if name and is_ticket_file(name):
                self._put(name)

    def take_heard(self) -> bool:
        """Whether there was any event since this was asked last."""
        heard, self._heard = self._heard, False
        return heard

    def is_alive(self) -> bool:
        observer = self._observer
        return observer is not None and observer.is_alive() and all(e.is_alive() for e in observer.emitters)

    def close(self) -> None:
        _WATCHDOG_LOG.removeHandler(self._overflow)
        observer, self._observer = self._observer, None
        if observer is not None:
            observer.stop()
            observer.join(1.0)


_WATCHDOG_LOG = logging.getLogger("watchdog.observers.inotify_c")


class _OverflowListener(logging.Handler):
    """watchdog 7 tells of an overflow of the kernel's queue in its log and nowhere else."""

    def __init__(self, put: Callable[[str | _Token], None]) -> None:
        super().__init__(logging.WARNING)
        self._put = put

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.msg:
            self._put(_RESCAN)
