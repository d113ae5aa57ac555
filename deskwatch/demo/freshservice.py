"""The routes of Freshservice's API v2 that a ticket source reads, each as a function from call to answer."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from deskwatch.demo.answers import Answer, invalid, not_found, refused
from deskwatch.demo.calls import Call, page_of
from deskwatch.demo.directory import GLOBAL
from deskwatch.demo.helpdesk import Helpdesk, UnknownTicketError
from deskwatch.demo.limits import Bucket
from deskwatch.demo.people_rows import agent_row, department_row, group_row, requester_row, workspace_row
from deskwatch.demo.records import HelpdeskTicket
from deskwatch.demo.rows import Row, conversation_rows, requester_embed, stats_embed, ticket_row
from deskwatch.demo.setup_rows import field_rows, hours_rows, policy_rows
from deskwatch.demo.views import filter_page, filtered_tickets, listed_tickets
from deskwatch.demo.writes import add_note, update

LIST_EMBEDS = (
    "requester",
    "stats",
    "tags",
    "requested_for",
    "department",
    "created_by",
    "onboarding_context",
    "offboarding_context",
    "skill",
    "skillset",
)
VIEW_EMBEDS = (
    "tags",
    "conversations",
    "requester",
    "stats",
    "problem",
    "assets",
    "change",
    "related_tickets",
    "requested_for",
    "department",
    "feedback",
)
_LIST_EMBED_CREDITS, _VIEW_EMBED_CREDITS = 2, 1

Handler = Callable[[Helpdesk, Call], tuple[Answer, int]]
"""Answers a call and says what it costs, in credits."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path of the API. ``name`` is what faults and the request log call it."""

    name: str
    pattern: re.Pattern[str]
    handler: Handler
    bucket: Bucket = Bucket.ALL
    method: str = "GET"


def _list(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    embeds = call.include(LIST_EMBEDS)
    tickets, headers = page_of(call, listed_tickets(desk, call))
    rows = [_with_embeds(desk, ticket, embeds, call) for ticket in tickets]
    return Answer(data={"tickets": rows}, headers=headers), 1 + _LIST_EMBED_CREDITS * len(embeds)


def _filter(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    found = filtered_tickets(desk, call)
    rows = [_with_embeds(desk, ticket, (), call) for ticket in filter_page(call, found)]
    return Answer(data={"tickets": rows, "total": len(found)}), 1


def _view(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    embeds = call.include(VIEW_EMBEDS)
    row = _with_embeds(desk, _ticket(desk, call), embeds, replace(call, query={}))
    return Answer(data={"ticket": row}), 1 + _VIEW_EMBED_CREDITS * len(embeds)


def _conversations(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    ticket = _ticket(desk, call)
    messages, headers = page_of(call, desk.conversation(ticket.id))
    return Answer(data={"conversations": conversation_rows(ticket, messages)}, headers=headers), 1


def _ticket(desk: Helpdesk, call: Call) -> HelpdeskTicket:
    groups = desk.switches.visible_groups
    try:
        ticket = desk.ticket(call.ticket_id or 0)
    except UnknownTicketError:
        raise not_found() from None
    if groups is not None and ticket.group_id not in groups:
        raise refused(403, "access_denied", "You are not authorized to perform this action.")
    return ticket


def _with_embeds(desk: Helpdesk, ticket: HelpdeskTicket, embeds: Sequence[str], call: Call) -> Row:
    row = ticket_row(desk, ticket, now=call.now, across_workspaces=call.query.get("workspace_id") == "0")
    for embed in embeds:
        row[embed] = _embed(desk, ticket, embed)
    if ticket.type == "Service Request" and call.route == "view":
        row.update(approval_status=4, approval_status_name="Not Requested")
    return row


def _embed(desk: Helpdesk, ticket: HelpdeskTicket, name: str) -> Any:
    match name:
        case "stats":
            return stats_embed(desk, ticket)
        case "requester" | "requested_for" | "created_by":
            human = desk.directory.person(ticket.requester_id)
            return requester_embed(human) if human else None
        case "tags":
            return list(ticket.tags)
        case "department":
            department = desk.directory.departments.get(ticket.department_id or 0)
            return department_row(department) if department else None
        case "conversations":
            return conversation_rows(ticket, desk.conversation(ticket.id))
        case _:
            return None


def _listing(envelope: str, rows: Callable[[Helpdesk, Call], Iterable[Row]]) -> Handler:
    def handler(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
        page, headers = page_of(call, list(rows(desk, call)))
        return Answer(data={envelope: page}, headers=headers), 1

    return handler


def _agents(desk: Helpdesk, call: Call) -> Iterable[Row]:
    return (agent_row(agent, desk.directory) for agent in desk.directory.agents.values())


def _me(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    agent = next(iter(desk.directory.agents.values()))
    return Answer(data={"agent": agent_row(agent, desk.directory)}), 1


def _requesters(desk: Helpdesk, call: Call) -> Iterable[Row]:
    people = list(desk.directory.requesters.values())
    if call.choice("include_agents", ("true", "false")) == "true":
        people += desk.directory.agents.values()
    return (requester_row(human) for human in people)


def _groups(desk: Helpdesk, call: Call) -> Iterable[Row]:
    workspace_id = call.integer("workspace_id")
    if workspace_id == 0:
        raise invalid("workspace_id", "Groups are listed for one workspace at a time")
    wanted = _primary(desk) if workspace_id is None else workspace_id
    everywhere = not desk.switches.has_workspaces
    groups = desk.directory.groups.values()
    return (group_row(group) for group in groups if everywhere or group.workspace_id == wanted)


def _departments(desk: Helpdesk, call: Call) -> Iterable[Row]:
    return (department_row(department) for department in desk.directory.departments.values())


def _workspaces(desk: Helpdesk, call: Call) -> Iterable[Row]:
    workspaces = desk.directory.workspaces.values() if desk.switches.has_workspaces else ()
    return (workspace_row(workspace, era=desk.switches.era) for workspace in workspaces)


def _fields(desk: Helpdesk, call: Call) -> Iterable[Row]:
    wanted = call.integer("workspace_id")
    seen = (None, _primary(desk) if wanted is None else wanted)
    return (row for row in field_rows(desk) if row["workspace_id"] in seen)


def _hours(desk: Helpdesk, call: Call) -> Iterable[Row]:
    wanted = call.integer("workspace_id") or _primary(desk)
    return (row for row in hours_rows(desk) if row["workspace_id"] == wanted)


def _policies(desk: Helpdesk, call: Call) -> Iterable[Row]:
    wanted = call.integer("workspace_id") or _primary(desk)
    return (row for row in policy_rows(desk) if row["workspace_id"] in (GLOBAL, wanted))


def _primary(desk: Helpdesk) -> int:
    return next(w.id for w in desk.directory.workspaces.values() if w.primary)


def _oncall(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    if not desk.switches.has_oncall:
        raise refused(403, "require_feature", "The on-call feature is not part of your plan.")
    return Answer(data={"schedules": []}), 1


def _update(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    ticket, credits = update(desk, call)
    return Answer(data={"ticket": _with_embeds(desk, ticket, (), call)}), credits


def _note(desk: Helpdesk, call: Call) -> tuple[Answer, int]:
    row, credits = add_note(desk, call)
    return Answer(status=201, data={"conversation": row}), credits


def make_route(
    name: str, path: str, handler: Handler, bucket: Bucket = Bucket.ALL, method: str = "GET"
) -> Route:
    """A route; ``{id}`` in its path is a number."""
    pattern = re.compile(path.replace("{id}", r"(?P<id>[0-9]{1,16})") + "$", re.ASCII)
    return Route(name, pattern, handler, bucket, method)


FRESHSERVICE: tuple[Route, ...] = (
    make_route("list", "/tickets", _list, Bucket.LIST),
    make_route("filter", "/tickets/filter", _filter),
    make_route("view", "/tickets/{id}", _view, Bucket.VIEW),
    make_route("conversations", "/tickets/{id}/conversations", _conversations),
    make_route("update", "/tickets/{id}", _update, method="PUT"),
    make_route("note", "/tickets/{id}/notes", _note, method="POST"),
    make_route("agents", "/agents", _listing("agents", _agents), Bucket.PEOPLE),
    make_route("me", "/agents/me", _me),
    make_route("requesters", "/requesters", _listing("requesters", _requesters), Bucket.PEOPLE),
    make_route("groups", "/groups", _listing("groups", _groups)),
    make_route("departments", "/departments", _listing("departments", _departments)),
    make_route("workspaces", "/workspaces", _listing("workspaces", _workspaces)),
    make_route("fields", "/ticket_form_fields", _listing("ticket_fields", _fields)),
    make_route("business_hours", "/business_hours", _listing("business_hours", _hours)),
    make_route("sla_policies", "/sla_policies", _listing("sla_policies", _policies)),
    make_route("oncall", "/oncall/ws/{id}/schedules", _oncall),
)
