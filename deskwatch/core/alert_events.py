"""What happened to a ticket a short while ago, as far as its file tells."""

from collections.abc import Iterator
from datetime import datetime

from deskwatch.core.alert_causes import Cause
from deskwatch.core.alert_kinds import AlertKind
from deskwatch.core.alert_rules import AlertRules
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.ticket import Phase, Priority, Ticket


def is_backlog(ticket: Ticket, rules: AlertRules) -> bool:
    """Whether the ticket was old already when it was first seen: what it tells of its past is no news."""
    seen, created = ticket.first_seen_at, ticket.created_at
    return seen is not None and created is not None and seen - created > rules.backlog_after


def old_until(ticket: Ticket, rules: AlertRules) -> datetime | None:
    """Until when everything about the ticket is backlog; ``None``: nothing is."""
    return ticket.first_seen_at if is_backlog(ticket, rules) else None


def over_since(ticket: Ticket) -> datetime | None:
    """When the ticket was done with: a ticket that is closed after it was resolved was done with before."""
    if ticket.resolved_at is not None:
        return ticket.resolved_at
    since = ticket.closed_at or ticket.status_since or ticket.updated_at
    for phase, at in reversed(ticket.phases):
        if not phase.is_over:
            break
        since = at
    return since


def replied_at(ticket: Ticket) -> datetime | None:
    """When the customer wrote what nobody has answered; ``None``: there is no such word."""
    replied, answered = ticket.requester_responded_at, ticket.agent_responded_at
    if replied is None:
        return ticket.status_since if ticket.phase is Phase.CUSTOMER_REPLIED else None
    if ticket.created_at is not None and replied <= ticket.created_at:
        return None  # some helpdesks call the request itself a reply
    return replied if answered is None or replied > answered else None


def events_of(
    ticket: Ticket, rules: AlertRules, calendar: BusinessCalendar, *, now: datetime
) -> Iterator[Cause]:
    """Everything that happened in the last ``fresh_for`` and was not there already at first sight."""
    oldest = now - rules.fresh_for
    seen = old_until(ticket, rules)
    if seen is not None and seen > oldest:
        oldest = seen
    if ticket.is_over:
        at = over_since(ticket)
        if at is not None and at > oldest:
            yield _event(AlertKind.RESOLVED, at, "it was resolved")
        return
    if (at := ticket.created_at or ticket.first_seen_at) is not None and at > oldest:
        yield _event(AlertKind.CREATED, at, "it came in")
        yield from _arrival(at, calendar)
    if (at := ticket.assigned_since) is not None and at > oldest and ticket.agent is not None:
        before = ticket.previous_agent
        if before is None:
            yield _event(AlertKind.ASSIGNED, at, f"it was given to {ticket.agent.name}")
        else:
            words = f"it went from {before.name} to {ticket.agent.name}"
            yield _event(AlertKind.REASSIGNED, at, words)
    if (at := replied_at(ticket)) is not None and at > oldest:
        yield _event(AlertKind.CUSTOMER_REPLIED, at, "the customer replied")
    if (at := ticket.reopened_at) is not None and at > oldest:
        yield _event(AlertKind.REOPENED, at, "it was reopened")
    if (at := ticket.priority_since) is not None and at > oldest:
        yield from _raised(ticket, at)
    if (at := ticket.updated_at) is not None and at > oldest:
        arrival = ticket.first_seen_at or ticket.created_at
        if arrival is None or at > arrival:
            yield _event(AlertKind.UPDATED, at, "it was changed")


def _event(kind: AlertKind, at: datetime, words: str, holiday: str | None = None) -> Cause:
    return Cause(kind, at, at, words, holiday=holiday)


def _arrival(at: datetime, calendar: BusinessCalendar) -> Iterator[Cause]:
    """A holiday is told as such, and as after hours to those whose rules know no holidays."""
    if holiday := calendar.holiday_at(at):
        yield _event(AlertKind.HOLIDAY, at, f"it came in on a holiday ({holiday})", holiday)
    if not calendar.is_open(at):
        yield _event(AlertKind.AFTER_HOURS, at, "it came in while the desk was closed", holiday)


def _raised(ticket: Ticket, at: datetime) -> Iterator[Cause]:
    before, priority = ticket.previous_priority, ticket.priority
    if priority is None:
        return
    if before is None:  # until somebody has looked at it, many helpdesks give a ticket no priority at all
        is_set_later = ticket.first_seen_at is not None and at > ticket.first_seen_at
        if is_set_later and priority.rank > Priority.MEDIUM.rank:
            yield _event(AlertKind.PRIORITY_RAISED, at, f"its priority was set to {priority}")
    elif priority.rank > before.rank:
        yield _event(AlertKind.PRIORITY_RAISED, at, f"its priority went from {before} to {priority}")
