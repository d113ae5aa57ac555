"""How many credits a helpdesk grants each minute, and how many of them we allow ourselves."""

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from deskwatch.clock import Monotonic, monotonic

WINDOW, SHORTEST_WAIT = 60.0, 0.1


@dataclass(slots=True)
class Bucket:
    """The credits of one kind of call. ``total`` and ``left`` are what the last answer said."""

    total: int | None = None
    left: int | None = None
    heard_at: float = 0.0
    spent: deque[tuple[float, int]] = field(default_factory=deque)


class Credits:
    """One bucket per operation: a helpdesk counts listing, viewing and everything else apart."""

    def __init__(self, *, share: float = 0.5, clock: Monotonic = monotonic) -> None:
        self._share, self._clock = share, clock
        self._buckets: dict[str, Bucket] = {}
        self.used = 0

    def wait_for(self, operation: str, cost: int) -> float:
        """Seconds until ``cost`` credits may be spent on an operation; 0 is now.

        A helpdesk that tells no limit has none until it answers 429. The first call in a minute is always
        allowed, whatever the share says: it tells what is left.
        """
        bucket, now = self._bucket(operation), self._clock()
        while bucket.spent and bucket.spent[0][0] <= now - WINDOW:
            bucket.spent.popleft()
        if bucket.left is not None and bucket.left < cost and now - bucket.heard_at < WINDOW:
            return max(bucket.heard_at + WINDOW - now, SHORTEST_WAIT)
        recent = sum(cost for _, cost in bucket.spent)
        if bucket.total is None:
            return 0.0
        allowed = bucket.total * self._share
        if not recent or recent + cost <= allowed:
            return 0.0
        for at, freed in bucket.spent:
            recent -= freed
            if not recent or recent + cost <= allowed:
                return max(at + WINDOW - now, SHORTEST_WAIT)
        return 0.0

    def spend(self, operation: str, cost: int, headers: Mapping[str, str]) -> None:
        """Note a call that was made, and what its answer says about the bucket."""
        bucket = self._bucket(operation)
        told = _number(headers.get("x-ratelimit-used-currentrequest"))
        spent = told if told is not None and 0 < told <= 100 else cost
        self.used += spent
        bucket.spent.append((self._clock(), spent))
        total, left = _number(headers.get("x-ratelimit-total")), _number(headers.get("x-ratelimit-remaining"))
        if total is not None and total > 0:
            bucket.total = total
        if left is not None and left >= 0:
            bucket.left, bucket.heard_at = left, self._clock()

    def bucket(self, operation: str) -> Bucket:
        """What is known about an operation."""
        return self._bucket(operation)

    def _bucket(self, operation: str) -> Bucket:
        return self._buckets.setdefault(operation, Bucket())


def _number(text: str | None) -> int | None:
    """Some accounts write the total as ``100.0``."""
    match = re.fullmatch(r"\s*(-?\d{1,9})(?:\.\d*)?\s*", text or "")
    return int(match[1]) if match else None
