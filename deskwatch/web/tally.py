"""What a set of tickets comes to: how many of each kind, and which of them is news."""

from bisect import bisect_left, insort
from collections import Counter
from typing import Any

from deskwatch.core.board import Row, arrived_at
from deskwatch.core.legible import legible
from deskwatch.core.sla import SlaState
from deskwatch.core.ticket import Priority, Ticket

STATUSES_SHOWN = 6
STATUS_LIMIT = 32
"""Characters of a status beside the tiles."""
_NEVER = float("-inf")


class Tally:
    """Counts that follow every ticket that comes and goes."""

    def __init__(self) -> None:
        self.states: Counter[SlaState] = Counter()
        self.priorities: Counter[Priority | None] = Counter()
        self.statuses: Counter[str] = Counter()
        self.unowned = 0
        self._urgent: list[tuple[float, str]] = []

    def add(self, ticket: Ticket, row: Row) -> None:
        """A ticket comes."""
        self._count(ticket, row, 1)
        if row.priority is Priority.URGENT:
            insort(self._urgent, _seen(ticket))

    def remove(self, ticket: Ticket, row: Row) -> None:
        """A ticket that was added with these very values goes."""
        self._count(ticket, row, -1)
        if row.priority is Priority.URGENT:
            del self._urgent[bisect_left(self._urgent, _seen(ticket))]

    @property
    def newest_urgent(self) -> str | None:
        """Key of the urgent ticket that was first seen last; of those without that instant none is."""
        at, key = self._urgent[-1] if self._urgent else (_NEVER, "")
        return key if at > _NEVER else None

    def counts(self) -> dict[str, Any]:
        """The part of a pulse that counts."""
        return {
            "states": {state.value: n for state, n in sorted(self.states.items()) if n},
            "priorities": {p.value: n for p in reversed(Priority) if (n := self.priorities[p])},
            "statuses": [[name, n] for name, n in self.top_statuses()],
        }

    def top_statuses(self) -> list[tuple[str, int]]:
        """The statuses most tickets have, by name as a wall shows it, the most frequent first."""
        found = [(name, n) for name, n in self.statuses.items() if n and name]
        found.sort(key=lambda pair: (-pair[1], pair[0].casefold()))
        return [(legible(name, STATUS_LIMIT), n) for name, n in found[:STATUSES_SHOWN]]

    def _count(self, ticket: Ticket, row: Row, by: int) -> None:
        self.states[row.state] += by
        self.priorities[row.priority] += by
        name = ticket.status.name
        self.statuses[name] += by
        if not self.statuses[name]:
            del self.statuses[name]
        if row.priority is Priority.URGENT and ticket.agent is None:
            self.unowned += by


def _seen(ticket: Ticket) -> tuple[float, str]:
    at = arrived_at(ticket)
    return (_NEVER if at is None else at.timestamp(), ticket.key)
