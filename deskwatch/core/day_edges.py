"""When the day of a desk begins and ends: openings and closings, but for its breaks."""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Literal

from deskwatch.core.hours import BusinessCalendar

Edge = Literal["opening", "closing"]
EVERY_DAY = frozenset(range(7))
BREAK = timedelta(hours=4)
"""A desk that is closed for less than this has a break at noon, and its day is not over."""
_MOST = 60  # edges looked at: more than four weeks of a desk with a break each day
_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def edges(
    calendar: BusinessCalendar, edge: Edge, *, after: datetime, weekdays: Collection[int] = EVERY_DAY
) -> Iterator[datetime]:
    """The instants after ``after`` at which a day of the desk begins or ends, on these days (0 is Monday).

    A day that ends at midnight is the one before. What no opening follows is no closing time. Looks a month
    ahead at least.
    """
    at: datetime | None = after
    for _ in range(_MOST):
        at = at and (calendar.next_opening(at) if edge == "opening" else calendar.next_closing(at))
        if at is None:
            return
        if _is_edge(calendar, edge, at) and _weekday(calendar, edge, at) in weekdays:
            yield at


def never_comes(calendar: BusinessCalendar, edge: Edge, *, weekdays: Collection[int] = EVERY_DAY) -> bool:
    """Whether no week of the desk has such an edge, and no date with hours of its own brings one."""
    plain = BusinessCalendar(calendar.name, UTC, calendar.week)
    if any(True for _ in islice(edges(plain, edge, after=_A_MONDAY, weekdays=weekdays), 1)):
        return False
    for on in calendar.days:
        noon = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        near = next(edges(calendar, edge, after=noon - 2 * _DAY, weekdays=weekdays), None)
        if near is not None and near < noon + 2 * _DAY:
            return False
    return True


def _is_edge(calendar: BusinessCalendar, edge: Edge, at: datetime) -> bool:
    if edge == "opening":
        return not calendar.between(at - BREAK, at)
    return not calendar.between(at, at + BREAK) and calendar.next_opening(at) is not None


def _weekday(calendar: BusinessCalendar, edge: Edge, at: datetime) -> int:
    """The day an edge belongs to, in the zone of the desk."""
    inside = at if edge == "opening" else at - timedelta(seconds=1)
    return inside.astimezone(calendar.zone).weekday()
