"""Every version of every ticket of the last minutes: a lagging search index answers from the past."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from deskwatch.demo.records import HelpdeskTicket

_Version = tuple[datetime, HelpdeskTicket | None]


class Ledger:
    """Tickets by id. ``memory`` is how far back ``as_of`` can look."""

    def __init__(self, memory: timedelta) -> None:
        self.memory = memory
        self._versions: dict[int, list[_Version]] = {}

    def get(self, id_: int) -> HelpdeskTicket | None:
        """The ticket as it is now; ``None``: never existed or purged."""
        versions = self._versions.get(id_)
        return versions[-1][1] if versions else None

    def put(self, ticket: HelpdeskTicket, at: datetime) -> HelpdeskTicket:
        """Record a new version."""
        self._append(ticket.id, (at, ticket))
        return ticket

    def purge(self, id_: int, at: datetime) -> None:
        """Record that the ticket is gone; a lagging index shows it a while longer."""
        self._append(id_, (at, None))

    def forget(self, id_: int) -> None:
        """Drop the ticket and its past at once, to save memory."""
        self._versions.pop(id_, None)

    def current(self) -> Iterator[HelpdeskTicket]:
        """Every ticket as it is now."""
        return (ticket for versions in self._versions.values() if (ticket := versions[-1][1]) is not None)

    def as_of(self, at: datetime) -> Iterator[HelpdeskTicket]:
        """Every ticket as it was at that instant."""
        for versions in self._versions.values():
            for since, ticket in reversed(versions):
                if since <= at:
                    if ticket is not None:
                        yield ticket
                    break

    def _append(self, id_: int, version: _Version) -> None:
        versions = self._versions.setdefault(id_, [])
        versions.append(version)
        horizon = version[0] - self.memory
        while len(versions) > 1 and versions[1][0] <= horizon:
            del versions[0]
