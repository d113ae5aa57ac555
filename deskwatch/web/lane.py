"""The lane of a wall: what is due while the desk is closed next, and who has it."""

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from deskwatch.core.before_opening import Closed
from deskwatch.core.board import Row
from deskwatch.core.ticket import Ticket
from deskwatch.web.cells import Cells, moment, weekday
from deskwatch.web.choosing import Choice
from deskwatch.web.wording import Wording

MOST = 4
"""Tickets that are named; the others are counted."""


def lane_of(
    choice: Choice,
    closed: Closed | None,
    cells_of: Callable[[Ticket, Row], Cells],
    *,
    zone: tzinfo,
    say: Wording,
) -> dict[str, Any] | None:
    """What ``lane.html`` shows; ``None`` when nothing is due in the closed hours, or there are none."""
    keys = choice.due_within(closed.since, closed.opening) if closed is not None else []
    if closed is None or not keys:
        return None
    named = [choice.placed(key) for key in keys[:MOST]]
    return {
        "opening": opening_words(closed, zone=zone, say=say),
        "tickets": [
            {"cells": cells_of(ticket, row), "nobody": ticket.agent is None} for ticket, row in named
        ],
        "more": len(keys) - len(named),
    }


def opening_words(closed: Closed, *, zone: tzinfo, say: Wording) -> str:
    """``Mon 08:00``, with the date when that weekday could mean another one."""
    opening: datetime = closed.opening.astimezone(zone)
    day = weekday(opening, say)
    if opening.date() - closed.since.astimezone(zone).date() < timedelta(days=6):
        return f"{day} {opening:%H:%M}"
    at = moment(closed.opening, zone, say)
    assert at is not None
    return f"{day} {at.words}"
