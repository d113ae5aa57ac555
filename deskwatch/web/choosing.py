"""What a reader's view takes of a board: which tickets, in which order, and what they come to."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from deskwatch.core.board import Row
from deskwatch.core.privacy import Privacy
from deskwatch.core.sla import SlaState
from deskwatch.core.sorting import in_order
from deskwatch.core.ticket import Ticket
from deskwatch.core.view import Selector, View
from deskwatch.web.index import BoardIndex
from deskwatch.web.privacy import veil
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

    def due_within(self, after: datetime, until: datetime) -> list[str]:
        """Keys of the tickets whose running deadline lies after ``after`` and not after ``until``."""

    def __len__(self) -> int: ...


class Chosen:
    """Some of a board's tickets, or all of them in another order: a look at every one of them."""

    def __init__(self, index: BoardIndex, view: View) -> None:
        self._index = index
        self._keys: dict[str, list[str]] = {}
        self._breach: tuple[float, str] | None = None
        self.tally = Tally()
        selects = None if view.selects_all else selector_of(index, view)
        for section in index.board.sections:
            wanted = not view.sections or section.id in view.sections
            placed = [index.placed(key) for key in index.keys(section.id)] if wanted else []
            if selects is not None:
                placed = [pair for pair in placed if selects(*pair)]
                self._take(placed)
            if view.sort:
                shown = _as_shown(index, view.privacy)
                placed = in_order([(shown(ticket), row) for ticket, row in placed], view.sort)
            self._keys[section.id] = [ticket.key for ticket, _ in placed]
        if selects is None:
            self.tally = index.tally
            breach = index.latest_breach
            self._breach = None if breach is None else (0.0, breach)

    def _take(self, placed: list[tuple[Ticket, Row]]) -> None:
        for ticket, row in placed:
            self.tally.add(ticket, row)
            if row.state is SlaState.OVERDUE and row.sla.due_at is not None:
                breach = (row.sla.due_at.timestamp(), ticket.key)
                self._breach = max(self._breach or breach, breach)

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

    def due_within(self, after: datetime, until: datetime) -> list[str]:
        """Keys of the tickets whose running deadline lies after ``after`` and not after ``until``."""
        mine = {key for keys in self._keys.values() for key in keys}
        return [key for key in self._index.due_within(after, until) if key in mine]

    def __len__(self) -> int:
        return sum(len(keys) for keys in self._keys.values())


def choose(index: BoardIndex, view: View) -> Choice:
    """The tickets a view wants."""
    return index if view.selects_all and not view.sort else Chosen(index, view)


def selector_of(index: BoardIndex, view: View) -> Selector:
    """Which tickets a view wants. Texts are searched in what its reader is shown, which reveals no more."""
    selects = view.selector()
    if not view.text:
        return selects
    shown = _as_shown(index, view.privacy)
    return lambda ticket, row: selects(shown(ticket), row)


def _as_shown(index: BoardIndex, privacy: Privacy) -> Callable[[Ticket], Ticket]:
    """Tickets as a reader is shown them, so that neither finding nor sorting them tells more."""
    if privacy is Privacy.FULL:
        return lambda ticket: ticket
    veiled = index.veiled

    def shown(ticket: Ticket) -> Ticket:
        known = veiled.get((ticket.key, privacy))
        if known is None or known[0] is not ticket:
            known = veiled[ticket.key, privacy] = (ticket, veil(ticket, privacy))
        return known[1]

    return shown
