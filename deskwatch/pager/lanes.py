"""Threads that talk to providers, a lane for each channel, so that one that hangs holds up no other."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Protocol

log = logging.getLogger(__name__)

Job = Callable[[], object]
"""One call to a provider. It answers through a queue of its own and raises nothing."""

IDLE_SECONDS = 30.0
"""How long a thread waits for another job before it ends; providers' connections may be kept per thread."""


class Lanes(Protocol):
    """Where jobs run. Tests have lanes that run them by hand."""

    def submit(self, lane: str, job: Job) -> None:
        """Run a job beside the caller."""


class ThreadLanes:
    """At most ``width`` daemon threads a lane, started when there is something to do.

    Daemon threads: whoever stops does not wait for a provider. What was on its way then is recorded as
    ``sending`` and looked up after the next start.
    """

    def __init__(self, width: int = 16) -> None:
        self.width = width
        self._lock = threading.Lock()
        self._lanes: dict[str, _Lane] = {}

    def submit(self, lane: str, job: Job) -> None:
        """Run a job beside the caller; one for which no thread is free waits for the next that is."""
        with self._lock:
            known = self._lanes.setdefault(lane, _Lane())
            known.unfinished += 1
            known.jobs.put(job)
            if known.threads >= min(self.width, known.unfinished):
                return
            known.threads += 1
        threading.Thread(target=self._work, args=(lane, known), name=f"lane-{lane}", daemon=True).start()

    def _work(self, name: str, lane: "_Lane") -> None:
        while True:
            try:
                job = lane.jobs.get(timeout=IDLE_SECONDS)
            except Empty:
                with self._lock:
                    if lane.jobs.empty():
                        lane.threads -= 1
                        return
                continue
            try:
                job()
            except Exception:
                log.exception("A call to %s ended in an error of our own", name)
            with self._lock:
                lane.unfinished -= 1


@dataclass
class _Lane:
    jobs: SimpleQueue[Job] = field(default_factory=SimpleQueue)
    threads: int = 0
    unfinished: int = 0
