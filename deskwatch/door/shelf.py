"""Tickets as the API shows them: read from their files, never written."""

import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from deskwatch.core.own_commands import APPLIED
from deskwatch.core.sync import ticket_key
from deskwatch.core.ticket import Person, Ticket
from deskwatch.local.routing import NUMBER
from deskwatch.store.mirror import TicketMirror
from deskwatch.store.tickets import TicketFolder

NOBODY = "none"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tickets a list is to show. Empty: all; ``agents`` are names in small letters, or ``none``."""

    sources: Collection[str]
    status: str = ""
    priority: str = ""
    agents: Collection[str] = ()
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

    def find(self, called: str, *, local: Mapping[str, str]) -> Ticket | None:
        """The ticket of a key, or of a number; also one that is over or was deleted.

        Args:
            local: the sources of own tickets, and what their numbers begin with.
        """
        keys = dict.fromkeys(_keys(called, local))
        with self._lock:
            self._mirror.refresh({self._folder.file_name(key) for key in keys})
            known = self._mirror.tickets
            found = next((known[key] for key in keys if key in known), None)
            return found or next((t for key in keys if (t := self._folder.archived(key))), None)


def shown(ticket: Ticket, *, root: str) -> dict[str, Any]:
    """A ticket as an answer tells it: the object of its file, and its address here."""
    data = {name: value for name, value in ticket.to_dict().items() if name != APPLIED}
    data["href"] = f"{root}{quote(ticket.number or ticket.key, safe='')}/"
    return data


def _keys(called: str, local: Mapping[str, str]) -> Iterator[str]:
    yield called
    number = NUMBER.fullmatch(called)
    for source, prefix in local.items():
        if number is not None and (number["prefix"] or prefix).casefold() == prefix.casefold():
            yield ticket_key(source, number["id"])


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
    if wanted.agents and not _is_agent(ticket.agent, wanted.agents):
        return False
    return all(word in _text(ticket) for word in wanted.words.casefold().split())


def _is_agent(agent: Person | None, names: Collection[str]) -> bool:
    if agent is None:
        return NOBODY in names
    return agent.id.casefold() in names or agent.name.casefold() in names


def _text(ticket: Ticket) -> str:
    people = (p.name for p in (ticket.requester, ticket.agent, ticket.client) if p is not None)
    return " ".join((ticket.key, ticket.number, ticket.subject, ticket.description, *people)).casefold()


def _age(ticket: Ticket) -> tuple[float, str]:
    created: datetime | None = ticket.created_at
    return created.timestamp() if created else 0.0, ticket.key
