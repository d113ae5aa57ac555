"""Freshdesk's API v2: the same desk in bare arrays, with contacts and companies, and no workspaces."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from deskwatch.demo.answers import Answer, invalid, not_found
from deskwatch.demo.calls import Call, page_of
from deskwatch.demo.deadlines import first_response_breached, resolution_breached
from deskwatch.demo.freshservice import Handler, Route, make_route
from deskwatch.demo.helpdesk import Helpdesk, UnknownTicketError
from deskwatch.demo.limits import Bucket
from deskwatch.demo.records import HelpdeskTicket, Human
from deskwatch.demo.rows import Row, as_html, conversation_rows, iso
from deskwatch.demo.setup_rows import PRIORITIES, TYPES
from deskwatch.demo.views import filter_page, filtered_tickets, listed_tickets
from deskwatch.demo.writes import add_note, update

_LIST_EMBEDS = ("requester", "stats", "company", "description")
_VIEW_EMBEDS = ("conversations", "requester", "company", "stats")
_ORDERS = ("created_at", "due_by", "updated_at", "status")
_SEARCH_PAGES = 10
_SINCE = "2025-01-06T09:00:00Z"
_DATES = {"created_at": _SINCE, "updated_at": _SINCE}
_STATS = (
    "agent_responded_at",
    "requester_responded_at",
    "first_responded_at",
    "status_updated_at",
    "resolved_at",
    "closed_at",
    "pending_since",
)


def _list(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    embeds = call.include(_LIST_EMBEDS)
    order = call.choice("order_by", _ORDERS) or "created_at"
    tickets, headers = page_of(call, listed_tickets(desk, call, order_by=order))
    rows = [_with_embeds(desk, ticket, embeds, call) for ticket in tickets]
    return Answer(data=rows, headers=headers), 1 + 2 * len(embeds)


def _search(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    if call.page > _SEARCH_PAGES:
        raise invalid("page", f"It should be a Positive Integer less than or equal to {_SEARCH_PAGES}")
    found = filtered_tickets(desk, call)
    rows = [_with_embeds(desk, ticket, (), call) for ticket in filter_page(call, found)]
    return Answer(data={"results": rows, "total": len(found)}), 1


def _view(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    embeds = call.include(_VIEW_EMBEDS)
    row = _with_embeds(desk, _ticket(desk, call), (*embeds, "description"), call)
    return Answer(data=row), 1 + len(embeds)


def _conversations(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    ticket = _ticket(desk, call)
    messages, headers = page_of(call, desk.conversation(ticket.id))
    return Answer(data=conversation_rows(ticket, messages), headers=headers), 1


def _update(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    ticket, credits = update(desk, call)
    return Answer(data=_with_embeds(desk, ticket, (), call)), credits


def _note(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    row, credits = add_note(desk, call)
    return Answer(status=201, data=row), credits


def _ticket(desk: Helpdesk, call: Call) -> HelpdeskTicket:
    try:
        return desk.ticket(call.ticket_id or 0)
    except UnknownTicketError:
        raise not_found() from None


def _with_embeds(desk: Helpdesk, ticket: HelpdeskTicket, embeds: Sequence[str], call: Call) -> Row:
    row = _row(ticket, call)
    for embed in embeds:
        match embed:
            case "description":
                row.update(description=as_html(ticket.description), description_text=ticket.description)
            case "stats":
                row["stats"] = {name: iso(getattr(ticket, name)) for name in _STATS}
            case "requester":
                human = desk.directory.person(ticket.requester_id)
                row["requester"] = _person(human) if human else None
            case "company":
                company = desk.directory.departments.get(ticket.department_id or 0)
                row["company"] = {"id": company.id, "name": company.name} if company else {}
            case "conversations":
                row["conversations"] = conversation_rows(ticket, desk.conversation(ticket.id))
    return row


def _row(ticket: HelpdeskTicket, call: Call) -> Row:
    return {
        "cc_emails": [],
        "fwd_emails": [],
        "reply_cc_emails": [],
        "fr_escalated": first_response_breached(ticket, now=call.now),
        "spam": ticket.spam,
        "email_config_id": None,
        "group_id": ticket.group_id,
        "priority": ticket.priority,
        "requester_id": ticket.requester_id,
        "responder_id": ticket.responder_id,
        "source": ticket.source,
        "company_id": ticket.department_id,
        "status": ticket.status,
        "subject": ticket.subject,
        "support_email": None,
        "to_emails": None,
        "product_id": None,
        "id": ticket.id,
        "type": ticket.type,
        "due_by": iso(ticket.due_by),
        "fr_due_by": iso(ticket.fr_due_by),
        "is_escalated": resolution_breached(ticket, now=call.now),
        "custom_fields": dict(ticket.custom_fields),
        "tags": list(ticket.tags),
        "created_at": iso(ticket.created_at),
        "updated_at": iso(ticket.updated_at),
        **({"deleted": True} if ticket.deleted else {}),
    }


def _person(human: Human) -> Row:
    return {
        "id": human.id,
        "name": human.name,
        "email": human.email,
        "mobile": human.mobile,
        "phone": human.phone,
    }


def _agent(agent: Human) -> Row:
    contact = {**_person(agent), "active": agent.active, "job_title": None, "language": agent.language}
    return {
        "id": agent.id,
        "available": True,
        "occasional": False,
        "type": "support_agent",
        "contact": contact,
        **_DATES,
    }


def _contact(human: Human) -> Row:
    return {**_person(human), "active": human.active, "company_id": human.department_id, **_DATES}


def _listing(rows: Callable[[Helpdesk], Iterable[Row]]) -> Handler:
    def handler(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
        page, headers = page_of(call, list(rows(desk)))
        return Answer(data=page, headers=headers), 1

    return handler


def _agents(desk: Helpdesk) -> Iterable[Row]:
    return (_agent(agent) for agent in desk.directory.agents.values())


def _me(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    return Answer(data=_agent(next(iter(desk.directory.agents.values())))), 1


def _contacts(desk: Helpdesk) -> Iterable[Row]:
    return (_contact(human) for human in desk.directory.requesters.values())


def _companies(desk: Helpdesk) -> Iterable[Row]:
    return ({"id": d.id, "name": d.name, **_DATES} for d in desk.directory.departments.values())


def _groups(desk: Helpdesk) -> Iterable[Row]:
    return (
        {"id": g.id, "name": g.name, "agent_ids": list(g.agent_ids), **_DATES}
        for g in desk.directory.groups.values()
    )


def _fields(desk: Helpdesk) -> Iterable[Row]:
    statuses = {str(s.id): [s.name, s.name] for s in desk.statuses.values()}
    choices: dict[str, Any] = {
        "status": statuses,
        "priority": {name: id_ for id_, name in PRIORITIES.items()},
        "ticket_type": list(TYPES),
    }
    return (
        {"id": n, "name": name, "label": name.title(), "type": f"default_{name}", "choices": of, **_DATES}
        for n, (name, of) in enumerate(choices.items(), 1)
    )


FRESHDESK: tuple[Route, ...] = (
    make_route("list", "/tickets", _list, Bucket.LIST),
    make_route("filter", "/search/tickets", _search),
    make_route("view", "/tickets/{id}", _view, Bucket.VIEW),
    make_route("conversations", "/tickets/{id}/conversations", _conversations),
    make_route("update", "/tickets/{id}", _update, method="PUT"),
    make_route("note", "/tickets/{id}/notes", _note, method="POST"),
    make_route("agents", "/agents", _listing(_agents), Bucket.PEOPLE),
    make_route("me", "/agents/me", _me),
    make_route("requesters", "/contacts", _listing(_contacts), Bucket.PEOPLE),
    make_route("departments", "/companies", _listing(_companies)),
    make_route("groups", "/groups", _listing(_groups)),
    make_route("fields", "/ticket_fields", _listing(_fields)),
)
