"""How often somebody may ask, and how long wrong passwords have to wait. Memory is bounded."""

import threading
from collections import deque

from deskwatch.clock import Monotonic, monotonic

MINUTE = 60.0
MOST_KEYS = 10_000
"""Askers that are remembered; beyond that the one that has been quiet the longest is forgotten."""
FREE_MISTAKES = 3
LONGEST_PENANCE = 60.0
"""Seconds: a stranger must not be able to lock somebody out for long."""


class Pace:
    """So many requests in any minute, for each asker. Safe in any thread."""

    def __init__(self, *, clock: Monotonic = monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._asked: dict[tuple[str, ...], deque[float]] = {}

    def take(self, *asker: str, most: int) -> float:
        """Count one request; answers 0, or the seconds until the next one is welcome (then it counts not)."""
        now = self._clock()
        with self._lock:
            times = self._asked.pop(asker, None) or deque()
            self._asked[asker] = times
            while len(self._asked) > MOST_KEYS:
                del self._asked[next(iter(self._asked))]
            while times and times[0] <= now - MINUTE:
                times.popleft()
            if len(times) >= most:
                return times[len(times) - most] + MINUTE - now
            times.append(now)
            return 0.0


class Penance:
    """Wrong passwords of one name: after a few, each next try waits twice as long. Safe in any thread."""

    def __init__(self, *, clock: Monotonic = monotonic) -> None:
        self._clock, self._lock = clock, threading.Lock()
        self._mistakes: dict[str, tuple[int, float]] = {}

    def wait(self, name: str) -> float:
        """Seconds until this name may try again."""
        with self._lock:
            return max(0.0, self._mistakes.get(name, (0, 0.0))[1] - self._clock())

    def failed(self, name: str) -> None:
        """A wrong password."""
        with self._lock:
            times = self._mistakes.pop(name, (0, 0.0))[0] + 1
            wait = min(2.0 ** (times - FREE_MISTAKES), LONGEST_PENANCE) if times >= FREE_MISTAKES else 0.0
            self._mistakes[name] = (min(times, 30), self._clock() + wait)
            while len(self._mistakes) > MOST_KEYS:
                del self._mistakes[next(iter(self._mistakes))]

    def succeeded(self, name: str) -> None:
        """The right password."""
        with self._lock:
            self._mistakes.pop(name, None)


class OncePerMinute:
    """Lets the same thing be said once in a minute. Safe in any thread."""

    def __init__(self, *, clock: Monotonic = monotonic) -> None:
        self._pace = Pace(clock=clock)

    def __call__(self, *about: str) -> bool:
        """Whether to say it now."""
        return self._pace.take(*about, most=1) == 0.0
