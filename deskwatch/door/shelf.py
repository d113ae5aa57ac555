"""Tickets as the API shows them: read from their files, never written."""

import threading
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from deskwatch.core.sync import ticket_key
from deskwatch.core.ticket import Person, Ticket
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder

NOBODY = "none"
_OURS = ("applied",)
"""Keys of a ticket file that are notes of the watcher to itself."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets a list is to show. Empty: all; ``agent`` may be ``none``."""

    sources: Collection[str]
    status: str = ""
    priority: str = ""
    agent: str = ""
    words: str = ""


class Shelf:
    """The ticket folder for the API. Safe in any thread."""

    def __init__(self, folder: TicketFolder) -> None:
        self._folder, self._lock = folder, threading.Lock()
        self._mirror = TicketMirror(folder, keep_description=True)

    def wanted(self, wanted: Wanted) -> list[Ticket]:
        """The tickets of a list, the newest first."""
        with self._lock:
            self._mirror.refresh(None)
            tickets = list(self._mirror.tickets.values())
        return sorted((t for t in tickets if _fits(t, wanted)), key=_age, reverse=True)

    def find(self, called: str, *, local: Sequence[str]) -> Ticket | None:
        """The ticket of a key, or of a number or id of the local sources; also one that is over."""
        asked = called.casefold()
        with self._lock:
            self._mirror.refresh(None)
            tickets = self._mirror.tickets
            if called in tickets:
                return tickets[called]
            for ticket in tickets.values():
                if ticket.key.casefold() == asked or (
                    ticket.source in local and asked in (ticket.number.casefold(), ticket.id.casefold())
                ):
                    return ticket
            return next((t for key in _keys(called, local) if (t := self._folder.archived(key))), None)


def shown(ticket: Ticket, *, root: str) -> dict[str, Any]:
    """A ticket as an answer tells it: the object of its file, and its address here."""
    data = {name: value for name, value in ticket.to_dict().items() if name not in _OURS}
    data["href"] = f"{root}{quote(ticket.number or ticket.key, safe='')}/"
    return data


def _keys(called: str, local: Sequence[str]) -> Iterator[str]:
    yield called
    for source in local:
        for id_ in dict.fromkeys((called, called.upper(), called.lower())):
            yield ticket_key(source, id_)


def _fits(ticket: Ticket, wanted: Wanted) -> bool:
    if ticket.source not in wanted.sources:
        return False
    status = wanted.status.casefold()
    if status and status not in (
        str(ticket.phase),
        ticket.status.name.casefold(),
        ticket.status.id.casefold(),
    ):
        return False
    if wanted.priority and wanted.priority.casefold() != str(ticket.priority or ""):
        return False
    if wanted.agent and not _is_agent(ticket.agent, wanted.agent.casefold()):
        return False
    return all(word in _text(ticket) for word in wanted.words.casefold().split())


def _is_agent(agent: Person | None, asked: str) -> bool:
    if agent is None:
        return asked == NOBODY
    return asked in (agent.id.casefold(), agent.name.casefold())


def _text(ticket: Ticket) -> str:
    people = (p.name for p in (ticket.requester, ticket.agent, ticket.client) if p is not None)
    return " ".join((ticket.key, ticket.number, ticket.subject, ticket.description, *people)).casefold()


def _age(ticket: Ticket) -> tuple[float, str]:
    created: datetime | None = ticket.created_at
    return created.timestamp() if created else 0.0, ticket.key
