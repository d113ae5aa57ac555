"""What a channel's answer means for a notification: a new state, another way, or once more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from deskwatch.core.delivery import Failure, Notification, NotificationState, Receipt
from deskwatch.core.retrying import after_failure, keep_trying
from deskwatch.pager.calls import Said
from deskwatch.pager.delivery import Delivery, Outcome
from deskwatch.pager.proof import awaiting, checked, not_told, unconfirmed
from deskwatch.pager.settling import accepted, is_rate_limit, later, not_listed, refused
from deskwatch.pager.standing import Standing

BUSY_TRIES = 9
"""So many times "too many requests" for one notification, and another way is looked for as well."""
GIVEN_UP = timedelta(days=1)
"""What was made so long ago is no news any more, even when the channel works again."""


@dataclass(frozen=True, slots=True)
class Again:
    """It has to be sent once more; ``repeat``: the first one may have arrived."""

    repeat: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What has to be known about a channel to judge its answers; ``timeout`` in seconds."""

    traceable: bool
    medium: str
    timeout: float
    standing: Standing
    delivery: Delivery
    jitter: float = 0.5

    def settle(self, notification: Notification) -> timedelta:
        """How long to wait before somebody looks what became of a notification."""
        return self.delivery.settle(notification.urgency, timeout=self.timeout)


def of_send(notification: Notification, said: Said, known: Known, *, now: datetime) -> Notification | Outcome:
    """What became of a request to send."""
    if isinstance(said, Receipt):
        known.standing.went_well()
        return _taken(notification, said, known, now)
    failure = _failure(said)
    if failure.kind == "broken":
        at = known.standing.broke(failure, now)
        return out_of_order(notification, failure, at=at, now=now)
    if is_rate_limit(failure):
        at = known.standing.limited(failure, now)
        waiting = later(notification, failure, at=at)
        if notification.attempts % BUSY_TRIES:
            return waiting
        return Outcome(refused(notification, failure, now=now), waiting, failure)
    after = after_failure(
        notification,
        failure,
        now=now,
        settle=known.settle(notification),
        medium=known.medium,
        jitter=known.jitter,
    )
    if after.state is not NotificationState.FAILED:
        return after.with_(check_at=after.settle_at, checks=0)
    return Outcome(after, keep_trying(notification, failure, now=now, jitter=known.jitter), failure)


def of_find(
    notification: Notification, said: Said, known: Known, *, now: datetime
) -> Notification | Outcome | Again:
    """What the provider's list says about a notification whose fate was unknown."""
    if said is None:
        return Again(repeat=False)
    if isinstance(said, Receipt):
        return _taken(notification, said, known, now)
    waiting = not_listed(notification, _failure(said), now=now, patience=known.delivery.listing_patience)
    return waiting or Again(repeat=True)


def of_status(
    notification: Notification, said: Said, known: Known, *, now: datetime
) -> Notification | Outcome:
    """What the provider says about a message that it had accepted."""
    if not isinstance(said, Receipt):
        after = not_told(notification, now=now)
    elif said.state == "failed":
        return _fell_through(notification, said, known, now)
    else:
        after = checked(notification, said, now=now)
    failure = unconfirmed(after, after=known.delivery.unconfirmed_after, now=now)
    if failure is None:
        return after
    marked = after.with_(error=failure.words, error_code=failure.code)
    return Outcome(marked, marked, failure)


def out_of_order(notification: Notification, failure: Failure, *, at: datetime, now: datetime) -> Outcome:
    """Its channel is broken: another way, or else this one when the channel works again."""
    hopeless = refused(notification, failure, now=now)
    waits = now - notification.created_at < GIVEN_UP
    return Outcome(hopeless, later(notification, failure, at=at) if waits else hopeless, failure)


def _taken(
    notification: Notification, receipt: Receipt, known: Known, now: datetime
) -> Notification | Outcome:
    if receipt.state == "failed":
        return _fell_through(accepted(notification, receipt, now=now), receipt, known, now)
    taken = accepted(notification, receipt, now=now)
    if taken.state is NotificationState.DELIVERED:
        return taken
    if known.traceable and taken.provider_id:
        return awaiting(taken, now=now)
    return taken.with_(finished_at=now)


def _fell_through(notification: Notification, receipt: Receipt, known: Known, now: datetime) -> Outcome:
    """Accepted at first, then given up by the provider or the network behind it."""
    words = f"accepted, then {receipt.status or 'given up'}"
    failure = receipt.failure or Failure(kind="permanent", words=words)
    failed = refused(notification, failure, now=now).with_(
        provider_status=receipt.status or notification.provider_status
    )
    if failure.kind == "transient" and notification.attempts <= 1:
        again = keep_trying(notification, failure, now=now, jitter=known.jitter)
        return Outcome(failed, again, failure)
    return Outcome(failed, failed, failure)


def _failure(said: Said) -> Failure:
    if isinstance(said, Failure):
        return said
    return Failure(kind="unknown", words="the channel gave no answer that makes sense")
