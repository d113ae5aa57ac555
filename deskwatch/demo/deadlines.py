"""Due dates the way Freshservice sets them: targets in business time, frozen while the SLA timer is off."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from deskwatch.core.hours import BusinessCalendar
from deskwatch.demo.records import HelpdeskTicket

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """Business time until the first response and until the resolution; ``None``: no such promise."""

    respond_within: timedelta | None
    resolve_within: timedelta | None


Promises = Mapping[int, Promise]
"""Priority (1 low to 4 urgent) to promise."""

STANDARD_PROMISES: Promises = MappingProxyType(
    {
        4: Promise(respond_within=30 * _MINUTE, resolve_within=8 * _HOUR),
        3: Promise(respond_within=2 * _HOUR, resolve_within=1 * _DAY),
        2: Promise(respond_within=8 * _HOUR, resolve_within=3 * _DAY),
        1: Promise(respond_within=1 * _DAY, resolve_within=5 * _DAY),
    }
)


def with_deadlines(
    ticket: HelpdeskTicket, promises: Promises, calendar: BusinessCalendar, *, resolution: bool = True
) -> HelpdeskTicket:
    """The ticket with due dates counted from its creation.

    Args:
        resolution: whether the ticket gets a resolution date at all (project work has none).
    """
    promise = promises[ticket.priority]

    def due(within: timedelta | None) -> datetime | None:
        return None if within is None else calendar.add(ticket.created_at, within)

    return ticket.with_(
        fr_due_by=due(promise.respond_within),
        due_by=due(promise.resolve_within) if resolution else None,
    )


def with_clock(
    ticket: HelpdeskTicket, calendar: BusinessCalendar, *, runs: bool, now: datetime
) -> HelpdeskTicket:
    """The ticket with its SLA timer on or off.

    While it is off the due dates stand; switched on again, they move by the business time that passed.
    """
    stopped = ticket.clock_stopped_since
    if not runs:
        return ticket if stopped is not None else ticket.with_(clock_stopped_since=now)
    if stopped is None:
        return ticket
    rested = calendar.between(stopped, now)
    answered = ticket.first_responded_at is not None
    return ticket.with_(
        clock_stopped_since=None,
        due_by=_moved(ticket.due_by, rested, calendar),
        fr_due_by=ticket.fr_due_by if answered else _moved(ticket.fr_due_by, rested, calendar),
    )


def first_response_breached(ticket: HelpdeskTicket, *, now: datetime) -> bool:
    """``fr_escalated``: the first response is late. Computed when read; time alone changes no ticket."""
    return _late(ticket, ticket.fr_due_by, ticket.first_responded_at, now)


def resolution_breached(ticket: HelpdeskTicket, *, now: datetime) -> bool:
    """``is_escalated``: the resolution is late. Computed when read; time alone changes no ticket."""
    return _late(ticket, ticket.due_by, ticket.resolved_at or ticket.closed_at, now)


def _late(ticket: HelpdeskTicket, due: datetime | None, done: datetime | None, now: datetime) -> bool:
    if due is None:
        return False
    if done is not None:
        return done > due
    return ticket.clock_stopped_since is None and now > due


def _moved(due: datetime | None, by: timedelta, calendar: BusinessCalendar) -> datetime | None:
    return None if due is None else calendar.add(due, by)
