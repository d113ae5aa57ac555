"""One clock of one ticket: a deadline as instants, so that the state at any moment is a comparison."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Literal, NamedTuple

from deskwatch.core.hours import ALWAYS, BusinessCalendar

Measure = Literal["wall", "working"]
"""Whether a duration runs day and night or only while the desk is open."""
Target = Literal["first_response", "resolution", "update", "chase"]
"""What has to happen in time. ``update``: our word to the customer; ``chase``: our reminder to others."""

_NAMES: dict[Target, str] = {
    "first_response": "first response",
    "resolution": "resolution",
    "update": "update",
    "chase": "reminder",
}
_DONE: dict[Target, str] = {"first_response": "first response given", "resolution": "resolved"}
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ZERO = timedelta(0)
_MINUTE = timedelta(minutes=1)
_COUNTED = timedelta(days=366)  # beyond a year nobody counts working hours


class SlaState(StrEnum):
    """How a clock stands. Compare with ``rank``: the words do not sort."""

    OK = "ok"
    WARNING = "warning"
    CRITICAL = "critical"
    OVERDUE = "overdue"
    PAUSED = "paused"
    MET = "met"
    NONE = "none"

    @property
    def rank(self) -> int:
        """0 for the worst (overdue) to 6 for what can wait longest (paused)."""
        return _RANK[self]


_RANK = {
    state: rank
    for rank, state in enumerate(
        (
            SlaState.OVERDUE,
            SlaState.CRITICAL,
            SlaState.WARNING,
            SlaState.OK,
            SlaState.NONE,
            SlaState.MET,
            SlaState.PAUSED,
        )
    )
}


@dataclass(frozen=True, slots=True)
class SlaClock:
    """A deadline of a ticket. A state begins at its instant: at ``due_at`` itself the clock is overdue.

    ``paused_since`` and ``met_at`` stop the clock whatever the time; without ``due_at`` there is no deadline.
    ``why`` says which rule made the clock; ``calendar`` tells whose working time ``explain`` counts.
    ``allowed`` is the time a policy gave, in its ``measure``; ``None``: all from the start to the due date.
    """

    target: Target
    started_at: datetime | None = None
    due_at: datetime | None = None
    warning_at: datetime | None = None
    critical_at: datetime | None = None
    paused_since: datetime | None = None
    met_at: datetime | None = None
    why: str = ""
    calendar: BusinessCalendar = field(default=ALWAYS, repr=False)
    allowed: timedelta | None = None
    measure: Measure = "wall"

    def state(self, now: datetime) -> SlaState:
        """How the clock stands at ``now``; changes by time alone only at ``next_change``."""
        if self.met_at is not None:
            return SlaState.MET
        due_at = self.due_at
        if due_at is None:
            return SlaState.NONE
        if self.paused_since is not None:
            return SlaState.PAUSED
        if now >= due_at:
            return SlaState.OVERDUE
        if self.critical_at is not None and now >= self.critical_at:
            return SlaState.CRITICAL
        if self.warning_at is not None and now >= self.warning_at:
            return SlaState.WARNING
        return SlaState.OK

    def next_change(self, now: datetime) -> datetime | None:
        """The first instant after ``now`` at which ``state`` changes if nobody touches the ticket."""
        due_at = self.due_at
        if due_at is None or now >= due_at or self.met_at is not None or self.paused_since is not None:
            return None
        critical_at, warning_at = self.critical_at, self.warning_at
        if critical_at is not None:
            if now >= critical_at:
                return due_at
            if warning_at is None or now >= warning_at or warning_at >= critical_at:
                return min(critical_at, due_at)
        elif warning_at is None or now >= warning_at:
            return due_at
        return min(warning_at, due_at)

    def remaining(self, now: datetime) -> timedelta | None:
        """Time to the deadline, negative when it is past; of a paused clock what was left when it stopped.

        ``None``: there is no deadline, or it is met.
        """
        if self.due_at is None or self.met_at is not None:
            return None
        return self.due_at - (now if self.paused_since is None else self.paused_since)

    def working_left(self, now: datetime) -> timedelta | None:
        """Like ``remaining``, in working time; ``None`` also when paused or more than a year away."""
        if self.due_at is None or self.met_at is not None or self.paused_since is not None:
            return None
        if abs(self.due_at - now) > _COUNTED:
            return None
        return self.calendar.between(now, self.due_at)

    @property
    def met_late(self) -> bool:
        """Whether it was met, but after the deadline."""
        return self.met_at is not None and self.due_at is not None and self.met_at > self.due_at

    def explain(self, now: datetime, zone: tzinfo | None = None) -> str:
        """The clock in words for a tooltip, in the calendar's zone unless told another."""
        if self.met_at is None and self.due_at is None:
            words = f"no {_NAMES[self.target]} deadline"
        else:
            words = self._standing(now, zone or self.calendar.zone)
        return f"{words} ({self.why})" if self.why else words

    def _standing(self, now: datetime, zone: tzinfo) -> str:
        name, due_at = _NAMES[self.target], self.due_at
        if self.met_at is not None:
            late = f", {_lasting(self.met_at - due_at)} late" if due_at and self.met_at > due_at else ""
            return f"{_DONE.get(self.target, name)} {_moment(self.met_at, now, zone)}{late}"
        assert due_at is not None
        if self.paused_since is not None:
            left = due_at - self.paused_since
            words = f"{_lasting(left)} were left" if left > _ZERO else f"{_lasting(-left)} late by then"
            return f"{name} clock paused since {_moment(self.paused_since, now, zone)}, {words}"
        due = _moment(due_at, now, zone)
        if now >= due_at:
            return f"{name} was due {due}, {_lasting(now - due_at)} ago"
        working = self.working_left(now)
        if working is None or working == due_at - now:
            return f"{name} due {due}; {_lasting(due_at - now)} left"
        return f"{name} due {due}; {_working(working)} left"


class Clocks(NamedTuple):
    """Both clocks of a ticket."""

    deadline: SlaClock
    update: SlaClock


def _lasting(duration: timedelta) -> str:
    """Two units at most, rounded down: ``2 d 4 h``, ``35 min``, ``12 s``."""
    seconds = int(duration.total_seconds())
    days, hours, minutes = seconds // 86400, seconds // 3600 % 24, seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def _working(duration: timedelta) -> str:
    """Like ``_lasting`` without days: nobody could tell a working day from 24 hours."""
    if not duration:
        return "no working time"
    hours, rest = divmod(duration, timedelta(hours=1))
    if not hours:
        return f"{_lasting(duration)} of working time"
    return (
        f"{hours} h {rest // _MINUTE} min of working time"
        if rest >= _MINUTE
        else f"{hours} h of working time"
    )


def _moment(at: datetime, now: datetime, zone: tzinfo) -> str:
    """``Mon 10:00`` within six days of ``now``, else with the date, with the year when that differs."""
    try:
        at, now = at.astimezone(zone), now.astimezone(zone)
    except OverflowError:  # the first or last hours of all years: no zone can show them
        at, now = at.astimezone(UTC), now.astimezone(UTC)
    weekday = _WEEKDAYS[at.weekday()]
    if abs(at.date() - now.date()) < timedelta(days=7):
        return f"{weekday} {at:%H:%M}"
    day = f"{weekday} {at.day} {_MONTHS[at.month - 1]}"
    return f"{day} {at:%H:%M}" if at.year == now.year else f"{day} {at.year} {at:%H:%M}"
