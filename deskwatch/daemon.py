"""The loop of a background process: one guarded step after the other, and waits that a signal ends at once.

Signal handlers only put a token into a queue: an Event or a lock taken in a handler can dead-lock with the
code it interrupted. All waiting uses monotonic time, so a clock that is set back or forward neither stalls
nor hurries a loop.
"""

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Protocol

import schedule

from deskwatch.clock import Clock, monotonic, utc_now

log = logging.getLogger(__name__)

Step = Callable[[datetime], float | None]
"""Does what is due; answers in how many seconds it wants to be called again (None: when rung)."""

LONGEST_WAIT = 60.0
LONGEST_SLICE = 1.0 if os.name == "nt" else LONGEST_WAIT
"""On Windows nothing ends a wait, not even Ctrl-C, so waits are short there and a step finds nothing due."""
LONGEST_BACKOFF = 60.0
SLOW_STEP = 10.0
"""Seconds after which a step is worth an INFO line; shorter ones are told at DEBUG."""


class Bell(Protocol):
    """What a loop waits on. ``FolderWatch`` is one; ``QueueBell`` is the plain one."""

    def wait(self, timeout: float) -> object:
        """Return after ``timeout`` seconds or as soon as somebody rang."""

    def kick(self) -> None:
        """Ring. Called from signal handlers, so it may only put a token."""


class QueueBell:
    """A bell that only rings."""

    def __init__(self) -> None:
        self._tokens: SimpleQueue[None] = SimpleQueue()

    def wait(self, timeout: float) -> None:
        """Wait for the first token and take all of them: ten rings are one wake-up."""
        try:
            self._tokens.get(timeout=max(timeout, 0.001))
            while True:
                self._tokens.get_nowait()
        except Empty:
            return

    def kick(self) -> None:
        """Put one token."""
        self._tokens.put(None)


class Loop:
    """Calls ``step(now)`` until SIGTERM, SIGINT or the death of the supervisor; reloads on SIGHUP.

    A step that raises is logged and tried again after 1, 2, 4 … 60 seconds. A step that is still busy
    ``grace`` seconds after a stop was asked for is cut off: files are replaced atomically, so that costs no
    more than a power cut.
    """

    def __init__(
        self,
        step: Step,
        *,
        name: str,
        clock: Clock = utc_now,
        bell: Bell | None = None,
        reload: Callable[[], object] | None = None,
        grace: float = 1.5,
    ) -> None:
        self.name = name
        self._step, self._clock, self._reload, self._grace = step, clock, reload, grace
        self._bell: Bell = bell or QueueBell()
        self._signals: SimpleQueue[int] = SimpleQueue()
        self._stop_asked: SimpleQueue[None] = SimpleQueue()
        self._finished = threading.Event()
        self._stopping = False
        self._failures = 0
        self._asks = 0

    def stop(self) -> None:
        """Ask the loop to end; safe from any thread and from signal handlers."""
        self._on_signal(signal.SIGTERM, None)

    def asked_twice(self) -> bool:
        """Whether somebody who asked to stop has asked again: then there is no time for manners."""
        return self._asks > 1

    def wake(self) -> None:
        """Ask for the next step now."""
        self._bell.kick()

    def run(self) -> None:
        """Step, wait, step, … until told to stop. In the main thread it installs the signal handlers."""
        if threading.current_thread() is threading.main_thread():
            for number in _handled_signals():
                signal.signal(number, self._on_signal)
        threading.Thread(target=self._cut_off, name="stop-guard", daemon=True).start()
        try:
            while not self._stop_requested():
                wait = self.step_once()
                self._wait(wait)
        finally:
            self._finished.set()
        log.info("Stopping.")

    def step_once(self) -> float:
        """One guarded step; returns the seconds until the next one."""
        started = monotonic()
        try:
            wait = self._step(self._clock())
        except Exception:
            self._failures += 1
            pause = min(2.0 ** (self._failures - 1), LONGEST_BACKOFF)
            log.exception("The %s failed in one round and tries again in %.0f s", self.name, pause)
            return pause
        self._failures = 0
        took = monotonic() - started
        log.log(logging.INFO if took > SLOW_STEP else logging.DEBUG, "One round took %.2f s", took)
        return LONGEST_WAIT if wait is None else max(0.0, min(wait, LONGEST_WAIT))

    def _wait(self, seconds: float) -> None:
        if not self._stop_requested():
            self._bell.wait(min(seconds, LONGEST_SLICE))

    def _stop_requested(self) -> bool:
        while not self._stopping:
            try:
                number = self._signals.get_nowait()
            except Empty:
                return False
            if number == getattr(signal, "SIGHUP", None):
                self._reload_now()
            else:
                self._stopping = True
        return True

    def _reload_now(self) -> None:
        if self._reload:
            try:
                self._reload()
            except Exception:
                log.exception("Reloading failed, the last good configuration stays")

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        self._signals.put(number)
        if number != getattr(signal, "SIGHUP", None):
            self._asks += 1
            self._stop_asked.put(None)
        self._bell.kick()

    def _cut_off(self) -> None:
        self._stop_asked.get()
        if not self._finished.wait(self._grace):
            log.warning("Stopped in the middle of a round: it did not end within %.1f s", self._grace)
            logging.shutdown()
            os._exit(0)


def _handled_signals() -> list[signal.Signals]:
    names = ("SIGTERM", "SIGINT", "SIGHUP", "SIGBREAK")  # SIGBREAK is how Windows asks a service to stop
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


class Jobs:
    """Coarse recurring jobs, ticked inside a loop's step. `schedule` counts; we add what it lacks.

    A job that raises neither starves the others nor ends the loop, and a clock that was set back (`schedule`
    reads local time, so also the end of summer time) does not make a job wait until that hour has come round
    again.
    """

    def __init__(self) -> None:
        self._jobs: list[_Job] = []

    def every(self, seconds: int, job: Callable[[datetime], object], *, name: str) -> None:
        """Call ``job(now)`` every so many seconds, for the first time after one interval."""
        self._jobs.append(_Job(seconds, job, name))

    def run_due(self, now: datetime) -> float | None:
        """Run what is due; returns the seconds until the next job, or None when there are no jobs."""
        return min((job.run_if_due(now) for job in self._jobs), default=None)


class _Job:
    def __init__(self, seconds: int, job: Callable[[datetime], object], name: str) -> None:
        self._seconds, self._job, self._name = seconds, job, name
        self._now = utc_now()
        self._timer = schedule.Scheduler()
        self._restart_timer()

    def run_if_due(self, now: datetime) -> float:
        if self._idle() > self._seconds:
            self._restart_timer()
        self._now = now
        self._timer.run_pending()
        return max(0.0, self._idle())

    def _restart_timer(self) -> None:
        self._timer.clear()
        self._timer.every(self._seconds).seconds.do(self._run)

    def _idle(self) -> float:
        return self._timer.idle_seconds or 0.0

    def _run(self) -> None:
        started = monotonic()
        try:
            self._job(self._now)
        except Exception:
            log.exception("The job %s failed", self._name)
        else:
            log.info("The job %s took %.2f s", self._name, monotonic() - started)


PARENT_PIPE = "DESKWATCH_PARENT_PIPE"
"""Set to "stdin" by the supervisor: our stdin is a pipe that closes when the supervisor is gone."""


def follow_parent(*, grace: float = 5.0) -> None:
    """End this process soon after its supervisor died, even by ``kill -9``; without one, do nothing.

    The supervisor writes nothing into the pipe, so a read returns only when the last writer is gone. That
    holds on every system, costs nothing while waiting, and a process that does not stop by itself in
    ``grace`` seconds is ended.
    """
    if os.environ.pop(PARENT_PIPE, None) == "stdin":
        threading.Thread(target=_end_with_parent, args=(grace,), name="parent-watch", daemon=True).start()


def _end_with_parent(grace: float) -> None:
    while os.read(0, 4096):
        pass
    log.warning("The supervisor is gone; stopping too")
    signal.raise_signal(signal.SIGTERM) if os.name == "nt" else os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(grace)
    logging.shutdown()
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
