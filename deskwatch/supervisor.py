"""Runs the watcher, the notifier and the dashboard as one: starts them, starts them again, stops them.

It knows nothing about tickets and keeps nothing but ``state/supervisor.json``, in which the dashboard reads
that a process is restarting or has failed.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deskwatch import __version__
from deskwatch.child import Child, Program
from deskwatch.clock import Monotonic, monotonic
from deskwatch.console import Console
from deskwatch.core.ticket import format_instant
from deskwatch.daemon import Bell
from deskwatch.errors import DeskwatchError
from deskwatch.restarts import PROVEN, Restarts
from deskwatch.store.heartbeat import write_heartbeat

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
LOOK_SECONDS = 1.0
"""How often children are looked at; the end of one is noticed at once, because its output ends."""
STOP_SECONDS = 4.0
"""What all children together get to stop by themselves; then they are killed."""


@dataclass
class _Post:
    """The place of one program: the process that fills it now, or when the next one shall."""

    program: Program
    restarts: Restarts = field(default_factory=Restarts)
    child: Child | None = None
    since: datetime | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    next_start_at: datetime | None = None


class Supervisor:
    """``tick(now)`` looks after all programs once; ``shut_down`` stops them."""

    def __init__(
        self,
        programs: Callable[[], Iterable[Program]],
        *,
        console: Console,
        bell: Bell,
        heartbeat: Path,
        pid: int,
        settings_stamp: Callable[[], object] = lambda: None,
        monotonic: Monotonic = monotonic,
    ) -> None:
        """
        Args:
            programs: what shall run now; asked at every tick, so that a reload can add or remove one.
            settings_stamp: changes when the configuration on disk does; then what waits is tried at once.
        """
        self._programs, self._settings_stamp, self._monotonic = programs, settings_stamp, monotonic
        self._console, self._bell = console, bell
        self._heartbeat, self._pid = heartbeat, pid
        self._posts: dict[str, _Post] = {}
        self._stamp = settings_stamp()
        self._began_at: datetime | None = None
        self._beat_due = 0.0

    def tick(self, now: datetime) -> float:
        """Notice ends, notice new settings, start what is due, beat. Answers the seconds to wait."""
        at = self._monotonic()
        self._began_at = self._began_at or now
        changed = self._fill_posts()
        for post in self._posts.values():
            changed |= self._notice_end(post, at=at, now=now)
        if (stamp := self._settings_stamp()) != self._stamp:
            self._stamp = stamp
            self.retry_now()
        for post in self._posts.values():
            if post.child is None and at >= post.due_at:
                self._start(post, at=at, now=now)
                changed = True
        if changed or at >= self._beat_due:
            self._beat_due = at + BEAT_SECONDS
            self._beat(now)
        return LOOK_SECONDS

    def retry_now(self) -> None:
        """Start what waits without waiting any longer: the reason may just have been mended."""
        for post in self._posts.values():
            post.due_at = 0.0

    def ask_to_reload(self) -> None:
        """Pass a SIGHUP on."""
        for post in self._posts.values():
            if post.child:
                post.child.ask_to_reload()
        self.retry_now()

    def shut_down(self, *, hurry: Callable[[], bool] = lambda: False) -> None:
        """Ask all children to stop, give them ``STOP_SECONDS``, kill the rest. ``hurry`` cuts that short."""
        running = {name: post.child for name, post in self._posts.items() if post.child}
        for child in running.values():
            child.ask_to_stop()
        until = self._monotonic() + STOP_SECONDS
        while any(child.exit_code() is None for child in running.values()):
            if hurry() or self._monotonic() > until:
                break
            self._bell.wait(0.05)
        for name, child in running.items():
            if child.exit_code() is None:
                log.warning("The %s did not stop and was killed", name)
                child.kill()
                child.wait(2.0)
        self._posts.clear()

    def _fill_posts(self) -> bool:
        wanted = {program.name: program for program in self._programs()}
        gone = [name for name in self._posts if name not in wanted]
        for name in gone:
            child = self._posts.pop(name).child
            if child:
                child.kill()
                child.wait(1.0)
        new = [name for name in wanted if name not in self._posts]
        for name in new:
            self._posts[name] = _Post(wanted[name])
        for name, post in self._posts.items():
            post.program = wanted[name]
        return bool(gone or new)

    def _notice_end(self, post: _Post, *, at: float, now: datetime) -> bool:
        if post.child is None:
            return False
        code = post.child.exit_code()
        if code is None:
            if post.restarts.state != "running" and at - post.started_at >= PROVEN:
                post.restarts.proven()
                return True
            return False
        pause = post.restarts.after_exit(code, at=at)
        post.child, post.since, post.due_at = None, now, at + pause
        post.next_start_at = now + timedelta(seconds=pause)
        level = logging.ERROR if post.restarts.state == "failed" else logging.WARNING
        log.log(
            level,
            "The %s ended (%s); next start in %.0f s",
            post.program.name,
            post.restarts.last_exit,
            pause,
        )
        return True

    def _start(self, post: _Post, *, at: float, now: datetime) -> None:
        again = post.restarts.last_exit is not None
        try:
            post.child = Child(post.program, self._console, self._bell.kick)
        except OSError as error:
            log.error("The %s cannot be started: %s", post.program.name, error)
            post.due_at = at + post.restarts.after_exit(1, at=at)
            return
        post.since, post.started_at, post.next_start_at = now, at, None
        if again:
            post.restarts.started()

    def _beat(self, now: datetime) -> None:
        try:
            write_heartbeat(self._heartbeat, self._report(now))
        except DeskwatchError as error:
            log.warning("%s", error)  # a full disk must not keep anybody from being started again

    def _report(self, now: datetime) -> Mapping[str, Any]:
        return {
            "schema": 1,
            "process": "supervisor",
            "version": __version__,
            "pid": self._pid,
            "started_at": _written(self._began_at),
            "beat_at": format_instant(now),
            "beat_every_seconds": BEAT_SECONDS,
            "children": self.children(),
        }

    def children(self) -> dict[str, dict[str, Any]]:
        """How each program stands: state, pid, how it ended last and when it is started next."""
        return {name: _child_report(post) for name, post in self._posts.items()}


def _child_report(post: _Post) -> dict[str, Any]:
    return {
        "state": post.restarts.state,
        "pid": post.child.pid if post.child else None,
        "since": _written(post.since),
        "restarts": post.restarts.count,
        "last_exit": post.restarts.last_exit,
        "next_start_at": _written(post.next_start_at),
    }


def _written(at: datetime | None) -> str | None:
    return format_instant(at) if at else None
