"""Items into tickets, and what an admin should know about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from deskwatch.core.sync import Gone, Snapshot, ticket_key
from deskwatch.core.ticket import Ticket
from deskwatch.sources.rest.details import Details
from deskwatch.sources.rest.lookups import Lookups
from deskwatch.sources.rest.rows import RowError, RowReader
from deskwatch.sources.source import Known

MOST_WORDS = 30


@dataclass
class Harvest:
    """Reads the rows of one source and remembers what was odd about the tickets that are open.

    Attributes:
        ours: ids that may have a ticket file: what is stored, and every row that was read since.
    """

    name: str
    reader: RowReader
    lookups: Lookups
    details: Details
    ours: set[str] = field(default_factory=set)
    _unmapped: dict[str, tuple[str, ...]] = field(default_factory=dict)
    _notes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def snapshot(self, items: Iterable[Any], known: Known) -> Snapshot:
        """The rows of some items; those without a usable id are left out and told by the list itself."""
        tickets: dict[str, Ticket] = {}
        gone: dict[str, Gone] = {}
        for item in items:
            try:
                verdict = self.verdict(item, known)
            except RowError:
                continue
            if isinstance(verdict, Gone):
                gone[verdict.id] = verdict
                tickets.pop(verdict.id, None)
                continue
            other = tickets.get(verdict.id)
            if other is not None and _is_newer(other, verdict):
                continue  # pages shift while they are read
            gone.pop(verdict.id, None)
            tickets[verdict.id] = verdict
        return Snapshot(self.name, tickets=tuple(tickets.values()), gone=tuple(gone.values()))

    def verdict(self, item: Any, known: Known) -> Ticket | Gone:
        """What one item says, without its details.

        Raises:
            RowError: it has no usable id.
        """
        row = self.reader.read(item, lookups=self.lookups.tables)
        id_ = row.verdict.id
        self.ours.add(id_)
        is_open = isinstance(row.verdict, Ticket) and not row.verdict.is_over
        _keep(self._unmapped, id_, row.unmapped if is_open else ())
        _keep(self._notes, id_, row.notes if is_open else ())
        if isinstance(row.verdict, Gone):
            self.details.forget([id_])
            return row.verdict
        return self.details.dress(item, row.verdict, known.get(ticket_key(self.name, id_)))

    def keep_only(self, ids: Iterable[str]) -> None:
        """What is known about other tickets than these is history."""
        ids = set(ids)
        for kept in (self._unmapped, self._notes):
            for id_ in kept.keys() - ids:
                del kept[id_]

    @property
    def unmapped(self) -> tuple[str, ...]:
        """Values that nobody has mapped, each once."""
        return _words(self._unmapped)

    @property
    def notes(self) -> tuple[str, ...]:
        """Fields that could not be read: each with the words of one ticket, and how many there are."""
        first: dict[str, str] = {}
        count: dict[str, int] = {}
        for words in (word for notes in self._notes.values() for word in notes):
            place = words.partition(": ")[0]
            first.setdefault(place, words)
            count[place] = count.get(place, 0) + 1
        return tuple(
            first[place] + (f" ({count[place]} tickets)" if count[place] > 1 else "")
            for place in sorted(first)
        )


def _keep(where: dict[str, tuple[str, ...]], id_: str, words: tuple[str, ...]) -> None:
    if words:
        where[id_] = words
    else:
        where.pop(id_, None)


def _words(where: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(sorted({word for words in where.values() for word in words})[:MOST_WORDS])


def _is_newer(a: Ticket, b: Ticket) -> bool:
    return a.updated_at is not None and b.updated_at is not None and a.updated_at > b.updated_at
