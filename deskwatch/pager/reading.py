"""Ticket files as they come: a change at once, a folder of 100,000 bit by bit."""

from collections import deque
from collections.abc import Iterator
from itertools import islice

from deskwatch.clock import Monotonic, monotonic
from deskwatch.pager.agenda import SLICE
from deskwatch.store.errors import StoreError
from deskwatch.store.mirror import Changes, TicketMirror
from deskwatch.store.watch import Wake

_PORTION = 200  # files between two looks at the clock
_SHARE = 200  # a look at 100,000 files takes half a second
_LONGEST_INTERVAL = 120.0


class Reading:
    """Keeps a mirror current; the first look at the folder takes as many ticks as it needs.

    Attributes:
        hinted: keys of tickets that just changed, while others are read for the first time.
    """

    def __init__(
        self, mirror: TicketMirror, *, slice_seconds: float = SLICE, clock: Monotonic = monotonic
    ) -> None:
        self.mirror = mirror
        self._slice, self._clock = slice_seconds, clock
        self._unread: deque[str] | None = None
        self._look: Iterator[Changes] | None = None
        self._wanted = False
        self._spent = self._full_look = 0.0
        self.hinted: frozenset[str] = frozenset()

    @property
    def is_loading(self) -> bool:
        """Whether the folder is being read for the first time, and that goes on."""
        return not self.mirror.loaded and self.mirror.problem is None

    @property
    def is_looking(self) -> bool:
        """Whether a full look goes on, or the next one is wanted already."""
        return self._look is not None or self._wanted

    def read(self, wake: Wake) -> Changes:
        """What changed since the last time, as far as a slice of time goes."""
        if self.mirror.loaded or self._slice <= 0:
            return self._follow(wake)
        if self._unread is None:
            self._unread = self._list()
        changed = list(self.mirror.refresh(wake.names).changed) if wake.names else []
        self.hinted = frozenset(ticket.key for ticket in changed)
        until = self._clock() + self._slice
        while self._unread and self._clock() < until:
            portion = [self._unread.popleft() for _ in islice(range(len(self._unread)), _PORTION)]
            changed += self.mirror.refresh(portion).changed
        if self._unread:
            return Changes(tuple(changed))
        rest = self.mirror.refresh(None)  # what came or went meanwhile, and every unreadable file
        self._unread = None
        return Changes((*changed, *rest.changed), rest.removed, rest.unreadable)

    def rescan_interval(self, wanted: float) -> float:
        """Seconds until the next full look, so that these take up half a per cent of the time at most.

        Events and the time stamp of the folder tell of changes at once; a full look is only the net below.
        """
        return max(wanted, min(_SHARE * self._full_look, _LONGEST_INTERVAL))

    def _follow(self, wake: Wake) -> Changes:
        """Changed files at once, and a full look slice by slice beside them."""
        found = [self.mirror.refresh(wake.names)] if wake.names else []
        self._wanted = self._wanted or wake.rescan
        if self._look is None and self._wanted:
            self._look, self._wanted, self._spent = self.mirror.rescan(_PORTION), False, 0.0
        if self._look is not None:
            found += self._look_on(self._look)
        unreadable = {name: why for each in found for name, why in each.unreadable.items()}
        return Changes(
            tuple(ticket for each in found for ticket in each.changed),
            tuple(key for each in found for key in each.removed),
            unreadable,
        )

    def _look_on(self, look: Iterator[Changes]) -> Iterator[Changes]:
        began = self._clock()
        for changes in look:
            yield changes
            if 0 < self._slice <= self._clock() - began:
                break
        else:
            self._look, self._full_look = None, self._spent + self._clock() - began
        self._spent += self._clock() - began

    def _list(self) -> deque[str]:
        try:
            return deque(name for name, _ in self.mirror.folder.entries())
        except StoreError:
            return deque()
