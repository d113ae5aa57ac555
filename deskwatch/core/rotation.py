"""Duties by date and by turns. A turn passes on when the clock on the wall says so, also in changed hours."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Protocol

from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.openings import first_change


class Source(Protocol):
    """Something that says who is on call: a shift or a rotation."""

    def people_at(self, at: datetime) -> tuple[str, ...]:
        """Ids of the people on call at that instant."""

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which the answer may be another; ``None``: it never is."""


@dataclass(frozen=True, slots=True)
class Shift:
    """People who are on call from ``start`` until ``end``, half-open."""

    start: datetime
    end: datetime
    people: tuple[str, ...]

    def people_at(self, at: datetime) -> tuple[str, ...]:
        """Ids of the people on call at that instant."""
        return self.people if self.start <= at < self.end else ()

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which the shift starts or ends."""
        return earliest(edge for edge in (self.start, self.end) if edge > at)


@dataclass(frozen=True, slots=True)
class While:
    """Only while a calendar is open, or only while it is closed."""

    calendar: BusinessCalendar
    is_open: bool = True

    def holds(self, at: datetime) -> bool:
        """Whether the calendar is in the wanted state at that instant."""
        return self.calendar.is_open(at) is self.is_open

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which the calendar opens or closes."""
        edges = (self.calendar.next_opening(at), self.calendar.next_closing(at))
        return earliest(edge for edge in edges if edge is not None)


class Every(StrEnum):
    """What a turn of a rotation is measured in."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"


_STEP = {Every.HOUR: timedelta(hours=1), Every.DAY: timedelta(days=1), Every.WEEK: timedelta(weeks=1)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """People who take turns.

    A turn passes on at the first instant at which the clock on the wall reads the time of the handoff or
    later. In the night the clocks change, a turn is therefore an hour shorter or longer; a handoff that falls
    into a skipped hour happens when the clocks jump, one in a repeated hour happens the first time.

    Attributes:
        people: ids in the order of their turns.
        every, count: the length of a turn on the wall clock, such as 2 weeks or 12 hours.
        handoff: the local time at which turns pass on; with hours, that of the first.
        weekday: of a weekly handoff, 0 is Monday; ``None``: that of ``start``.
        start: the first day. The first person begins at the handoff; with another ``weekday`` than this
            day's, the first turn is the rest of a turn.
        end: the last turn ends at the handoff of this day; ``None``: it goes on.
        hours: the people of the rotation are on call only then.

    Raises:
        ValueError: nobody takes turns, or a turn has no length.
    """

    people: tuple[str, ...]
    every: Every
    handoff: time
    start: date
    zone: tzinfo
    count: int = 1
    weekday: int | None = None
    end: date | None = None
    hours: While | None = None

    def __post_init__(self) -> None:
        if not self.people:
            raise ValueError("a rotation needs at least one person")
        if self.count < 1:
            raise ValueError(f"a turn of {self.count} {self.every}: expected at least 1")

    @property
    def begins(self) -> datetime:
        """The first instant at which anybody of the rotation is on call."""
        return first_instant(datetime.combine(self.start, self.handoff), self.zone)

    @property
    def ends(self) -> datetime | None:
        """The instant from which nobody of the rotation is on call any more."""
        return first_instant(datetime.combine(self.end, self.handoff), self.zone) if self.end else None

    def people_at(self, at: datetime) -> tuple[str, ...]:
        """The id of the person whose turn it is."""
        if not self._runs(at) or (self.hours is not None and not self.hours.holds(at)):
            return ()
        return (self.people[self._turn(at) % len(self.people)],)

    def next_change(self, at: datetime) -> datetime | None:
        """The first instant after ``at`` at which a turn passes on, or its hours begin or end."""
        if at < (begins := self.begins):
            return begins
        if not self._runs(at):
            return None
        alone = len(set(self.people)) == 1
        edges = (
            self.ends,
            None if alone else self._handoff(self._turn(at) + 1),
            self.hours.next_change(at) if self.hours is not None else None,
        )
        return earliest(edge for edge in edges if edge is not None)

    def _runs(self, at: datetime) -> bool:
        ends = self.ends
        return self.begins <= at and (ends is None or at < ends)

    def _turn(self, at: datetime) -> int:
        """The number of the turn. The wall clock may have gone back since the last handoff, which counts."""
        wall = at.astimezone(self.zone).replace(tzinfo=None)
        number = (wall - self._anchor) // self._step
        while self._handoff(number + 1) <= at:
            number += 1
        return number

    def _handoff(self, number: int) -> datetime:
        return first_instant(self._anchor + number * self._step, self.zone)

    @property
    def _anchor(self) -> datetime:
        """When the first turn began or would have begun, on the wall clock."""
        first = self.start
        if self.weekday is not None:
            first -= timedelta(days=(first.weekday() - self.weekday) % 7)
        return datetime.combine(first, self.handoff)

    @property
    def _step(self) -> timedelta:
        return self.count * _STEP[self.every]


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant at which the clocks of a zone read ``wall`` (naive) or later, in UTC."""
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if at.astimezone(zone).replace(tzinfo=None) == wall:
        return at
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return first_change(zone, before, at)


def earliest(instants: Iterable[datetime]) -> datetime | None:
    """The first of some instants; ``None``: there is none."""
    return min(instants, default=None)
