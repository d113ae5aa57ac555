"""When a program that ended is started again. Pure: it is told the time, in monotonic seconds."""

from dataclasses import dataclass, field

from deskwatch.child import exit_words

CRASHES, WITHIN = 5, 300.0
"""So many crashes in so many seconds and the program counts as failed."""
FAILED_PAUSE = 60.0
"""Seconds between two attempts once it counts as failed: the cause may be gone, and nobody there to tell."""
PROVEN = 60.0
"""Seconds after which a program that runs has recovered."""
REFUSED_FIRST, REFUSED_LONGEST = 5.0, 60.0
"""Pauses after exit 2 (configuration) and 3 (lock held): trying again at once would give the same answer."""
REFUSALS = (2, 3)


@dataclass
class Restarts:
    """What happened to one program so far, and what to do after its next end."""

    state: str = "running"  # running | restarting | failed
    count: int = 0
    last_exit: str | None = None
    _crashed_at: list[float] = field(default_factory=list)
    _refusals: int = 0

    def after_exit(self, code: int, *, at: float) -> float:
        """Note an exit nobody asked for; answers the seconds until it shall be started again."""
        self.last_exit = exit_words(code)
        if code in REFUSALS:
            self.state = "failed"
            self._refusals += 1
            return min(REFUSED_FIRST * 2.0 ** (self._refusals - 1), REFUSED_LONGEST)
        self._refusals = 0
        self._crashed_at = [then for then in self._crashed_at if at - then < WITHIN] + [at]
        if self.state == "failed" or len(self._crashed_at) >= CRASHES:
            self.state = "failed"
            return FAILED_PAUSE
        self.state = "restarting"
        return min(2.0 ** (len(self._crashed_at) - 1), FAILED_PAUSE)

    def started(self) -> None:
        """It was started again. A failed program has to prove itself first (see ``proven``)."""
        self.count += 1
        if self.state == "restarting":
            self.state = "running"

    def proven(self) -> None:
        """It has run for ``PROVEN`` seconds: whatever was wrong is over."""
        self.state = "running"
        self._refusals = 0
        self._crashed_at.clear()
