"""How many messages a person gets: ladders, collecting, and a budget for the month. Nothing is dropped."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)
_ZERO = timedelta(0)


@dataclass(frozen=True, slots=True)
class Ladder:
    """At most ``count`` messages in any ``window``, for each rung; no rung: no limit.

    In windows of an hour and more the second half is spread evenly, so that a storm does not use up the hour
    in its first minutes and leave silence for the rest.
    """

    rungs: tuple[tuple[int, timedelta], ...] = ()

    @property
    def longest(self) -> timedelta:
        """How far back messages count."""
        return max((window for _, window in self.rungs), default=_ZERO)

    def free_at(self, times: Sequence[datetime], now: datetime) -> datetime:
        """When the next message may go, ``now`` at the earliest; ``times`` of earlier ones, oldest first."""
        at = now
        for count, window in self.rungs:
            if len(times) >= count:
                at = max(at, times[-count] + window)
            if window >= _HOUR and times:
                recent = sum(time > now - window for time in times)
                if 2 * recent >= count:
                    at = max(at, times[-1] + window / count)
        return at

    def room(self, times: Sequence[datetime], now: datetime, wanted: int) -> int:
        """How many of ``wanted`` messages may go right now."""
        past = list(times)
        while len(past) - len(times) < wanted and self.free_at(past, now) <= now:
            past.append(now)
        return len(past) - len(times)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast one channel may talk to one person.

    ``collect``: after a message, this long goes by until the next, which then tells all that came meanwhile.
    """

    ladder: Ladder = Ladder()
    collect: timedelta = _ZERO

    def free_at(self, times: Sequence[datetime], now: datetime) -> datetime:
        """When the next message may go, ``now`` at the earliest."""
        at = self.ladder.free_at(times, now)
        return max(at, times[-1] + self.collect) if times else at


_TEXT = Pace(
    Ladder(((1, _MINUTE), (5, 15 * _MINUTE), (11, _HOUR), (21, 3 * _HOUR))), collect=timedelta(minutes=2)
)
_CALL = Pace(
    Ladder(((1, _MINUTE), (3, 15 * _MINUTE), (7, _HOUR), (15, 3 * _HOUR))), collect=timedelta(minutes=2)
)
_CHAT = Pace(Ladder(((10, _MINUTE), (60, _HOUR))))
UNLIMITED = Pace()
PACES: Mapping[str, Pace] = MappingProxyType(
    {
        "sms": _TEXT,
        "whatsapp": _TEXT,
        "voice": _CALL,
        "email": Pace(Ladder(((20, _HOUR),))),
        "slack": _CHAT,
        "teams": _CHAT,
        "ntfy": _CHAT,
        "apprise": _CHAT,
    }
)
"""By kind of channel; a kind that is not named has no limit."""


@dataclass(frozen=True, slots=True)
class MonthlyCap:
    """What a channel may send in a calendar month, in the segments that a provider bills."""

    segments: int
    warn_at: float = 0.8

    def is_used_up(self, used: int) -> bool:
        """Whether only urgent alerts may go."""
        return used >= self.segments

    def warning(self, channel: str, used: int) -> str | None:
        """What an admin should hear, in a sentence; ``None``: there is enough left."""
        if self.is_used_up(used):
            return f"{channel} has used all {self.segments} segments of this month; only urgent alerts go"
        if used < self.warn_at * self.segments:
            return None
        return f"{channel} has used {used} of the {self.segments} segments of this month"


@dataclass(frozen=True, slots=True)
class Limits:
    """Paces and monthly caps by the name of the channel."""

    paces: Mapping[str, Pace] = field(default_factory=lambda: MappingProxyType({}))
    caps: Mapping[str, MonthlyCap] = field(default_factory=lambda: MappingProxyType({}))

    def pace(self, channel: str) -> Pace:
        """How fast a channel may talk to one person."""
        return self.paces.get(channel, UNLIMITED)

    @property
    def longest(self) -> timedelta:
        """How far back messages count: what ``sent`` of ``plan_sends`` has to cover."""
        return max((max(pace.ladder.longest, pace.collect) for pace in self.paces.values()), default=_ZERO)
