"""Finds tickets of our own in the folder and the archive, and shows them in a terminal."""

from datetime import datetime

from deskwatch.config import Config
from deskwatch.core.own_tickets import deleted_words, is_deleted, notes_of
from deskwatch.core.ticket import Person, Ticket
from deskwatch.errors import UsageError
from deskwatch.local.commands import CommandError, read_command
from deskwatch.local.routing import Routing, Way, is_meant
from deskwatch.sources.local_settings import LocalSettings
from deskwatch.store.errors import MissingTicketError
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder

NO_SOURCE = (
    "there are no tickets of your own yet: add these lines to config/sources.yaml\n"
    "    desk:\n"
    "      kind: local"
)


def prefixes_of(config: Config) -> dict[str, str]:
    """Prefix of the numbers by name of each source of kind ``local``."""
    return {n: s.id_prefix for n, s in config.sources.items() if isinstance(s, LocalSettings)}


def find(config: Config, wanted: str) -> Ticket:
    """The ticket of a number or key.

    Raises:
        UsageError: there is none.
    """
    folder, prefixes = TicketFolder(config.home.tickets), prefixes_of(config)
    if not prefixes:
        raise UsageError(NO_SOURCE)
    try:
        command = read_command({"op": "ack", "id": wanted, "by": "show"}, name="", digest="")
    except CommandError as problem:
        raise UsageError(str(problem)) from None
    for name in prefixes:
        way = Routing(name, prefixes, frozenset(config.sources) - prefixes.keys()).way(command)
        for key in (way.maybe, way.key) if isinstance(way, Way) else ():
            found = _read(folder, key) if key is not None else None
            if found is not None and is_meant(found, wanted):
                return found
    raise UsageError(f"there is no ticket {wanted}")


def _read(folder: TicketFolder, key: str) -> Ticket | None:
    """A ticket on the wall or in the archive."""
    try:
        return folder.read(key)
    except MissingTicketError:
        return folder.archived(key)


def open_tickets(
    config: Config, *, agent: str | None, client: str | None, status: str | None
) -> list[Ticket]:
    """The open tickets of ours, the oldest first. A name may be ``-``: those with nobody."""
    ours = prefixes_of(config)
    mirror = TicketMirror(TicketFolder(config.home.tickets), keep_description=True)
    mirror.refresh(None)
    tickets = [t for t in mirror.tickets.values() if t.source in ours and not t.is_over]
    tickets = [t for t in tickets if _is(t.agent, agent) and _is(t.client, client)]
    if status is not None:
        tickets = [t for t in tickets if status.casefold() in (t.status.name.casefold(), t.status.id)]
    return sorted(tickets, key=lambda t: (t.source, len(t.id), t.id))


def _is(person: Person | None, wanted: str | None) -> bool:
    if wanted is None:
        return True
    if person is None or wanted == "-":
        return person is None and wanted == "-"
    return wanted.casefold() in (person.id.casefold(), person.name.casefold())


def line_of(ticket: Ticket) -> str:
    """A ticket in one line."""
    agent = ticket.agent.name if ticket.agent else "-"
    status, priority = ticket.status.name, ticket.priority or "-"
    return f"{ticket.number:<10} {priority:<7} {status:<12} {agent:<12} {ticket.subject}"


def shown(ticket: Ticket, config: Config) -> list[str]:
    """A ticket with its notes, line by line."""

    def at(instant: datetime | None) -> str:
        return f"{instant.astimezone(config.zone):%Y-%m-%d %H:%M}" if instant else ""

    facts = {
        "Status": ticket.status.name,
        "Priority": str(ticket.priority or ""),
        "Agent": ticket.agent.name if ticket.agent else "nobody",
        "Group": ticket.group.name if ticket.group else "",
        "Requester": ticket.requester.name if ticket.requester else "",
        "Client": ticket.client.name if ticket.client else "",
        "Type": ticket.type or "",
        "Category": ticket.category or "",
        "Tags": ", ".join(ticket.tags),
        "Created": at(ticket.created_at),
        "Due": at(ticket.resolution_due_at),
        "Resolved": at(ticket.resolved_at),
        "Gone": deleted_words(ticket) if is_deleted(ticket) else "",
    }
    lines = [f"{ticket.number or ticket.key}  {ticket.subject}"]
    lines += [f"{name + ':':<11}{value}" for name, value in facts.items() if value]
    lines += ["", *ticket.description.splitlines()] if ticket.description else []
    for note in notes_of(ticket):
        lines += ["", f"{at(note.at)}  {note.by}", *(f"  {line}" for line in note.text.splitlines())]
    return lines
