"""The demo's population: who writes when.

Tickets arrive on a fixed grid, and each one's story is a function of its number, so the state at any instant
can be had without replaying everything that came before. Three kinds share the wall: everyday tickets that
come and go within the hour, long ones that take days, and standing ones that wait for weeks. Their arrival
rates follow from Little's law: open = arrivals x mean life.
"""

import heapq
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from random import Random

from deskwatch.demo.cast import Cast
from deskwatch.demo.directory import demo_directory
from deskwatch.demo.story import MEAN_LIFE_FACTOR, Pace, Scene, Story

FIRST_ID = 1000
EDITION = 1
"""Raised whenever a change of the code or the letters changes what the same seed tells."""
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_EVERYDAY_LIFE, _LONG_LIFE, _STANDING_LIFE = 70 * _MINUTE, 60 * _HOUR, 38 * _DAY
_CLOSING = 140
"""Beats that a reopened ticket may at most take from its end until it is closed."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of ticket: its pace and how many of them are open at any time."""

    pace: Pace
    open: float
    mean: timedelta

    @property
    def remembered(self) -> timedelta:
        """How far back a ticket of this kind can have begun and still be on record."""
        return self.pace.longest + self.pace.beat * _CLOSING + self.pace.kept


def _kinds(tickets: int, speed: float) -> tuple[_Kind, _Kind, _Kind]:
    everyday, long, standing = (
        Pace(
            name="everyday",
            life=lambda rng: _EVERYDAY_LIFE / speed * rng.gammavariate(2, 0.5),
            longest=6 * _HOUR / speed,
            beat=_MINUTE / speed,
            attention=_MINUTE / speed,
            kept=6 * _HOUR,
        ),
        Pace(
            name="long",
            life=lambda rng: _LONG_LIFE * rng.gammavariate(1.5, 1 / 1.5),
            longest=14 * _DAY,
            beat=45 * _MINUTE,
            attention=15 * _MINUTE,
            projects=0.08,
        ),
        Pace(
            name="standing",
            life=lambda rng: _STANDING_LIFE * rng.uniform(0.65, 1.35),
            longest=55 * _DAY,
            beat=8 * _HOUR,
            attention=25 * _MINUTE,
            projects=0.2,
        ),
    )
    return (
        _Kind(everyday, 0.3 * tickets, _EVERYDAY_LIFE / speed * MEAN_LIFE_FACTOR),
        _Kind(long, 0.58 * tickets, _LONG_LIFE * MEAN_LIFE_FACTOR),
        _Kind(standing, 0.12 * tickets, _STANDING_LIFE * MEAN_LIFE_FACTOR),
    )


class Living:
    """A population of about ``tickets`` open tickets, decided by ``seed`` and ``started_at``.

    Args:
        speed: how fast everyday tickets come and go. Deadlines and the tickets that take longer keep real
            time, so a wall shows every SLA state at any speed.
        first_id: the number of the oldest ticket the population can have.
    """

    def __init__(
        self, *, seed: int, started_at: datetime, tickets: int, speed: float = 1.0, first_id: int = FIRST_ID
    ) -> None:
        self._seed, self._first_id = seed, first_id
        self._kinds = _kinds(tickets, speed)
        rates = [kind.open / kind.mean.total_seconds() for kind in self._kinds]
        self._gap = timedelta(seconds=1 / sum(rates))
        self._every = [math.ceil(sum(rates) / rate) for rate in rates]
        self._origin = started_at - max(kind.remembered for kind in self._kinds)
        self._cast = Cast(demo_directory())
        self._next = -1
        self._scenes: list[Scene] = []

    def due(self, to: datetime) -> Iterator[Scene]:
        """What has not happened yet and happens until then, in order."""
        last = math.floor((to - self._origin) / self._gap)
        numbers = range(self._next, last + 1) if self._next >= 0 else self._remembered(to, last)
        if numbers:
            stories = map(self._story, numbers)
            self._scenes += chain.from_iterable(story for story in stories if story[-1].at > to)
            heapq.heapify(self._scenes)
        self._next = max(self._next, last + 1)
        while self._scenes and self._scenes[0].at <= to:
            yield heapq.heappop(self._scenes)

    def last_id(self, at: datetime) -> int:
        """The highest number given out until then."""
        return self._first_id + math.floor((at - self._origin) / self._gap)

    def _remembered(self, to: datetime, last: int) -> list[int]:
        """Numbers of all tickets that may be on record at ``to``: only these have to be replayed."""
        numbers: set[int] = set()
        for kind, every in zip(self._kinds, self._every, strict=True):
            first = max(0, math.floor((to - kind.remembered - self._origin) / self._gap))
            step = 1 if kind is self._kinds[0] else every
            numbers.update(range(-(-first // step) * step, last + 1, step))
        return sorted(numbers)

    def _kind_of(self, number: int) -> _Kind:
        everyday, long, standing = self._kinds
        if number % self._every[2] == 0:
            return standing
        return long if number % self._every[1] == 0 else everyday

    def _story(self, number: int) -> list[Scene]:
        rng = Random(f"{self._seed}:{number}")
        born_at = self._origin + self._gap * (number + rng.random())
        return Story(rng, self._first_id + number, born_at, self._kind_of(number).pace, self._cast).scenes()
