"""Looking at the ticket files every few seconds, at a price that a folder of 10,000 can pay."""

import os

from deskwatch.clock import Clock, utc_now
from deskwatch.store.mirror import YOUNG, Changes, TicketMirror

PORTION = 500
"""Files looked at in one go while the folder itself tells of no change."""


class Vigil:
    """All files when one came, went or was replaced, which a folder tells; else some of them, in turn.

    A file that is spoilt where it lies is found when its turn comes: in small folders at once.
    """

    def __init__(self, mirror: TicketMirror, *, clock: Clock = utc_now) -> None:
        self._mirror, self._clock = mirror, clock
        self._stamp: tuple[int, int] | None = None
        self._is_young = True
        self._left: list[str] = []

    def look(self) -> Changes:
        """What is other than at the last look, as far as was looked."""
        stamp = self._folder_stamp()
        if stamp is None or stamp != self._stamp or self._is_young:
            self._stamp = stamp  # as it was before: what happens meanwhile is for the next look
            self._is_young = stamp is None or abs(self._clock().timestamp() - stamp[0] / 1e9) < YOUNG
            self._left = []
            return self._mirror.refresh(None)
        if not self._left:
            self._left = self._mirror.names
        turn, self._left = self._left[:PORTION], self._left[PORTION:]
        return self._mirror.recheck(turn)

    def _folder_stamp(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._mirror.folder.root)
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino
