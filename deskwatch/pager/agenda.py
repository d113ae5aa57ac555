"""Which tickets to look at now: those that changed, and those whose moment has come."""

import heapq
from collections import deque
from collections.abc import Iterable, Iterator, Set
from datetime import datetime

from deskwatch.clock import Monotonic, monotonic

SLICE = 0.05
"""Seconds one tick may spend on reading files, and as many on judging tickets; sending waits no longer."""
_STRIDE = 20  # tickets between two looks at the clock


class Agenda:
    """Keys of tickets in the order in which they are to be looked at.

    What changed comes first; a look at everything (a start, another configuration) goes on slice by slice
    behind it.
    """

    def __init__(self, *, slice_seconds: float = SLICE, clock: Monotonic = monotonic) -> None:
        self._slice, self._clock = slice_seconds, clock
        self._now: dict[str, None] = {}  # a set that keeps its order
        self._later: deque[tuple[str, bool]] = deque()
        self._moments: dict[str, datetime] = {}
        self._heap: list[tuple[datetime, str]] = []

    @property
    def is_sweeping(self) -> bool:
        """Whether tickets are still waiting for their turn."""
        return bool(self._now or self._later)

    @property
    def waiting(self) -> int:
        """How many tickets are still to be looked at, at most."""
        return len(self._now) + len(self._later)

    def add(self, keys: Iterable[str]) -> None:
        """Look at these as soon as possible."""
        self._now.update(dict.fromkeys(keys))

    def queue(self, keys: Iterable[str]) -> None:
        """Look at these after everything else."""
        self._later.extend((key, False) for key in keys)

    def sweep(self, keys: Set[str]) -> None:
        """Look at all of these once more, bit by bit; a sweep that is not over begins anew."""
        waiting = [key for key, swept in self._later if not swept]
        self._later = deque((key, False) for key in waiting)
        self._later.extend((key, True) for key in keys - set(waiting))

    def forget(self, key: str) -> None:
        """The ticket is gone."""
        self._moments.pop(key, None)
        self._now.pop(key, None)

    def come_back(self, key: str, at: datetime | None) -> None:
        """Look at a ticket again at that instant, and not at another that was asked for before."""
        before = self._moments.pop(key, None)
        if at is not None:
            self._moments[key] = at
            if at != before:  # one entry for each deadline, however often the ticket changes
                heapq.heappush(self._heap, (at, key))

    def next_at(self) -> datetime | None:
        """When the next ticket's moment comes."""
        while self._heap and self._moments.get(self._heap[0][1]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def turns(self, now: datetime) -> Iterator[tuple[str, bool]]:
        """The keys to look at in this tick, and whether only a sweep asks for it.

        What does not fit into the slice stays for the next tick.
        """
        while self._heap and self._heap[0][0] <= now:
            at, key = heapq.heappop(self._heap)
            if self._moments.get(key) == at:
                del self._moments[key]
                self._now[key] = None
        until = self._clock() + self._slice
        taken = 0
        while self._now or self._later:
            yield (self._take_first(), False) if self._now else self._later.popleft()
            taken += 1
            if taken % _STRIDE == 0 and self._clock() >= until:
                return

    def _take_first(self) -> str:
        key = next(iter(self._now))
        del self._now[key]
        return key
