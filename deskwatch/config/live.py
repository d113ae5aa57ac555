"""The configuration of a running process: a good edit is live at once, a bad one changes nothing."""

import logging
import os
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path

from deskwatch.clock import Clock, monotonic, utc_now
from deskwatch.config.home import Home
from deskwatch.config.loaded import Config
from deskwatch.config.loading import check, load
from deskwatch.config.problems import Problem

log = logging.getLogger(__name__)

Stamp = tuple[int, int, int]
Stamps = dict[Path, Stamp | None]

SETTLE_SECONDS = 0.05
"""A file that changed is read when it has not changed again for this long: editors write in two steps."""
ABSENT_SECONDS = 2.0
"""A file that vanished or turned empty is believed after this long: an editor may be replacing it."""


class LiveConfig:
    """The last good configuration of a home. ``refresh`` is cheap (one ``stat`` a file): call it every tick.

    Raises:
        ConfigError: the configuration is bad at the start, so there is no good one to keep.
    """

    def __init__(
        self,
        home: Home | Path,
        *,
        env: Mapping[str, str] = os.environ,
        needs: Collection[str] = ("deskwatch",),
        clock: Clock = utc_now,
        stopwatch: Callable[[], float] = monotonic,
        pause: Callable[[float], object] | None = None,
    ) -> None:
        self.home = home if isinstance(home, Home) else Home(home)
        self.generation = 1
        self.problems: tuple[str, ...] = ()
        """Empty, or a headline that says which configuration runs, and one line for each mistake."""
        self._env, self._needs, self._clock, self._stopwatch = env, needs, clock, stopwatch
        self.current: Config = load(self.home, env=env, needs=needs)
        self.loaded_at: datetime = clock()
        self._pause = pause or threading.Event().wait
        self._at_start = _needing_restart(self.current)
        self._seen = self._good = _stamps(self.current.files)
        self._absent_since: float | None = None

    @property
    def waits_for_restart(self) -> tuple[str, ...]:
        """Settings whose new values are read at the next start only, such as ``web.port``."""
        now = _needing_restart(self.current)
        return tuple(name for name, value in now.items() if value != self._at_start[name])

    def refresh(self, *, now_please: bool = False) -> bool:
        """Read the files again if any changed; ``True`` when a new good configuration became current.

        Never raises. A configuration file that vanished or turned empty does not bring back its defaults, and
        so never the demo, while the process runs: that takes a restart or ``now_please``, which reads
        everything whatever seems to have changed.
        """
        try:
            stamps = _stamps(self._seen)
            if not now_please and (stamps == self._seen or not self._settled(stamps)):
                return False
            return self._reload(trusting=now_please)
        except Exception:
            log.exception("The configuration could not be read again; the last good one stays")
            return False

    def _settled(self, stamps: Stamps) -> bool:
        gone = [
            path for path, stamp in stamps.items() if _is_absent(stamp) and not _is_absent(self._seen[path])
        ]
        if gone:
            self._absent_since = self._absent_since or self._stopwatch()
            if self._stopwatch() - self._absent_since < ABSENT_SECONDS:
                return False
        self._absent_since = None
        self._pause(SETTLE_SECONDS)
        return _stamps(stamps) == stamps

    def _reload(self, *, trusting: bool) -> bool:
        before = _stamps(self._seen)
        demo = trusting or self.current.demo
        checked = check(self.home, env=self._env, needs=self._needs, may_be_demo=demo)
        self._seen = {**_stamps(checked.files - before.keys()), **before}
        self._absent_since = None
        lost = [] if trusting else self._lost()
        errors = [problem for problem in checked.problems if problem.severity == "error"]
        if checked.config is None or lost:
            self._keep(sorted([*errors, *lost]))
            return False
        self._good = self._seen
        self.problems = ()
        if checked.config == self.current:
            return False
        self.current, self.loaded_at = checked.config, self._clock()
        self.generation += 1
        log.info("Configuration read again (generation %d)", self.generation)
        for warning in checked.problems:
            log.warning("%s", warning)
        if waiting := self.waits_for_restart:
            log.warning("Takes effect at the next start: %s", ", ".join(waiting))
        return True

    def _lost(self) -> list[Problem]:
        """Configuration files that were there when the running configuration was read, and are not now."""
        message = "is gone or empty; put it back, or restart to run on its defaults"
        return [
            Problem(f"config/{path.name}", message=message)
            for path, stamp in self._seen.items()
            if path.parent == self.home.config and _is_absent(stamp) and not _is_absent(self._good.get(path))
        ]

    def _keep(self, errors: list[Problem]) -> None:
        counts: dict[str, int] = {}
        for problem in errors:
            name = problem.file.removeprefix("config/")
            counts[name] = counts.get(name, 0) + 1
        told = ", ".join(f"{file}: {n} problem{'s' if n > 1 else ''}" for file, n in counts.items())
        since = self.loaded_at.astimezone(self.current.zone)
        problems = (f"running on the configuration of {since:%H:%M}; {told}", *map(str, errors))
        if problems != self.problems:
            self.problems = problems
            for line in problems:
                log.error("%s", line)


def _needing_restart(config: Config) -> dict[str, object]:
    web, log_, door = config.web, config.log, config.watcher.listener
    return {
        "watcher.listener": door and (door.host, door.port, door.trusted_proxies, door.api),
        "web.host": web.host,
        "web.port": web.port,
        "database": config.database_url,
        "log.level": log_.level,
        "log.format": log_.format,
        "log.file": log_.file,
    }


def _stamps(files: Iterable[Path]) -> Stamps:
    return {path: _stamp(path) for path in files}


def _stamp(path: Path) -> Stamp | None:
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_mtime_ns, about.st_size, about.st_ino


def _is_absent(stamp: Stamp | None) -> bool:
    return stamp is None or stamp[1] == 0
