"""What the month has cost so far, for channels with a budget."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from deskwatch.pager.delivery import Delivery
from deskwatch.store.outbox import Outbox

FRESH = timedelta(seconds=30)
"""How long a count is believed; a budget may be exceeded by what goes out in this time."""


class Budget:
    """Counts segments in the database, only for channels that have a budget."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._used: Mapping[str, int] = {}
        self._counted_at: datetime | None = None

    def used(self, delivery: Delivery, *, now: datetime) -> Mapping[str, int]:
        """This month's segments by channel; the month begins in the desk's zone."""
        if not delivery.limits.caps:
            return {}
        if self._counted_at is None or not timedelta(0) <= now - self._counted_at < FRESH:
            local = now.astimezone(delivery.zone)
            since = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
            self._used = {name: self._outbox.segments_since(since, [name]) for name in delivery.limits.caps}
            self._counted_at = now
        return self._used
