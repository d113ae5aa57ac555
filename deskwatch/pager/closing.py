"""The digest at closing time: what is due before the desk opens again, what is late, who is on call."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from deskwatch.config import Config
from deskwatch.core.before_opening import Closed, closed_hours, due_before_opening
from deskwatch.core.board import Board, Row, place
from deskwatch.core.duties import duties
from deskwatch.core.instants import format_instant
from deskwatch.core.oncall import Schedule
from deskwatch.core.sla_clock import SlaState
from deskwatch.core.ticket import Ticket

_EVERYTHING = Board(id="closing", title="Closing time")
_NAMED = 60  # tickets of each list, and turns, that are named at most
_TARGETS = {"first_response": "first response"}


def closing_facts(
    tickets: Iterable[Ticket], config: Config, schedule: Schedule, *, now: datetime
) -> dict[str, Any] | None:
    """The facts of a closing digest; ``None`` when the desk is open, or never opens again."""
    calendar = config.desk_calendar
    closed = None if calendar.is_open(now) else closed_hours(calendar, now=now)
    if closed is None:
        return None
    known = {ticket.key: ticket for ticket in tickets}
    placed = (place(_EVERYTHING, ticket, config.sla, now=now) for ticket in known.values())
    rows = [row for row in placed if row is not None]
    coming = due_before_opening(rows, closed)
    late = sorted((r for r in rows if r.state is SlaState.OVERDUE), key=lambda row: (row.sla.due_at, row.key))
    turns = list(_turns(config, schedule, closed))
    return {
        "next_opening": format_instant(closed.opening),
        "count": len(coming),
        "figures": {"due before we open": len(coming), "late already": len(late), "open": len(rows)},
        "tickets": [_told(row, known[row.key], "due") for row in coming[:_NAMED]],
        "late": [_told(row, known[row.key], "was due") for row in late[:_NAMED]],
        "people": list(dict.fromkeys(turn["person"] for turn in turns)),
        "turns": turns,
    }


def _turns(config: Config, schedule: Schedule, closed: Closed) -> Iterator[Mapping[str, Any]]:
    """Who is on call until the desk opens; ``since`` and ``until`` only where a turn passes meanwhile."""
    for duty in duties(schedule, closed.since, closed.opening)[:_NAMED]:
        yield {
            "person": config.people[duty.person].name if duty.person in config.people else duty.person,
            "layer": duty.layer if len(schedule.layers) > 1 else None,
            "since": format_instant(duty.start) if duty.start > closed.since else None,
            "until": format_instant(duty.end) if duty.end < closed.opening else None,
        }


def _told(row: Row, ticket: Ticket, words: str) -> dict[str, Any]:
    assert row.sla.due_at is not None
    return {
        "ticket": ticket.key,
        "number": ticket.number or ticket.id,
        "subject": ticket.subject,
        "url": ticket.url,
        "priority": row.priority and row.priority.value,
        "priority_word": row.priority and row.priority.value.capitalize(),
        "agent": ticket.agent and ticket.agent.name,
        "group": ticket.group and ticket.group.name,
        "target": row.sla.target,
        "due_at": format_instant(row.sla.due_at),
        "detail": f"{_TARGETS.get(row.sla.target, row.sla.target)} {words}",
    }
