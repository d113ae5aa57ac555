"""At most so many requests in any minute, told as seconds to wait: nobody sleeps here."""

from collections import deque

from deskwatch.clock import Monotonic

MINUTE = 60.0


class Pace:
    """Counts requests of the last minute. May be used by several threads: ``append`` is atomic.

    Args:
        per_minute: most requests in any sixty seconds.
    """

    def __init__(self, per_minute: int, clock: Monotonic) -> None:
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=per_minute)
        self.used = 0

    def note(self) -> None:
        """A request leaves now."""
        self._sent.append(self._clock())
        self.used += 1

    def wait(self, *, spare: int = 0) -> float:
        """Seconds until the next request may leave with ``spare`` more behind it."""
        most = self._sent.maxlen or 1
        spare = min(spare, most - 1)
        sent = tuple(self._sent)
        if len(sent) + spare < most:
            return 0.0
        return max(0.0, sent[len(sent) + spare - most] + MINUTE - self._clock())

    def free(self, *, spare: int = 0) -> int:
        """How many requests may leave at once now, with ``spare`` more behind them."""
        most, edge = self._sent.maxlen or 1, self._clock() - MINUTE
        return max(0, most - sum(at > edge for at in tuple(self._sent)) - min(spare, most - 1))
