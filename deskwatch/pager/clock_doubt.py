"""A clock that jumped: deadlines are not believed until data came under the new time."""

import logging
from datetime import datetime, timedelta

log = logging.getLogger(__name__)

STEP = timedelta(minutes=5)
"""A jump longer than this is one; daylight saving is none, as all instants are in UTC."""
PATIENCE = 600.0
"""Seconds after which deadlines are believed again without a good poll: then the watcher is the news."""


class ClockDoubt:
    """Compares the clock on the wall with the one that only ever grows."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None
        self._since: tuple[datetime, float] | None = None

    @property
    def since(self) -> datetime | None:
        """The instant, by the new time, at which the clock had jumped; ``None``: it is trusted."""
        return None if self._since is None else self._since[0]

    @property
    def words(self) -> str | None:
        """A sentence while the clock is doubted."""
        return self._since and "the clock of this machine jumped; waiting for the next good poll"

    def look(self, now: datetime, monotonic: float) -> timedelta | None:
        """How far the clock jumped since the last look; ``None``: it did not."""
        last, self._last = self._last, (now, monotonic)
        if last is None:
            return None
        jump = (now - last[0]) - timedelta(seconds=monotonic - last[1])
        if abs(jump) <= STEP:
            if self._since is not None and monotonic - self._since[1] > PATIENCE:
                self._end("nobody polled since, but time goes on")
            return None
        self._since = (now, monotonic)
        log.warning("The clock of this machine jumped by %s; deadlines wait for the next good poll", jump)
        return jump

    def good_poll(self, at: datetime | None, *, now: datetime) -> None:
        """Hear that a source was polled well at ``at``: after the jump, that ends the doubt."""
        if self._since is not None and at is not None and self._since[0] <= at <= now + STEP:
            self._end("a poll came through")

    def _end(self, why: str) -> None:
        self._since = None
        log.info("The clock is believed again: %s", why)
