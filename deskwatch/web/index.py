"""Which ticket stands where on one board, kept up to date ticket by ticket.

One changed ticket costs O(log n) comparisons, whatever the size of the folder. Time alone moves tickets
only at instants that their rows name (``valid_until``); a heap of those instants says when to look again.
"""

import heapq
import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime

from deskwatch.core.board import Board, Row, SortKey
from deskwatch.core.privacy import Privacy
from deskwatch.core.sla import SlaState
from deskwatch.core.ticket import Ticket
from deskwatch.web.tally import Tally

Place = Callable[[Ticket, datetime], Row | None]
"""Where a ticket stands at an instant: ``core.board.place`` with board and rules filled in."""

_BULK = 200
"""From this many changes on, appending and sorting once is cheaper than inserting one by one."""


class BoardIndex:
    """The rows of one board in display order, and when time will next change them.

    ``changes`` counts what came and went: as long as it stays, so does everything.
    """

    def __init__(self, board: Board, place: Place) -> None:
        self.board = board
        self._place = place
        self._rows: dict[str, Row] = {}
        self._order: dict[str, list[SortKey]] = {section.id: [] for section in board.sections}
        self._tickets: dict[str, Ticket] = {}
        self.tally = Tally()
        self.veiled: dict[tuple[str, Privacy], tuple[Ticket, Ticket]] = {}
        """What is left of a ticket when some is hidden, beside the ticket itself: to search and sort."""
        self._deadlines: list[tuple[datetime, str]] = []
        self.changes = 0
        self.touched: set[str] = set()
        """Keys of what came, went or changed since somebody emptied this set."""

    def apply(self, changed: Iterable[Ticket], removed: Iterable[str] = (), *, now: datetime) -> bool:
        """Take changed and removed tickets in; say whether anything on this board is different now."""
        different = False
        for key in removed:
            different |= self._take_off(key)
        changed = tuple(changed)
        if len(changed) < _BULK:
            for ticket in changed:
                different |= self._put(ticket, now)
        else:
            different |= self._put_many(changed, now)
        return different

    def advance(self, tickets: Mapping[str, Ticket], *, now: datetime) -> bool:
        """Re-place the tickets whose moment has come; say whether anything is different now."""
        due: dict[str, Ticket] = {}
        while self._deadlines and self._deadlines[0][0] <= now:
            at, key = heapq.heappop(self._deadlines)
            row = self._rows.get(key)
            if row is not None and row.valid_until == at and key in tickets:
                due[key] = tickets[key]
        return self.apply(due.values(), now=now) if due else False

    @property
    def next_deadline(self) -> datetime | None:
        """The next instant at which time alone may change this board (never later than the truth)."""
        return self._deadlines[0][0] if self._deadlines else None

    def keys(self, section_id: str, limit: int | None = None) -> list[str]:
        """Keys of a section's tickets, worst first."""
        return [sort_key[-1] for sort_key in self._order[section_id][:limit]]

    def row(self, key: str) -> Row | None:
        """Where this ticket stands, ``None`` when it is not on this board."""
        return self._rows.get(key)

    def placed(self, key: str) -> tuple[Ticket, Row]:
        """A ticket of this board and where it stands.

        Raises:
            KeyError: it is not on this board.
        """
        return self._tickets[key], self._rows[key]

    def everything(self) -> Iterator[Ticket]:
        """All tickets of this board, in no order."""
        return iter(self._tickets.values())

    @property
    def latest_breach(self) -> str | None:
        """Key of the ticket whose deadline passed last."""
        passed: list[SortKey] = []
        for order in self._order.values():
            for late_word in (0, 1):  # overdue tickets come first, those with an overdue word before others
                at = bisect_left(order, (SlaState.OVERDUE.rank, late_word + 1)) - 1
                if at >= 0 and order[at][:2] == (SlaState.OVERDUE.rank, late_word):
                    passed.append(order[at])
        return max(passed, key=lambda sort_key: (sort_key[2], sort_key[-1]))[-1] if passed else None

    def due_within(self, after: datetime, until: datetime) -> list[str]:
        """Keys of the tickets whose running deadline lies after ``after`` and not after ``until``."""
        first, last = after.timestamp(), until.timestamp()
        found: list[SortKey] = []
        for order in self._order.values():
            for state in (SlaState.CRITICAL, SlaState.WARNING, SlaState.OK):
                for late_word in (0, 1):  # within these, a section is in the order of its deadlines
                    start = bisect_right(order, (state.rank, late_word, first, math.inf))
                    end = bisect_right(order, (state.rank, late_word, last, math.inf))
                    found += order[start:end]
        return [sort_key[-1] for sort_key in sorted(found, key=lambda sort_key: (sort_key[2], sort_key[-1]))]

    def count(self, section_id: str) -> int:
        """How many tickets a section holds, shown or not."""
        return len(self._order[section_id])

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def states(self) -> Counter[SlaState]:
        """How many tickets are in each SLA state."""
        return +self.tally.states

    def _put(self, ticket: Ticket, now: datetime) -> bool:
        row = self._place(ticket, now)
        before = self._rows.get(ticket.key)
        if row is None:
            return self._take_off(ticket.key)
        if before is not None:
            self._take_off(ticket.key)
        self._remember(ticket, row)
        insort(self._order[row.section], row.sort_key)
        return True

    def _put_many(self, tickets: tuple[Ticket, ...], now: datetime) -> bool:
        stale = {t.key for t in tickets if t.key in self._rows}
        for key in stale:
            self._forget(self._rows.pop(key))
        if stale:
            for section_id, order in self._order.items():
                self._order[section_id] = [sort_key for sort_key in order if sort_key[-1] not in stale]
        placed = False
        for ticket in tickets:
            row = self._place(ticket, now)
            if row is not None:
                self._remember(ticket, row)
                self._order[row.section].append(row.sort_key)
                placed = True
        for order in self._order.values():
            order.sort()
        return placed or bool(stale)

    def _take_off(self, key: str) -> bool:
        row = self._rows.pop(key, None)
        if row is None:
            return False
        self._forget(row)
        order = self._order[row.section]
        at = bisect_left(order, row.sort_key)
        del order[at]
        return True

    def _remember(self, ticket: Ticket, row: Row) -> None:
        self._rows[row.key], self._tickets[row.key] = row, ticket
        self.touched.add(row.key)
        self.tally.add(ticket, row)
        self.changes += 1
        if row.valid_until is not None:
            heapq.heappush(self._deadlines, (row.valid_until, row.key))

        if len(self._deadlines) > 2 * len(self._rows) + _BULK:
            self._deadlines = [
                (r.valid_until, r.key) for r in self._rows.values() if r.valid_until is not None
            ]
            heapq.heapify(self._deadlines)

    def _forget(self, row: Row) -> None:
        self.changes += 1
        self.tally.remove(self._tickets.pop(row.key), row)
        self.touched.add(row.key)
        if self.veiled:
            for privacy in Privacy:
                self.veiled.pop((row.key, privacy), None)
