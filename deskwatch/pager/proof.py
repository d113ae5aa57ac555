"""Proof of delivery: when a provider is asked whether what it accepted has arrived."""

from datetime import datetime, timedelta

from deskwatch.core.delivery import Failure, Notification, NotificationState, Receipt
from deskwatch.core.people import Urgency

AT_FIRST = (5, 15, 45, 90, 140, 190, 240, 300, 360, 420, 480, 540, 600)
"""Seconds after acceptance, for what is urgent: a page that did not arrive must be known within a minute."""
NORMALLY = (5, 15, 45, 120, 600)
FINALLY = timedelta(hours=1)
"""Some carriers never report; after this time nobody asks any more and "sent" is the last word."""
AGAIN = timedelta(seconds=20)
"""Pause when the provider could not be asked."""
UNCONFIRMED = "unconfirmed"
"""Error code of a message that was told by the next way too, because nothing proved its arrival."""


def next_check(notification: Notification, *, now: datetime) -> datetime | None:
    """When to ask next; ``None``: never."""
    if notification.state is not NotificationState.SENT or notification.sent_at is None:
        return None
    steps = AT_FIRST if notification.urgency is Urgency.URGENT else NORMALLY
    moments = (*(timedelta(seconds=step) for step in steps), FINALLY)
    return next((at for step in moments if (at := notification.sent_at + step) > now), None)


def awaiting(notification: Notification, *, now: datetime) -> Notification:
    """Accepted, with the next question planned; without one it is finished."""
    at = next_check(notification, now=now)
    return notification.with_(check_at=at, finished_at=now if at is None else None)


def checked(notification: Notification, receipt: Receipt, *, now: datetime) -> Notification:
    """What the provider says now about a message that has not failed."""
    known = notification.with_(
        checks=notification.checks + 1,
        provider_status=receipt.status or notification.provider_status,
        segments=max(receipt.segments, notification.segments),
    )
    if receipt.state == "delivered":
        return known.with_(
            state=NotificationState.DELIVERED, check_at=None, finished_at=now, error=None, error_code=None
        )
    return awaiting(known, now=now)


def not_told(notification: Notification, *, now: datetime) -> Notification:
    """The provider could not be asked: soon again, within the hour."""
    if notification.sent_at is None or now - notification.sent_at > FINALLY:
        return notification.with_(check_at=None, finished_at=now)
    return notification.with_(check_at=now + AGAIN)


def unconfirmed(notification: Notification, *, after: timedelta, now: datetime) -> Failure | None:
    """Why an urgent message should be told by another way too; ``None``: it should not, or was already."""
    if (
        notification.state is not NotificationState.SENT
        or notification.urgency is not Urgency.URGENT
        or notification.error_code == UNCONFIRMED
        or notification.sent_at is None
        or now - notification.sent_at < after
    ):
        return None
    minutes = max(1, round(after.total_seconds() / 60))
    words = f"no proof of delivery within {minutes} min; the provider says: {notification.provider_status}"
    return Failure(kind="unknown", words=words, code=UNCONFIRMED)
