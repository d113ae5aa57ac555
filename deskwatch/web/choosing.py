"""What a reader's view takes of a board: which tickets, in which order, and what they come to."""

from collections.abc import Iterator
from typing import Protocol

from deskwatch.core.board import Row
from deskwatch.core.sla import SlaState
from deskwatch.core.sorting import in_order
from deskwatch.core.ticket import Ticket
from deskwatch.core.view import View
from deskwatch.web.index import BoardIndex
from deskwatch.web.tally import Tally


class Choice(Protocol):
    """The tickets of a view; the index of a board is the choice of all."""

    tally: Tally

    @property
    def latest_breach(self) -> str | None:
        """Key of the ticket whose deadline passed last."""

    def keys(self, section_id: str, limit: int | None = None) -> list[str]:
        """Keys of a section's tickets in the order of the view."""

    def count(self, section_id: str) -> int:
        """How many tickets of the view a section holds, shown or not."""

    def placed(self, key: str) -> tuple[Ticket, Row]:
        """A ticket and where it stands."""

    def __len__(self) -> int: ...


class Chosen:
    """Some of a board's tickets, or all of them in another order: a look at every one of them."""

    def __init__(self, index: BoardIndex, view: View) -> None:
        self._index = index
        self.tally = Tally()
        self._keys: dict[str, list[str]] = {}
        self._breach: tuple[float, str] | None = None
        for section in index.board.sections:
            taken = list(self._taken(section.id, view))
            if view.sort:
                taken = in_order(taken, view.sort)
            self._keys[section.id] = [ticket.key for ticket, _ in taken]

    def _taken(self, section_id: str, view: View) -> Iterator[tuple[Ticket, Row]]:
        if view.sections and section_id not in view.sections:
            return
        for key in self._index.keys(section_id):
            ticket, row = self._index.placed(key)
            if view.selects(ticket, row):
                self.tally.add(ticket, row)
                if row.state is SlaState.OVERDUE and row.sla.due_at is not None:
                    self._breach = max(self._breach or (0.0, ""), (row.sla.due_at.timestamp(), key))
                yield ticket, row

    @property
    def latest_breach(self) -> str | None:
        """Key of the ticket whose deadline passed last."""
        return self._breach[1] if self._breach else None

    def keys(self, section_id: str, limit: int | None = None) -> list[str]:
        """Keys of a section's tickets in the order of the view."""
        return self._keys[section_id][:limit]

    def count(self, section_id: str) -> int:
        """How many tickets of the view a section holds, shown or not."""
        return len(self._keys[section_id])

    def placed(self, key: str) -> tuple[Ticket, Row]:
        """A ticket and where it stands."""
        return self._index.placed(key)

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._keys.values())


def choose(index: BoardIndex, view: View) -> Choice:
    """The tickets a view wants."""
    return index if view.selects_all and not view.sort else Chosen(index, view)
