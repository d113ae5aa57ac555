"""Tickets as Atera's API v3 writes them: flat rows, names beside ids, nothing about when they changed."""

from datetime import datetime, timedelta, timezone
from typing import Any

from deskwatch.demo.atera_switches import AteraSwitches
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.records import HelpdeskTicket, Human
from deskwatch.demo.rows import as_html, iso
from deskwatch.demo.setup_rows import SOURCES

Row = dict[str, Any]

COMMENTS = (
    "LastEndUserComment",
    "LastEndUserCommentTimestamp",
    "LastTechnicianComment",
    "LastTechnicianCommentTimestamp",
)
RELATIONS = ("RelationType", "RelatedTicketId")
PRIORITIES = {1: "Low", 2: "Medium", 3: "High", 4: "Critical"}
_IMPACTS = {1: "Minor", 2: "Major", 3: "SiteDown"}
_SUMMER = timezone(timedelta(hours=2))


def date_text(at: datetime | None, switches: AteraSwitches) -> str | None:
    """An instant in the way this account writes them."""
    if at is None:
        return None
    match switches.dates:
        case "none":
            return at.strftime("%Y-%m-%dT%H:%M:%S")
        case "fraction":
            return at.strftime("%Y-%m-%dT%H:%M:%S.1234567Z")
        case "offset":
            return at.astimezone(_SUMMER).isoformat()
        case _:
            return iso(at)


def status_text(desk: Helpdesk, ticket: HelpdeskTicket) -> str:
    """The word for where a ticket stands; there are no ids of statuses."""
    return "Spam" if ticket.spam else desk.status_of(ticket).name


def ticket_row(
    desk: Helpdesk, switches: AteraSwitches, ticket: HelpdeskTicket, *, comments: bool, relations: bool
) -> Row:
    """One ticket, with or without the last comments and its relations."""
    row = _whole_row(desk, switches, ticket)
    if not comments:
        row = _hidden(row, COMMENTS, switches.hidden_comments)
    if not relations:
        row = _hidden(row, RELATIONS, switches.hidden_relations)
    row |= dict.fromkeys(row.keys() & switches.null_fields)
    return row | switches.odd.get(ticket.id, {})


def _hidden(row: Row, names: tuple[str, ...], how: str) -> Row:
    if how == "null":
        return row | dict.fromkeys(names)
    return {name: value for name, value in row.items() if name not in names}


def _whole_row(desk: Helpdesk, switches: AteraSwitches, ticket: HelpdeskTicket) -> Row:
    customer = desk.directory.departments.get(ticket.department_id or 0)
    said = desk.conversation(ticket.id)
    theirs = next((m.text for m in reversed(said) if m.incoming), None)
    ours = next((m.text for m in reversed(said) if not m.incoming and m.kind == "reply"), None)

    def date(at: datetime | None) -> str | None:
        return date_text(at, switches)

    return {
        "TicketID": ticket.id,
        "TicketTitle": ticket.subject,
        "TicketNumber": f"{ticket.created_at:%y%m%d}{ticket.id}",
        "TicketPriority": PRIORITIES.get(ticket.priority),
        "TicketImpact": _IMPACTS.get(ticket.impact, "NoImpact"),
        "TicketStatus": status_text(desk, ticket),
        "TicketSource": SOURCES.get(ticket.source),
        "TicketType": "Request" if ticket.type == "Service Request" else ticket.type,
        **_requester(desk.directory.person(ticket.requester_id)),
        "TicketResolvedDate": date(ticket.resolved_at),
        "TicketCreatedDate": date(ticket.created_at),
        "TechnicianFirstCommentDate": date(ticket.first_responded_at),
        "FirstResponseDueDate": date(ticket.fr_due_by),
        "ClosedTicketDueDate": date(ticket.due_by),
        "FirstComment": as_html(ticket.description) if ticket.description else None,
        "LastEndUserComment": as_html(theirs) if theirs else None,
        "LastEndUserCommentTimestamp": date(ticket.requester_responded_at),
        "LastTechnicianComment": as_html(ours) if ours else None,
        "LastTechnicianCommentTimestamp": date(ticket.agent_responded_at),
        **dict.fromkeys(_WORKED, 0),
        "CustomerID": customer.id if customer else 0,
        "CustomerName": customer.name if customer else None,
        "CustomerBusinessNumber": None,
        **_technician(desk.directory.agents.get(ticket.responder_id or 0)),
        "ContractID": None,
        "RelationType": "None",
        "RelatedTicketId": None,
    }


_WORKED = tuple(
    f"{what}Duration{unit}"
    for what in ("OnSite", "OffSite", "OnSLA", "OffSLA", "Total")
    for unit in ("Seconds", "Minutes")
)


def _requester(human: Human | None) -> Row:
    return {
        "EndUserID": human and human.id,
        "EndUserEmail": human and human.email,
        "EndUserFirstName": human and human.first_name,
        "EndUserLastName": human and human.last_name,
        "EndUserPhone": human and human.phone,
    }


def _technician(agent: Human | None) -> Row:
    return {
        "TechnicianContactID": agent and agent.id,
        "TechnicianFullName": agent and agent.name,
        "TechnicianEmail": agent and agent.email,
    }
