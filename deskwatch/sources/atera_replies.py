"""Who wrote last: lists of changes leave comments out, so tickets that may have new ones are looked at."""

from collections.abc import Iterable, Mapping
from typing import Any

from deskwatch.core.sync import Gone, ticket_key
from deskwatch.core.ticket import Ticket
from deskwatch.sources.atera_api import Api
from deskwatch.sources.atera_rows import has_comments
from deskwatch.sources.source import Known

LOOKS = 10
"""Tickets looked at after one list of changes; the next complete list tells about the others."""


class Replies:
    """Remembers whom the last list of changes named: a ticket new in it has changed, if only by a word."""

    def __init__(self) -> None:
        self._last: frozenset[str] | None = None
        self._named: set[str] = set()
        self._waiting: dict[str, None] = {}
        self._are_listed = False

    def begin(self) -> None:
        """A list of changes is read from its start."""
        self._named = set()

    def note(
        self, source: str, rows: Iterable[Any], found: Mapping[str, Ticket | Gone], known: Known
    ) -> None:
        """Take in one part of the list: its rows, and what they say."""
        self._are_listed = self._are_listed or any(has_comments(row) for row in rows)
        for id_, verdict in found.items():
            self._named.add(id_)
            stored = known.get(ticket_key(source, id_))
            if stored is None or isinstance(verdict, Gone) or verdict.is_over:
                self._waiting.pop(id_, None)
            elif (self._last is not None and id_ not in self._last) or _differs(stored, verdict):
                self._waiting[id_] = None

    def end(self, api: Api) -> list[str]:
        """The list is complete: ids to look at now, at most half of what calls are left."""
        self._last = frozenset(self._named)
        if self._are_listed:
            self._waiting.clear()
        ids = list(self._waiting)[: min(LOOKS, api.left // 2)]
        for id_ in ids:
            del self._waiting[id_]
        return ids

    def forget(self) -> None:
        """A complete list of open tickets told all comments."""
        self._waiting.clear()


def _differs(stored: Ticket, row: Ticket) -> bool:
    return (stored.status.id, stored.agent and stored.agent.id, stored.first_responded_at) != (
        row.status.id, row.agent and row.agent.id, row.first_responded_at or stored.first_responded_at
    )  # fmt: skip
