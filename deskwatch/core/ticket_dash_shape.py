"""The JSON that Ticket Dash answered at ``/api/tickets/<view>``: the same keys, the same kinds of values."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from deskwatch.core.merging import is_nameless
from deskwatch.core.ticket import Person, Ticket, format_instant
from deskwatch.core.ticket_dash import SECTIONS, DashRules, Standing, ago, days_old, standing, status_number

Item = dict[str, Any]


def answer_of(tickets: Iterable[Ticket], view: str, rules: DashRules, *, now: datetime) -> dict[str, Any]:
    """The whole answer for the tickets of one view. ``view`` is its title, which is part of two sections'."""
    sections: tuple[list[tuple[tuple[float, ...], Ticket, Standing]], ...] = ([], [], [], [])
    for ticket in tickets:
        stands = standing(ticket, rules, now=now)
        sections[stands.section - 1].append((stands.order, ticket, stands))
    items = [
        [
            item_of(ticket, stands, rules, now=now)
            for _, ticket, stands in sorted(rows, key=lambda row: row[0])
        ]
        for rows in sections
    ]
    return {
        **{f"s{number}_items": rows for number, rows in enumerate(items, 1)},
        "total_active_items": sum(map(len, items)),
        "dashboard_generated_time_iso": now.isoformat(),
        "view": view,
        **{f"section{number}_name_js": name.format(view=view) for number, name in enumerate(SECTIONS, 1)},
    }


def item_of(ticket: Ticket, stands: Standing, rules: DashRules, *, now: datetime) -> Item:
    """One ticket with its 23 keys. What our tickets do not keep of a helpdesk's row is null."""
    status, priority = status_number(ticket), ticket.priority
    return {
        "agent_name": _name(ticket.agent, "Agent ID", "Unassigned"),
        "agent_responded_friendly": ago(ticket.agent_responded_at, now=now),
        "created_at_str": _text(ticket.created_at),
        "created_days_old": days_old(ticket.created_at, now=now),
        "description_text": ticket.description,
        "due_by_str": _text(ticket.resolution_due_at),
        "first_responded_at_iso": _text(ticket.first_responded_at),
        "fr_due_by_str": _text(ticket.first_response_due_at),
        "id": _number(ticket.id),
        "priority_raw": priority.rank if priority else None,
        "priority_text": priority.value.capitalize() if priority else "P-None",
        "requester_id": _number(ticket.requester.id) if ticket.requester else None,
        "requester_name": _name(ticket.requester, "Req. ID", "N/A"),
        "responder_id": _number(ticket.agent.id) if ticket.agent else None,
        "sla_class": stands.css_class,
        "sla_text": stands.text,
        "stats": stats_of(ticket),
        "status_raw": status,
        "status_text": rules.status_name(status),
        "subject": ticket.subject or "No Subject Provided",
        "type": ticket.type or "Unknown",
        "updated_at_str": _text(ticket.updated_at),
        "updated_friendly": ago(ticket.updated_at, now=now),
    }


def stats_of(ticket: Ticket) -> dict[str, Any]:
    """Freshservice's ``stats`` embed as far as a ticket file tells it; all its 18 keys, null where unknown.

    https://api.freshservice.com/#view_a_ticket
    """
    status = status_number(ticket)
    return {
        "ticket_id": _number(ticket.id),
        "created_at": _text(ticket.created_at),
        "updated_at": _text(ticket.updated_at),
        "opened_at": _text(ticket.reopened_at),
        "pending_since": _text(ticket.status_since) if status == 3 else None,
        "resolved_at": _text(ticket.resolved_at),
        "closed_at": _text(ticket.closed_at),
        "status_updated_at": _text(ticket.status_since),
        "first_assigned_at": None,
        "assigned_at": _text(ticket.assigned_since),
        "first_responded_at": _text(ticket.first_responded_at),
        "agent_responded_at": _text(ticket.agent_responded_at),
        "requester_responded_at": _text(ticket.requester_responded_at),
        "inbound_count": None,
        "outbound_count": None,
        "group_escalated": None,
        "first_resp_time_in_secs": None,
        "resolution_time_in_secs": None,
    }


def _name(person: Person | None, kind: str, nobody: str) -> str:
    if person is None:
        return nobody
    if person.id and is_nameless(person):
        return f"{kind}: {person.id}"
    return person.name or "Somebody"


def _number(id_: str) -> int | str | None:
    """Ids of Freshservice are numbers; other helpdesks may have texts, and a hidden person has none."""
    return int(id_) if id_.isascii() and id_.isdigit() and len(id_) < 20 else id_ or None


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
