"""The time of this machine, for whoever is told it once and counts the seconds from then on."""

from datetime import datetime, timedelta

from deskwatch.clock import Monotonic


class ToldTime:
    """``at(now)`` comes first; the monotonic ``clock`` tells from there."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._now: datetime | None = None
        self._since = 0.0

    def at(self, now: datetime) -> None:
        """Say what time it is."""
        self._now, self._since = now, self._clock()

    @property
    def now(self) -> datetime:
        """The time of this machine."""
        if self._now is None:
            raise RuntimeError("at(now) comes first")
        return self._now + timedelta(seconds=self._clock() - self._since)
