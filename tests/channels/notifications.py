"""Notifications as the notifier hands them to a channel."""

from datetime import UTC, datetime
from typing import Any

from deskwatch.core.delivery import Notification, NotificationState
from deskwatch.core.people import Urgency

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)


def notification(**changes: Any) -> Notification:
    """One alert for ana, first step."""
    plain = Notification(
        id="n-1",
        code="K7Q2",
        alerts=("demo-12|sla_breach:first_response|2026-03-10T13:00:00Z",),
        person="ana",
        channel="test",
        address="ana@example.com",
        urgency=Urgency.URGENT,
        state=NotificationState.SENDING,
        created_at=NOW,
        subject="[demo-12] Mail is down",
        text="URGENT demo-12 Mail is down [K7Q2]",
        url="https://desk.example.com/a/tickets/12",
        thread="demo-12",
        facts={"ticket": "demo-12", "priority": "urgent"},
    )
    return plain.with_(**changes)
