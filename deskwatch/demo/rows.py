"""Tickets as Freshservice writes them: the keys of three eras, the embeds, the conversation."""

from collections.abc import Iterable
from datetime import datetime
from html import escape
from typing import Any

from deskwatch.demo.deadlines import first_response_breached, resolution_breached
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.records import HelpdeskTicket, Human, Message

STATS_ID_OFFSET = 31_003_000_000
"""``stats.ticket_id`` is the number of a database row, not the ticket's."""

Row = dict[str, Any]


def iso(at: datetime | None) -> str | None:
    """An instant as the API writes it: UTC, whole seconds."""
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def as_html(text: str) -> str:
    """Plain text as the HTML body of a ticket or message."""
    return f"<div>{escape(text, quote=False).replace(chr(10), '<br>')}</div>"


def ticket_row(
    desk: Helpdesk, ticket: HelpdeskTicket, *, now: datetime, across_workspaces: bool = False
) -> Row:
    """One ticket without embeds.

    Args:
        across_workspaces: workspace 0 was asked for, which leaves out custom fields of single ones.
    """
    era = desk.switches.era
    row = _row_of_2022(ticket, now, _custom_fields(ticket, across_workspaces))
    if era >= 2023 and desk.switches.has_workspaces:
        row["workspace_id"] = ticket.workspace_id
    if era >= 2024:
        row.update(_keys_of_2024(desk, ticket))
    return row


def _row_of_2022(ticket: HelpdeskTicket, now: datetime, custom_fields: Row) -> Row:
    return {
        "subject": ticket.subject,
        "group_id": ticket.group_id,
        "department_id": ticket.department_id,
        "category": ticket.category,
        "sub_category": ticket.sub_category,
        "item_category": None,
        "requester_id": ticket.requester_id,
        "responder_id": ticket.responder_id,
        "due_by": iso(ticket.due_by),
        "fr_escalated": first_response_breached(ticket, now=now),
        "deleted": ticket.deleted,
        "spam": ticket.spam,
        "email_config_id": None,
        "fwd_emails": [],
        "reply_cc_emails": [],
        "cc_emails": [],
        "is_escalated": resolution_breached(ticket, now=now),
        "fr_due_by": iso(ticket.fr_due_by),
        "id": ticket.id,
        "priority": ticket.priority,
        "status": ticket.status,
        "source": ticket.source,
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "requested_for_id": ticket.requester_id,
        "to_emails": None,
        "type": ticket.type,
        "description": as_html(ticket.description),
        "description_text": ticket.description,
        "custom_fields": custom_fields,
    }


def _keys_of_2024(desk: Helpdesk, ticket: HelpdeskTicket) -> Row:
    return {
        "planned_start_date": None,
        "planned_end_date": None,
        "planned_effort": None,
        "tasks_dependency_type": 0,
        "sla_policy_id": SLA_POLICY_ID,
        "impact": ticket.impact,
        "urgency": ticket.urgency,
        "bcc_emails": None,
        "applied_business_hours": desk.hours.id,
        "created_within_business_hours": desk.hours.calendar.is_open(ticket.created_at),
        "resolution_notes": None,
        "resolution_notes_html": None,
        "attachments": [],
    }


SLA_POLICY_ID = 31000070001
_ACCOUNT_FIELDS = frozenset({"site"})


def _custom_fields(ticket: HelpdeskTicket, across_workspaces: bool) -> Row:
    return {k: v for k, v in ticket.custom_fields.items() if not across_workspaces or k in _ACCOUNT_FIELDS}


def requester_embed(human: Human) -> Row:
    """``include=requester``."""
    return {
        "id": human.id,
        "name": human.name,
        "email": human.email,
        "mobile": human.mobile,
        "phone": human.phone,
    }


def stats_embed(desk: Helpdesk, ticket: HelpdeskTicket) -> Row:
    """``include=stats``. For half of the tickets Freshservice does not tell when they were assigned."""
    tells = ticket.id % 2 == 0
    first = ticket.first_responded_at
    between = desk.hours.calendar.between
    worked = between(ticket.created_at, ticket.resolved_at or ticket.updated_at)
    return {
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        "ticket_id": ticket.id + STATS_ID_OFFSET,
        "opened_at": iso(ticket.opened_at),
        "group_escalated": False,
        "inbound_count": ticket.inbound_count,
        "status_updated_at": iso(ticket.status_updated_at),
        "outbound_count": ticket.outbound_count,
        "pending_since": iso(ticket.pending_since),
        "resolved_at": iso(ticket.resolved_at),
        "closed_at": iso(ticket.closed_at),
        "first_assigned_at": iso(ticket.first_assigned_at) if tells else None,
        "assigned_at": iso(ticket.assigned_at) if tells else None,
        "agent_responded_at": iso(ticket.agent_responded_at),
        "requester_responded_at": iso(ticket.requester_responded_at),
        "first_responded_at": iso(first),
        "first_resp_time_in_secs": int(between(ticket.created_at, first).total_seconds()) if first else None,
        "resolution_time_in_secs": int(worked.total_seconds()),
    }


def conversation_rows(ticket: HelpdeskTicket, messages: Iterable[Message]) -> list[Row]:
    """Replies and notes of a ticket."""
    return [
        {
            "id": message.id,
            "user_id": message.user_id,
            "to_emails": [],
            "body": as_html(message.text),
            "body_text": message.text,
            "ticket_id": ticket.id,
            "created_at": iso(message.at),
            "updated_at": iso(message.at),
            "incoming": message.incoming,
            "private": message.kind == "note",
            "support_email": None,
            "source": 2 if message.kind == "note" else 0,
            "from_email": None,
            "cc_emails": [],
            "bcc_emails": None,
            "attachments": [],
        }
        for message in messages
    ]
