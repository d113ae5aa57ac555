"""Learn quickly that something in the ticket folder changed.

Events of the operating system are hints: they get lost in bursts, on network shares and when the folder is
replaced. So a hint names files to read at once, and a look at the whole folder, at the latest after
``rescan_interval``, is what makes sure. Once a second the watch compares the folder with what it heard, and
listens anew when it has gone deaf.
"""

import logging
import math
import os
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Lock

from watchdog.observers import Observer

from deskwatch.clock import monotonic
from deskwatch.store.listener import RESCAN, FolderListener, MakeObserver
from deskwatch.store.mounts import network_file_system

log = logging.getLogger(__name__)

CHECK = 1.0
"""Seconds between two looks at the folder itself. One look costs a ``stat``."""

BURST = 500
"""After so many events in a row some may have been dropped without a word: look at everything once more."""

BREATH = 0.02
"""Seconds to let a burst gather. Taking each event by itself makes our thread and watchdog's three hand the
interpreter to and fro, and reads a file as often as it was written."""

_KICK = None
_ON_ITS_WAY = 0.8  # seconds an event may take; watchdog holds a rename out of the folder back for 0.5
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

    def __init__(
        self,
        folder: Path,
        *,
        rescan_interval: float,
        check_interval: float = CHECK,
        observer: MakeObserver = Observer,
    ) -> None:
        """Intervals in seconds; ``observer`` makes what listens to the system."""
        self.folder = folder
        self.rescan_interval = rescan_interval
        self._check_interval = min(check_interval, rescan_interval)
        self.mode = "polling"
        self.why = "not started"
        self.misses = 0
        self._make_observer = observer
        self._queue: SimpleQueue[str | None] = SimpleQueue()  # a file name, or RESCAN, or KICK
        self._listener: FolderListener | None = None
        self._changing = Lock()  # stop() may come while wait() listens anew
        self._stopped = False
        self._place: tuple[int, int] | None = None
        self._modified = 0
        self._modified_at = math.inf  # when a change was noticed that no event has told of yet
        self._rescan_due = self._check_due = self._retry_due = 0.0
        self._burst_look = math.inf
        self._burst = 0  # events since it was last quiet
        self._told_at = -math.inf
        self._breath = Event()  # never set

    def start(self) -> None:
        """Begin to listen. Never fails: what the system does not offer is replaced by polling."""
        self._stopped = False
        self._listen()

    def stop(self) -> None:
        """Stop listening (within 2 s) and let a waiting thread go."""
        with self._changing:
            self._stopped = True
            self._close()
            self.mode, self.why = "polling", "stopped"
        self.kick()

    def kick(self) -> None:
        """End the current wait, or the next one. Safe in a signal handler: a SimpleQueue takes no lock."""
        self._queue.put(_KICK)

    def wait(self, timeout: float) -> Wake:
        """Wait for a reason to look, at most ``timeout`` seconds; everything that piled up is one wake."""
        until = monotonic() + timeout
        while True:
            now = monotonic()
            if now >= self._check_due:
                self._check_due = now + self._check_interval
                self._check(now)
            if now >= self._burst_look:
                self._end_burst(now)
            look_at = min(self._rescan_due, self._burst_look)
            wake = self._gather(min(until, self._check_due, look_at) - now, rescan=now >= look_at)
            if wake or monotonic() >= until:
                return wake

    def _gather(self, patience: float, *, rescan: bool) -> Wake:
        """Everything that is in the queue; if it is empty, what comes first within ``patience`` seconds."""
        tokens: list[str | None] = []
        try:
            if patience > 0 and not rescan:
                tokens.append(self._queue.get(timeout=patience))
                if monotonic() - self._told_at < BREATH:
                    self._breath.wait(BREATH)
            while True:
                tokens.append(self._queue.get_nowait())
        except Empty:
            pass
        names = frozenset(token for token in tokens if token)  # neither RESCAN nor KICK
        rescan = rescan or RESCAN in tokens
        self._note(len(tokens), rescan=rescan)
        return Wake(names, rescan, _KICK in tokens)

    def _note(self, told: int, *, rescan: bool) -> None:
        """Decide when to look at everything again: after the interval, and soon after a burst."""
        now = monotonic()
        if told:
            self._burst = told + (self._burst if now - self._told_at < self._check_interval else 0)
            self._told_at = now
        if rescan:
            self._rescan_due, self._burst_look, self._burst = now + self.rescan_interval, math.inf, 0
        elif self._burst >= BURST:
            self._burst_look = min(self._burst_look, now + self._check_interval)

    def _end_burst(self, now: float) -> None:
        """Look at everything. If events still come, forget those on their way first: watchdog compares each
        with all others that wait, so that 16,000 of them keep it busy for 15 s."""
        self._rescan_due, self._burst_look = now, math.inf
        if now - self._told_at < 5 * BREATH or not self._queue.empty():
            self._listen()

    def _check(self, now: float) -> None:
        """Is it still the folder we listen to, are we still told, and did it change behind our back?"""
        try:
            found = os.stat(self.folder)
        except OSError as problem:
            with self._changing:
                self._lose(problem)
            return
        modified, self._modified = found.st_mtime_ns != self._modified, found.st_mtime_ns
        listener = self._listener
        if self._place != (found.st_dev, found.st_ino):
            self._listen("the folder was replaced")
        elif listener is None:
            self._poll(now, modified)
        elif not listener.is_alive():
            self._listen("the listening thread had ended")
        elif listener.take_heard():
            self._modified_at = math.inf
        elif now - self._modified_at >= _ON_ITS_WAY:
            self.misses += 1
            self._listen("the folder changed and no event told")
        elif modified:
            self._modified_at = min(self._modified_at, now)

    def _poll(self, now: float, modified: bool) -> None:
        """Without events: look when the folder's time stamp moved, and once more as it may move in steps."""
        if modified:
            self._rescan_due, self._modified_at = now, now
        elif now >= self._modified_at:
            self._rescan_due, self._modified_at = now, math.inf
        elif now >= self._retry_due:
            self._listen()

    def _listen(self, because: str = "") -> None:
        """Listen (anew), natively if possible, and have everything looked at."""
        if because and self._place is not None:
            log.warning("%s: %s; listening anew", self.folder, because)
        with self._changing:
            self._close()
            if self._stopped:
                return
            self._rescan_due, self._modified_at, self._retry_due = 0.0, math.inf, monotonic() + _RETRY
            try:
                real = os.path.realpath(self.folder)  # the system would watch a link and not where it leads
                found = os.stat(real)
            except OSError as problem:
                self._lose(problem)
                return
            self._place, self._modified = (found.st_dev, found.st_ino), found.st_mtime_ns
            self._open(real)

    def _open(self, real: str) -> None:
        share = network_file_system(real)
        if share is not None:
            self._fall_back(f"{share} does not tell about changes made elsewhere")
            return
        try:
            self._listener = FolderListener(real, self._queue.put, self._make_observer)
        except OSError as problem:
            self._fall_back(f"the system offers no file events: {problem.strerror or problem}")
        else:
            self.mode, self.why = "native", ""

    def _lose(self, problem: OSError) -> None:
        self._close()
        self._place = None
        self._fall_back(f"the folder cannot be read: {problem.strerror}")

    def _fall_back(self, why: str) -> None:
        if why != self.why:
            log.warning("%s: %s; looking at it every second instead", self.folder, why)
        self.mode, self.why = "polling", why

    def _close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
