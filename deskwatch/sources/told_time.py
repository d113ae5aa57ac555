"""The time of this machine for whoever is told it once, and the instants that cursors are."""

from datetime import datetime, timedelta

from deskwatch.clock import Monotonic
from deskwatch.core.ticket import TicketError, parse_instant

CURSOR_LIFE = timedelta(days=7)
"""After a longer absence a fresh list of what is open is cheaper than everything that changed meanwhile."""


def instant_of(cursor: str | None, *, now: datetime) -> datetime | None:
    """The instant a cursor names; None when it is missing, rubbish, or too old to be cheap."""
    if cursor is None:
        return None
    try:
        at = parse_instant(cursor)
    except TicketError:
        return None
    return None if now - at > CURSOR_LIFE else at


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
    def is_told(self) -> bool:
        """Whether anybody said what time it is."""
        return self._now is not None

    @property
    def now(self) -> datetime:
        """The time of this machine."""
        if self._now is None:
            raise RuntimeError("at(now) comes first")
        return self._now + timedelta(seconds=self._clock() - self._since)
