"""What is missed while nobody is there: the closed hours of the desk, and the tickets due in them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from deskwatch.core.board import Row
from deskwatch.core.hours import BusinessCalendar
from deskwatch.core.sla_clock import SlaState

_RUNNING = frozenset({SlaState.CRITICAL, SlaState.WARNING, SlaState.OK})


@dataclass(frozen=True, slots=True)
class Closed:
    """The hours in which the desk is closed: the present ones, or the next while it is open.

    A deadline belongs to them that lies after ``since`` and not after ``opening``. While the desk is closed,
    ``since`` is the instant that was asked about: what was due before is overdue, and shown as that.
    ``valid_until`` is when time alone gives another answer.
    """

    since: datetime
    opening: datetime
    valid_until: datetime


def closed_hours(calendar: BusinessCalendar, *, now: datetime) -> Closed | None:
    """The closed hours to look at; ``None`` when the desk never closes, or never opens again."""
    if calendar.is_always_open:
        return None
    if not calendar.is_open(now):
        opening = calendar.next_opening(now)
        return None if opening is None else Closed(now, opening, opening)
    closing = calendar.next_closing(now)
    opening = None if closing is None else calendar.next_opening(closing)
    return None if closing is None or opening is None else Closed(closing, opening, closing)


def due_before_opening(rows: Iterable[Row], closed: Closed) -> list[Row]:
    """The rows whose running deadline falls into the closed hours, by the instant that is due."""
    coming = [
        (row.sla.due_at, row.key, row)
        for row in rows
        if row.state in _RUNNING
        and row.sla.due_at is not None
        and closed.since < row.sla.due_at <= closed.opening
    ]
    return [row for _, _, row in sorted(coming, key=lambda found: found[:2])]
