"""Commands for own tickets: dropped into the inbox, which keeps them, and waited for a little while."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

from deskwatch.clock import Monotonic, monotonic
from deskwatch.local.inbox import Inbox, Outcome

LOOK_EVERY = 0.25
"""Seconds between two looks at an outcome when nobody says that a round has ended."""
MOST_WAITING = 4
"""Requests that may wait at the same time: webhooks must always find a thread."""


class HandingIn:
    """Drops commands for the watcher and waits for what becomes of them. Safe in any thread."""

    def __init__(self, inbox: Inbox, *, wake: Callable[[], object], clock: Monotonic = monotonic) -> None:
        self._inbox, self._wake, self._clock = inbox, wake, clock
        self._rounds = threading.Condition()
        self._places = threading.BoundedSemaphore(MOST_WAITING)
        self._closed = False

    def give(self, command: Mapping[str, Any], *, wait: float) -> tuple[str, Outcome | None]:
        """Keep a command and wait up to ``wait`` seconds; answers its name and, when known, its outcome.

        Raises:
            StoreError: it is not kept.
        """
        name = self._inbox.drop(command)
        self._wake()
        if not self._places.acquire(blocking=False):
            return name, None
        try:
            return name, self._await(name, self._clock() + wait)
        finally:
            self._places.release()

    def outcome(self, name: str) -> Outcome | None:
        """What became of a command; ``None``: it waits, or there is none of this name."""
        return self._inbox.outcome(name)

    def is_waiting(self, name: str) -> bool:
        """Whether a command of this name is still to be applied."""
        return (self._inbox.folder / name).exists()

    def round_ended(self) -> None:
        """The watcher has done what was due: whoever waits may look."""
        with self._rounds:
            self._rounds.notify_all()

    def close(self) -> None:
        """Nobody waits any longer; what was kept stays kept."""
        self._closed = True
        self.round_ended()

    def _await(self, name: str, until: float) -> Outcome | None:
        while True:
            with self._rounds:
                outcome = self._inbox.outcome(name)
                left = until - self._clock()
                if outcome is not None or left <= 0 or self._closed:
                    return outcome
                self._rounds.wait(min(left, LOOK_EVERY))
