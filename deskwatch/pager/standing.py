"""How hard a channel may be used: fewer requests at a time after each "too many", none while it is broken."""

from datetime import datetime, timedelta

from deskwatch.core.delivery import Failure

SHORTEST_REST, LONGEST_REST = timedelta(seconds=1), timedelta(minutes=1)
"""Bounds for the pause a provider asks for; a header that says a day must not silence a pager."""
RECHECKS = (timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=5))
"""Pauses between looks at a broken channel; the last one repeats."""

LOOKING = timedelta(seconds=10)
"""How long a look takes at most, about."""


class Standing:
    """One channel's share of the lanes.

    Attributes:
        askable: whether the provider answers questions. While it does not, messages leave one by one, so that
            a death leaves one at most of which nobody can say whether it arrived.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.in_flight = 0
        self.askable = True
        self.broken: Failure | None = None
        self.recheck_at: datetime | None = None
        self.rest_until: datetime | None = None
        self._allowed = width
        self._rechecks = 0

    def room(self, now: datetime) -> int:
        """How many requests may leave now."""
        if self.rest_until is not None and now < self.rest_until <= now + LONGEST_REST:
            return 0  # a rest that lies further ahead is from before the clock was set back
        allowed = min(self._allowed, self.width) if self.askable else 1
        return max(0, allowed - self.in_flight)

    def went_well(self) -> None:
        """A request was taken: one more at a time, and whatever was broken works again."""
        self._allowed = min(self.width, self._allowed + 1)
        self.mended()

    def limited(self, failure: Failure, now: datetime) -> datetime:
        """Too many requests: half as many at a time, and none before the answered instant."""
        asked = timedelta(seconds=min(max(failure.retry_after or 0, 0), LONGEST_REST.total_seconds()))
        if self.rest_until is None or now >= self.rest_until:  # requests of one wave count once
            self._allowed = max(1, self._allowed // 2)
        self.rest_until = max(self.rest_until or now, now + max(asked, SHORTEST_REST))
        return self.rest_until

    def broke(self, failure: Failure, now: datetime) -> datetime:
        """Configuration or account need a person; answers when to look whether they have had one."""
        if self.broken is None or self.recheck_at is None or now >= self.recheck_at:
            self.recheck_at = now + RECHECKS[min(self._rechecks, len(RECHECKS) - 1)]
            self._rechecks += 1
        self.broken = failure
        return self.recheck_at

    def was_broken(self, failure: Failure, now: datetime) -> None:
        """It did not work when the process before ended: it is looked at before it is used."""
        self.broken, self.recheck_at = failure, now

    def usable_at(self, now: datetime) -> datetime:
        """When a broken channel may be usable: after the next look, which may be under way."""
        return max(self.recheck_at or now, now + LOOKING)

    def mended(self) -> None:
        """It works again."""
        self.broken, self.recheck_at, self._rechecks = None, None, 0
