"""One row of the Freshservice or Freshdesk API as a normalized ticket. Any field of a row may be odd."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from deskwatch.core.merging import is_nameless, mark_partial
from deskwatch.core.sync import Gone, Snapshot, ticket_key
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket, TicketError, parse_instant
from deskwatch.sources.freshservice_catalog import Catalog, phase_named
from deskwatch.sources.freshservice_settings import FreshworksSettings
from deskwatch.sources.http_words import clean_line, clean_text
from deskwatch.sources.row_ids import RowError, row_id, whole

Row = Mapping[str, Any]

DESCRIPTION_LIMIT = 2000
"""Characters of plain text that are kept: what fits a tooltip."""
SUBJECT_LIMIT, NAME_LIMIT = 500, 120

_PREFIXES = {"Incident": "INC", "Service Request": "SR"}
_PRIORITIES = dict(enumerate(Priority, 1))


def priority_of(value: Any, settings: FreshworksSettings) -> Priority | None:
    """The priority that a number on the wire stands for in this account."""
    id_ = whole(value) or 0
    return settings.priorities.get(id_) or _PRIORITIES.get(id_)


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows of one source with its names, phases and limits to what shall be shown."""

    source: str
    settings: FreshworksSettings
    catalog: Catalog
    agents: Mapping[str, str] = field(default_factory=dict)
    requesters: Mapping[str, str] = field(default_factory=dict)

    def judge(self, row: Row) -> Ticket | Gone:
        """The ticket in a row, or why it is not to be shown.

        Raises:
            RowError: the row has no usable id.
        """
        id_ = row_id(row)
        if row.get("deleted") is True:
            return Gone(id_, "it is in the helpdesk's trash")
        if row.get("spam") is True:
            return Gone(id_, "it was marked as spam")
        kinds, kind = self.settings.types, clean_line(row.get("type"), longest=60)
        if kinds and kind not in kinds:
            return Gone(id_, f"its type is {kind or 'not set'}, which sources.yaml does not ask for")
        watched, workspace = getattr(self.settings, "workspaces", "all"), whole(row.get("workspace_id"))
        if watched != "all" and workspace is not None and workspace not in watched:
            return Gone(id_, f"it moved to workspace {workspace}, which sources.yaml does not ask for")
        return self.read(row)

    def snapshot(self, rows: Iterable[Any], notes: Iterable[str] = ()) -> Snapshot:
        """What rows say; unusable rows become notes."""
        tickets, gone, problems = list[Ticket](), list[Gone](), list(notes)
        for row in rows:
            try:
                verdict = self.judge(row)
            except RowError as problem:
                problems.append(str(problem))
                continue
            if isinstance(verdict, Gone):
                gone.append(verdict)
            else:
                tickets.append(verdict)
        unique = tuple(dict.fromkeys(problems))
        return Snapshot(self.source, tickets=tuple(tickets), gone=tuple(gone), notes=unique)

    def read(self, row: Row) -> Ticket:
        """The ticket in a row. Without the ``stats`` embed it is marked as partial."""
        id_ = row_id(row)
        stats = row.get("stats")
        told = stats if isinstance(stats, Mapping) else {}
        kind = clean_line(row.get("type"), longest=60) or None
        ticket = Ticket(
            key=ticket_key(self.source, id_),
            source=self.source,
            id=id_,
            number=f"{_PREFIXES[kind]}-{id_}" if kind in _PREFIXES else id_,
            url=self._url(id_),
            subject=clean_line(row.get("subject"), longest=SUBJECT_LIMIT),
            description=clean_text(row.get("description_text"), longest=DESCRIPTION_LIMIT),
            type=kind,
            category=_category(row),
            tags=_tags(row.get("tags")),
            status=self._status(whole(row.get("status"))),
            phase=self.phase_of(whole(row.get("status"))),
            priority=self._priority(whole(row.get("priority"))),
            requester=self._requester(row),
            agent=self._agent(whole(row.get("responder_id"))),
            group=_named("Group", whole(row.get("group_id")), self.catalog.groups),
            client=_named(
                "Department", whole(row.get("department_id") or row.get("company_id")), self.catalog.clients
            ),
            created_at=_instant(row.get("created_at")),
            updated_at=_instant(row.get("updated_at")),
            first_response_due_at=_instant(row.get("fr_due_by")),
            resolution_due_at=_instant(row.get("due_by")),
            first_responded_at=_instant(told.get("first_responded_at")),
            agent_responded_at=_instant(told.get("agent_responded_at")),
            requester_responded_at=_instant(told.get("requester_responded_at")),
            resolved_at=_instant(told.get("resolved_at")),
            closed_at=_instant(told.get("closed_at")),
            source_breached=_breached(row),
            status_since=_instant(told.get("status_updated_at")),
            assigned_since=_instant(told.get("assigned_at")),
        )
        return ticket if isinstance(stats, Mapping) else mark_partial(ticket)

    def redress(self, ticket: Ticket) -> Ticket:
        """A stored ticket with the names, phases and links of today's catalog and configuration."""
        status = whole(ticket.status.id)
        requester = ticket.requester
        if requester is not None:
            name = self.requesters.get(requester.id)
            if name is None and is_nameless(requester):
                name = self._person_name(requester.id)
            requester = replace(requester, name=name or requester.name)
        return replace(
            ticket,
            url=self._url(ticket.id),
            status=self._status(status),
            phase=self.phase_of(status),
            requester=requester,
            agent=self._agent(whole(ticket.agent.id)) if ticket.agent else None,
            group=_named("Group", whole(ticket.group.id), self.catalog.groups) if ticket.group else None,
            client=_named("Department", whole(ticket.client.id), self.catalog.clients)
            if ticket.client
            else None,
        )

    def unmapped(self, status_id: str) -> str | None:
        """Words about a status whose phase nobody has said; None when it is known."""
        id_ = whole(status_id)
        if id_ is None:
            return "tickets without a status" if not status_id else None
        if id_ in self.settings.phases:
            return None
        name = self.catalog.statuses.get(id_)
        if name is None:
            return f"status {id_}"
        guessed = phase_named(name)
        return None if guessed else f"status {id_} ({name})"

    def _url(self, id_: str) -> str:
        return f"{self.settings.web_root}/a/tickets/{id_}"

    def _status(self, id_: int | None) -> Status:
        if id_ is None:
            return Status(id="", name="No status")
        given = self.settings.statuses.get(id_)
        name = (given.name if given else None) or self.catalog.statuses.get(id_) or _SHIPPED.get(id_)
        return Status(id=str(id_), name=name or f"Status {id_}")

    def phase_of(self, id_: int | None) -> Phase:
        """Where a status stands. Unknown ones are open: a ticket in a status nobody mapped is still work."""
        if id_ is None:
            return Phase.OPEN
        known = self.settings.phases.get(id_)
        return known or phase_named(self.catalog.statuses.get(id_, "")) or Phase.OPEN

    def _priority(self, id_: int | None) -> Priority | None:
        return priority_of(id_, self.settings)

    def _agent(self, id_: int | None) -> Person | None:
        if id_ is None:
            return None
        text = str(id_)
        person = self.catalog.agents.get(text)
        name = self.agents.get(text) or (person.name if person else None) or f"Agent {text}"
        return Person(id=text, name=name, email=person.email if person else None)

    def _person_name(self, id_: str) -> str:
        person = self.catalog.agents.get(id_)
        return self.agents.get(id_) or (person.name if person else None) or f"Requester {id_}"

    def _requester(self, row: Row) -> Person | None:
        """From the embed; an agent may be a requester too, and only the agents' list knows that name."""
        embed = row.get("requester")
        embed = embed if isinstance(embed, Mapping) else {}
        id_ = whole(row.get("requester_id")) or whole(embed.get("id"))
        if id_ is None:
            return None
        text = str(id_)
        name = self.requesters.get(text) or clean_line(embed.get("name"), longest=NAME_LIMIT)
        phone = embed.get("phone") or embed.get("mobile")
        return Person(
            id=text,
            name=name or self._person_name(text),
            email=clean_line(embed.get("email"), longest=254) or None,
            phone=clean_line(phone, longest=40) or None,
        )


_SHIPPED = {2: "Open", 3: "Pending", 4: "Resolved", 5: "Closed"}


def _named(kind: str, id_: int | None, names: Mapping[str, str]) -> Person | None:
    return None if id_ is None else Person(id=str(id_), name=names.get(str(id_)) or f"{kind} {id_}")


def _instant(value: Any) -> datetime | None:
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        return parse_instant(value)
    except TicketError:
        return None


def _category(row: Row) -> str | None:
    parts = (clean_line(row.get(name), longest=60) for name in ("category", "sub_category", "item_category"))
    return " / ".join(part for part in parts if part) or None


def _tags(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    names = (tag.get("name") if isinstance(tag, Mapping) else tag for tag in value[:50])
    return tuple(text for name in names if (text := clean_line(name, longest=60)))


def _breached(row: Row) -> bool | None:
    told = [row[name] for name in ("fr_escalated", "is_escalated") if isinstance(row.get(name), bool)]
    return any(told) if told else None
