"""What becomes of a notification that a channel did not accept: tried again, looked up, or given up."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deskwatch.core.delivery import Failure, Notification, NotificationState
from deskwatch.core.people import Urgency

LONGEST_REQUESTED = timedelta(minutes=15)
"""A provider that asks to be left alone for longer is asked again nevertheless."""
PATIENCE = timedelta(minutes=2)
"""An urgent message does not wait longer for a provider that wants to be left alone: it takes another way."""
_JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between tries, the last one again and again until ``tries`` are made."""

    waits: tuple[timedelta, ...]
    tries: int

    def wait(self, attempts: int) -> timedelta | None:
        """How long to wait after so many tries; ``None``: they were enough."""
        if attempts >= self.tries:
            return None
        return self.waits[min(attempts, len(self.waits)) - 1] if attempts > 0 else self.waits[0]


def _seconds(*numbers: float) -> tuple[timedelta, ...]:
    return tuple(timedelta(seconds=number) for number in numbers)


QUICK = Backoff(_seconds(2, 8, 30, 120), tries=5)
"""Messages and calls: about three minutes, then another channel takes over."""
BUSY = Backoff(_seconds(1, 2, 4, 8, 16, 30, 60), tries=9)
"""A provider that answered 429: nothing was processed, and it is there."""
MAIL = Backoff(_seconds(60, 300, 900, 3600), tries=28)
"""Mail that is not urgent: a day, as mail servers do among themselves (RFC 5321 section 4.5.4.1)."""
SLOW = Backoff(_seconds(60, 120, 300, 900, 3600), tries=30)
"""When no other way is left: a day."""
_BUSY_CODES = frozenset({"429", "20429"})


def after_failure(
    notification: Notification,
    failure: Failure,
    *,
    now: datetime,
    settle: timedelta,
    medium: str = "short",
    jitter: float = 0.5,
) -> Notification:
    """The notification as it stands after a try that failed.

    A transient failure makes it pending again, later; when the tries are used up, or something urgent would
    wait too long, it has failed, and another way takes over. An unknown outcome may be looked up after
    ``settle``. ``jitter`` is a random number from 0 to 1 that moves the wait by at most 20 %.
    """
    if failure.kind == "unknown":
        return _noted(notification, failure).with_(
            state=NotificationState.UNKNOWN, settle_at=now + settle, not_before=None
        )
    if failure.kind == "transient" and not _takes_too_long(notification, failure):
        backoff = _backoff(notification, failure, medium)
        if (wait := backoff.wait(notification.attempts)) is not None:
            return _again(notification, failure, wait, now=now, jitter=jitter)
    return _noted(notification, failure).with_(state=NotificationState.FAILED, finished_at=now)


def keep_trying(
    notification: Notification, failure: Failure, *, now: datetime, jitter: float = 0.5
) -> Notification:
    """The same when there is no other way: a transient failure is tried on for a day, slowly."""
    wait = SLOW.wait(max(1, notification.attempts - QUICK.tries + 1))
    if failure.kind not in ("transient", "unknown") or wait is None:
        return _noted(notification, failure).with_(state=NotificationState.FAILED, finished_at=now)
    return _again(notification, failure, wait, now=now, jitter=jitter)


def _backoff(notification: Notification, failure: Failure, medium: str) -> Backoff:
    if failure.code in _BUSY_CODES:
        return BUSY
    return MAIL if medium == "mail" and notification.urgency is not Urgency.URGENT else QUICK


def _again(
    notification: Notification, failure: Failure, wait: timedelta, *, now: datetime, jitter: float
) -> Notification:
    moved = wait * (1 + _JITTER * (2 * min(1.0, max(0.0, jitter)) - 1))
    return _noted(notification, failure).with_(
        state=NotificationState.PENDING,
        not_before=now + max(moved, _asked(failure)),
        settle_at=None,
        finished_at=None,
    )


def _asked(failure: Failure) -> timedelta:
    """How long the provider asked to be left alone, as far as that is heeded."""
    return timedelta(seconds=min(max(failure.retry_after or 0.0, 0.0), LONGEST_REQUESTED.total_seconds()))


def _takes_too_long(notification: Notification, failure: Failure) -> bool:
    return notification.urgency is Urgency.URGENT and _asked(failure) > PATIENCE


def _noted(notification: Notification, failure: Failure) -> Notification:
    return notification.with_(error=failure.words, error_code=failure.code)
