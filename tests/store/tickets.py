"""Tickets for the tests of the store. The people are ana, ben and mia."""

from datetime import UTC, datetime, timedelta
from typing import Any

from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ANA = Person(id="7", name="Ana", email="ana@example.com")
BEN = Person(id="8", name="Ben", email="ben@example.com", phone="+15550100")


def ticket(number: int = 1, **changes: Any) -> Ticket:
    """A ticket with something in every kind of field."""
    opened = NOW - timedelta(minutes=number % 5000)
    usual: dict[str, Any] = {
        "key": f"desk-{number}",
        "source": "desk",
        "id": str(number),
        "number": f"#{number}",
        "url": f"https://desk.example.com/tickets/{number}",
        "subject": f"Printer {number} prints stripes",
        "description": "It does so since this morning.",
        "tags": ("printer", "floor 2"),
        "status": Status(id="2", name="Open"),
        "phase": Phase.OPEN,
        "priority": Priority.HIGH,
        "requester": BEN,
        "agent": ANA,
        "created_at": opened,
        "updated_at": opened,
        "resolution_due_at": opened + timedelta(days=1),
        "source_breached": False,
        "first_seen_at": NOW,
        "seen_at": NOW,
    }
    return Ticket(**{**usual, **changes})
