"""What a wall announces, by voice and by sound."""

from datetime import UTC, datetime
from typing import Any

from deskwatch.core.board import arrived_at
from deskwatch.core.legible import legible
from deskwatch.core.privacy import Privacy
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.web.cells import SUBJECT_LIMIT
from deskwatch.web.choosing import Choice
from deskwatch.web.privacy import veil

_EPOCH = datetime.fromtimestamp(0, UTC)


def news_of(choice: Choice, privacy: Privacy) -> dict[str, Any]:
    """What a wall announces: the latest breach, the newest urgent ticket, urgent ones of nobody."""
    breach = urgent = None
    if (key := choice.latest_breach) is not None:
        ticket, row = choice.placed(key)
        breach = {"key": key, "number": _number(ticket), "at": format_instant(row.sla.due_at or _EPOCH)}
    if (key := choice.tally.newest_urgent) is not None:
        ticket, row = choice.placed(key)
        urgent = {
            "key": key,
            "number": _number(ticket),
            "at": format_instant(arrived_at(ticket) or _EPOCH),
            "subject": legible(veil(ticket, privacy).subject, SUBJECT_LIMIT),
        }
    return {"breach": breach, "urgent": urgent, "unowned": choice.tally.unowned}


def _number(ticket: Ticket) -> str:
    return legible(ticket.number or ticket.id, 24)
