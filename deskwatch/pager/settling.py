"""What an answer, a silence or a death means for a notification: the table, as pure functions.

| outcome of a request               | known           | what follows                                     |
|------------------------------------|-----------------|--------------------------------------------------|
| accepted                           | accepted        | proof of delivery is polled                      |
| refused before anything was sent   | not accepted    | sent again with growing pauses                   |
| 429                                | never processed | sent again after the pause the provider asks for |
| 4xx                                | rejected        | the next way at once                             |
| time-out, cut, 5xx, garbage, death | unknown         | settle, ask the provider, only then decide       |

Twilio says that a 429 was never processed and that a POST which ended in a 5xx may have been carried out:
https://www.twilio.com/docs/api/errors/20429 and /20500.
"""

import re
from datetime import datetime, timedelta

from deskwatch.core.delivery import Failure, Notification, NotificationState, Receipt
from deskwatch.core.people import Urgency

LOOKUP_PAUSES = (1, 2, 4, 6, 6, 6, 6, 5)
"""Shares of the patience with a list that cannot be had: the pause after each failed look."""
RATE_LIMITED = frozenset({"429", "20429", "21611"})
"""Codes that say: too many at a time. Nothing was processed, so waiting costs time and nothing else."""
MAY_REPEAT = "(may repeat) "
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)
_SENDING, _UNKNOWN, _PENDING = (
    NotificationState.SENDING,
    NotificationState.UNKNOWN,
    NotificationState.PENDING,
)


def departing(notification: Notification, *, now: datetime) -> Notification:
    """As it is recorded just before the request leaves."""
    return notification.with_(
        state=_SENDING,
        attempts=notification.attempts + 1,
        tried_at=now,
        settle_at=None,
        check_at=None,
        checks=0,
    )


def accepted(notification: Notification, receipt: Receipt, *, now: datetime) -> Notification:
    """The provider has it: by its answer, or because it was found in the provider's list."""
    delivered = receipt.state == "delivered"
    return notification.with_(
        state=NotificationState.DELIVERED if delivered else NotificationState.SENT,
        provider_id=receipt.provider_id or notification.provider_id,
        provider_status=receipt.status or notification.provider_status,
        segments=receipt.segments,
        sent_at=notification.sent_at or now,
        finished_at=now if delivered else None,
        settle_at=None,
        check_at=None,
        checks=0,
        error=None,
        error_code=None,
    )


def refused(notification: Notification, failure: Failure, *, now: datetime) -> Notification:
    """It will not arrive by this way."""
    return _with_error(notification, failure).with_(
        state=NotificationState.FAILED, finished_at=now, settle_at=None, check_at=None
    )


def unknown(
    notification: Notification, failure: Failure, *, now: datetime, settle: timedelta
) -> Notification:
    """It may have been accepted; nothing is sent before somebody has looked.

    The time to settle counts from now, for a provider may still work on a request that was cut off.
    """
    return _with_error(notification, failure).with_(
        state=_UNKNOWN, settle_at=now + settle, check_at=now + settle, checks=0
    )


def orphaned(notification: Notification, *, now: datetime, settle: timedelta) -> Notification:
    """It was on its way when the process before this one ended."""
    at = min(notification.tried_at or now, now) + settle
    return notification.with_(
        state=_UNKNOWN,
        settle_at=at,
        check_at=at,
        checks=0,
        error="the notifier ended while it was on its way",
        error_code=None,
    )


def later(notification: Notification, failure: Failure, *, at: datetime) -> Notification:
    """Not accepted for now; to be sent at ``at``."""
    return _with_error(notification, failure).with_(
        state=_PENDING, not_before=at, settle_at=None, check_at=None, finished_at=None
    )


def not_listed(
    notification: Notification, failure: Failure, *, now: datetime, patience: timedelta
) -> Notification | None:
    """The provider could not be asked; ``None``: it has been long enough, better twice than never.

    The looks are counted and not timed, so that a machine that was down for an hour looks again first.
    """
    if notification.checks >= len(LOOKUP_PAUSES):
        return None
    pause = patience * LOOKUP_PAUSES[notification.checks] / sum(LOOKUP_PAUSES)
    return _with_error(notification, failure).with_(checks=notification.checks + 1, check_at=now + pause)


def marked_as_repeat(notification: Notification) -> Notification:
    """The same notification, with words before its text that say it may have come before."""
    html = notification.html
    if html is not None:
        html = _BODY.sub(lambda tag: f"{tag[0]}<p>{MAY_REPEAT.strip()}</p>", html, count=1)
    subject = notification.subject and MAY_REPEAT + notification.subject
    return notification.with_(text=MAY_REPEAT + notification.text, subject=subject, html=html)


def shifted(notification: Notification, by: timedelta) -> Notification:
    """The same notification by a clock that was set ``by`` so much since.

    Providers are searched for what was made after a message was, so that instant moves as well. What nobody
    has tried may wait for an hour of the desk, and that hour stays where it is; but nothing urgent does.
    """

    def moved(at: datetime | None) -> datetime | None:
        return at and at + by

    is_pause = bool(notification.attempts) or notification.urgency is Urgency.URGENT
    return notification.with_(
        created_at=notification.created_at + by,
        tried_at=moved(notification.tried_at),
        sent_at=moved(notification.sent_at),
        not_before=moved(notification.not_before) if is_pause else notification.not_before,
        settle_at=moved(notification.settle_at),
        check_at=moved(notification.check_at),
    )


def is_rate_limit(failure: Failure) -> bool:
    """Whether the provider only asks to be left alone for a while."""
    return failure.kind == "transient" and (failure.retry_after is not None or failure.code in RATE_LIMITED)


def is_due(notification: Notification, now: datetime) -> bool:
    """Whether it may leave."""
    return notification.state is _PENDING and has_come(notification.not_before or now, now)


def is_late(notification: Notification, now: datetime) -> bool:
    """Whether it could have left, and nobody has taken it for sure; a pause after a try is waiting too."""
    was_tried = notification.attempts > 0 and notification.state in (_PENDING, _SENDING, _UNKNOWN)
    return was_tried or is_due(notification, now)


def has_come(at: datetime | None, now: datetime) -> bool:
    """Whether that instant is over; none never is."""
    return at is not None and at <= now


def _with_error(notification: Notification, failure: Failure) -> Notification:
    return notification.with_(error=failure.words, error_code=failure.code)
