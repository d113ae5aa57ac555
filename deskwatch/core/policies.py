"""Service level policies: deadlines for tickets whose source gives none, with the time they stood still."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.match import Match, selects
from deskwatch.core.sla_clock import Measure, SlaState
from deskwatch.core.ticket import Phase, Priority, Ticket

DeadlineTarget = Literal["first_response", "resolution"]
Stretch = tuple[datetime, datetime | None]
"""A stretch of time in which a ticket's clock runs, half-open; ``None``: it still does."""


@dataclass(frozen=True, kw_only=True)
class SlaPolicy:
    """How much time there is for the tickets it applies to, from their creation.

    Of durations in ``working`` time, whole days count full days of the calendar. ``calendar`` ``None`` means
    the ticket's own.
    """

    name: str
    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()
    first_response: timedelta | None = None
    resolution: timedelta | None = None
    measure: Measure = "wall"
    calendar: BusinessCalendar | None = None

    def applies(self, ticket: Ticket) -> bool:
        """Whether the ticket meets any of ``match`` (none given: always) and none of ``not_match``."""
        return selects(self.match, self.not_match, ticket, SlaState.NONE, SlaState.NONE)

    def target(self, target: DeadlineTarget, calendar: BusinessCalendar) -> timedelta | None:
        """The time there is, ready to be added; ``None``: this policy sets no such deadline."""
        given = self.first_response if target == "first_response" else self.resolution
        return given if given is None or self.measure == "wall" else calendar.working(given)


@dataclass(frozen=True, kw_only=True)
class EscalateRules:
    """Which tickets count as more urgent after a missed deadline, and up to which priority."""

    match: tuple[Match, ...] = ()
    not_match: tuple[Match, ...] = ()
    up_to: Priority = Priority.URGENT

    def applies(self, ticket: Ticket) -> bool:
        """Whether a missed deadline of this ticket raises its priority."""
        return selects(self.match, self.not_match, ticket, SlaState.NONE, SlaState.NONE)


def running(ticket: Ticket, pausing: frozenset[Phase], *, since: datetime) -> Iterator[Stretch]:
    """When the ticket's clock ran, from ``since`` on: not in pausing phases, and not while it was over.

    What was before the first phase of the history is unknown and counts as running.
    """
    began: datetime | None = since
    for phase, at in ticket.phases or ((ticket.phase, ticket.status_since or since),):
        at = max(at, since)
        if phase in pausing or phase.is_over:
            if began is not None:
                yield began, at
            began = None
        elif began is None:
            began = at
    if began is not None:
        yield began, None


def paused_since(ticket: Ticket, pausing: frozenset[Phase]) -> datetime | None:
    """Since when the ticket's clock stands still; ``None``: it runs."""
    if ticket.phase not in pausing and not ticket.phase.is_over:
        return None
    since = ticket.status_since or ticket.updated_at or ticket.created_at
    for phase, at in reversed(ticket.phases):
        if phase not in pausing and not phase.is_over:
            break
        since = at
    return since


def due_at(
    ticket: Ticket,
    allowed: timedelta,
    pausing: frozenset[Phase],
    calendar: BusinessCalendar | None,
    *,
    since: datetime,
) -> datetime | None:
    """When ``allowed`` is used up, counted from ``since``: in the calendar's working time, or day and night.

    Of a clock that stands still now: when it would be, had it gone on where it stopped. ``None``: never, the
    calendar does not open that long.
    """
    left, stopped = allowed, since
    for began, ended in running(ticket, pausing, since=since):
        at = _later(began, left, calendar)
        if at is None or ended is None or at <= ended:
            return at
        left -= calendar.between(began, ended) if calendar else ended - began
        stopped = ended
    return _later(stopped, left, calendar)


def _later(at: datetime, duration: timedelta, calendar: BusinessCalendar | None) -> datetime | None:
    if calendar is not None:
        return calendar.add(at, duration)
    try:
        return at + duration
    except OverflowError:
        return None
