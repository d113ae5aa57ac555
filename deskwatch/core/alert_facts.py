"""What texts may say about an alert: plain JSON values by name."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from deskwatch.core.alert_causes import Cause
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.ticket import Person, Priority, Ticket, format_instant

FACTS: Mapping[str, str] = MappingProxyType(
    {
        "ticket": "key of the ticket: `demo-12`",
        "number": "what people call it: `INC-12`",
        "subject": "subject as the customer wrote it",
        "url": "where it is in the helpdesk",
        "priority": "`low`, `medium`, `high` or `urgent`, raised by escalation",
        "priority_word": "the same for people: `Urgent`",
        "status": "the helpdesk's own word",
        "phase": "`open`, `waiting_on_customer` …",
        "type": "`Incident` …",
        "category": "category",
        "group": "name of the team",
        "agent": "name of who has it",
        "agent_id": "the helpdesk's id of who has it",
        "requester": "name of who asked",
        "client": "name of the client, company or department",
        "source": "name of the source",
        "created_at": "when it came in",
        "occurred_at": "when the cause happened",
        "cause": "what happened, as the end of a sentence: `it was reopened`",
        "due_at": "the deadline that is near or was missed",
        "target": "which one: `first_response`, `resolution`, `update` or `chase`",
        "lead": "which warning: `1h` or `75%`",
        "holiday": "name of the holiday",
        "next_opening": "when the desk opens again, if it was closed when it happened",
        "previous_agent": "name of who had it before",
        "previous_priority": "its priority before",
        "previous_phase": "its phase before",
        "escalated_from": "priority before the escalation",
        "escalated_to": "priority since the escalation",
        "new_due_at": "the deadline since the escalation",
    }
)
"""Name to meaning. Instants are RFC 3339 in UTC; what is unknown or belongs to other kinds is ``None``."""

_WORDS = {priority: priority.value.capitalize() for priority in Priority}


def facts_of(ticket: Ticket, cause: Cause, calendar: BusinessCalendar) -> dict[str, Any]:
    """Every fact of ``FACTS`` for an alert about this ticket."""
    clock, step = cause.clock, cause.step
    due_at = cause.at if clock is not None else None
    return {
        "ticket": ticket.key,
        "number": ticket.number or ticket.id,
        "subject": ticket.subject,
        "url": ticket.url,
        "priority": _value(ticket.priority),
        "priority_word": _WORDS[ticket.priority] if ticket.priority else None,
        "status": ticket.status.name or None,
        "phase": ticket.phase.value,
        "type": ticket.type,
        "category": ticket.category,
        "group": _name(ticket.group),
        "agent": _name(ticket.agent),
        "agent_id": ticket.agent.id if ticket.agent else None,
        "requester": _name(ticket.requester),
        "client": _name(ticket.client),
        "source": ticket.source,
        "created_at": _text(ticket.created_at),
        "occurred_at": _text(cause.began_at),
        "cause": cause.words,
        "due_at": _text(due_at),
        "target": clock.target if clock else None,
        "lead": cause.lead.label if cause.lead else None,
        "holiday": cause.holiday,
        "next_opening": _text(_next_opening(cause.began_at, calendar)),
        "previous_agent": _name(ticket.previous_agent),
        "previous_priority": _value(ticket.previous_priority),
        "previous_phase": ticket.previous_phase.value if ticket.previous_phase else None,
        "escalated_from": step.from_.value if step else None,
        "escalated_to": step.to.value if step else None,
        "new_due_at": _text(step.due_at if step else None),
    }


def _next_opening(at: datetime, calendar: BusinessCalendar) -> datetime | None:
    return None if calendar.is_open(at) else calendar.next_opening(at)


def _name(who: Person | None) -> str | None:
    return who.name if who else None


def _value(priority: Priority | None) -> str | None:
    return priority.value if priority else None


def _text(at: datetime | None) -> str | None:
    return format_instant(at) if at is not None else None
