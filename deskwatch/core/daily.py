"""A time of each day, such as ``22:00-06:00``: daylight for a wall, or the hours in which it keeps quiet."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True, slots=True)
class Daily:
    """From ``start`` to ``end`` by the clock on the wall, each day; over midnight when it ends earlier."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end:
            raise ValueError("starts when it ends; leave it out, or say 00:00-24:00 as 00:00-23:59")

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"

    def covers(self, local: datetime) -> bool:
        """Whether this local time lies within, half-open."""
        at = local.time()
        if self.start < self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def next_edge(self, local: datetime) -> datetime:
        """The next local time after ``local`` at which the answer of ``covers`` may change."""
        edges = (
            datetime.combine(local.date() + timedelta(days=days), at, tzinfo=local.tzinfo)
            for days in (0, 1)
            for at in (self.start, self.end)
        )
        return min(edge for edge in edges if edge > local)
