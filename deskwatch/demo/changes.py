"""What each event does to a ticket: pure functions from one version to the next."""

from datetime import datetime
from typing import Any

from deskwatch.core.hours import BusinessCalendar
from deskwatch.demo.deadlines import Promises, with_clock, with_deadlines
from deskwatch.demo.directory import PROJECTS
from deskwatch.demo.records import HelpdeskTicket
from deskwatch.demo.statuses import CLOSED, OPEN, PENDING, DemoStatus


def written(
    status: DemoStatus, promises: Promises, calendar: BusinessCalendar, *, at: datetime, **fields: Any
) -> HelpdeskTicket:
    """A new ticket. Due dates follow the promises (project work has no resolution date); given fields win."""
    ticket = HelpdeskTicket(created_at=at, **{"updated_at": at, "status_updated_at": at, **fields})
    ticket = with_deadlines(ticket, promises, calendar, resolution=ticket.workspace_id != PROJECTS)
    if status.id != OPEN:
        ticket = in_status(ticket, status, calendar, now=at)
    return ticket.with_(**fields)


def assigned(ticket: HelpdeskTicket, agent_id: int | None, *, now: datetime) -> HelpdeskTicket:
    """Given to an agent, or to nobody."""
    if agent_id is None:
        return ticket.with_(responder_id=None, assigned_at=None, updated_at=now)
    return ticket.with_(
        responder_id=agent_id,
        first_assigned_at=ticket.first_assigned_at or now,
        assigned_at=now,
        updated_at=now,
    )


def answered(ticket: HelpdeskTicket, *, now: datetime) -> HelpdeskTicket:
    """An agent wrote to the customer."""
    return ticket.with_(
        first_responded_at=ticket.first_responded_at or now,
        agent_responded_at=now,
        outbound_count=ticket.outbound_count + 1,
        updated_at=now,
    )


def heard_from(ticket: HelpdeskTicket, *, now: datetime) -> HelpdeskTicket:
    """The customer wrote."""
    return ticket.with_(requester_responded_at=now, inbound_count=ticket.inbound_count + 1, updated_at=now)


def in_status(
    ticket: HelpdeskTicket, status: DemoStatus, calendar: BusinessCalendar, *, now: datetime
) -> HelpdeskTicket:
    """Moved to a status: SLA timer on or off, resolved and closed stamped, a reopened ticket opened again."""
    is_over = status.is_over
    was_over = ticket.resolved_at is not None or ticket.closed_at is not None
    return with_clock(ticket, calendar, runs=status.clock_runs, now=now).with_(
        status=status.id,
        status_updated_at=now,
        pending_since=now if status.id == PENDING else None,
        resolved_at=(ticket.resolved_at or now) if is_over else None,
        closed_at=now if status.id == CLOSED else None,
        opened_at=now if was_over and not is_over else ticket.opened_at,
        updated_at=now,
    )
