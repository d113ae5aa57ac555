"""One line in the log for each message and its fate, with the provider's id and without whole addresses."""

import logging

from deskwatch.core.delivery import Failure, Notification, NotificationState

log = logging.getLogger(__name__)


def masked(address: str) -> str:
    """An address by which its owner is recognised, and nobody else can use it.

    ``+15550100001`` is ``+1…001``, ``ana@example.com`` is ``a…@example.com``.
    """
    if not address:
        return "-"
    name, at, domain = address.rpartition("@")
    if at:
        return f"{name[:1]}…@{domain}"
    return f"{address[:2]}…{address[-3:]}" if len(address) > 7 else "…"


def told(notification: Notification, before: Notification | None = None) -> None:
    """Where a notification stands now, unless that is where it stood ``before``."""
    state = notification.state
    if before is not None and (before.state, before.provider_status) == (state, notification.provider_status):
        return
    if state is NotificationState.LOGGED:
        log.warning("Would tell %s: %s", _to(notification), notification.text)
    elif state is NotificationState.BUNDLED:
        log.info("%s is told within %s", _about(notification), notification.bundle)
    elif state in (NotificationState.SENT, NotificationState.DELIVERED):
        log.info("%s", _standing(notification))
    elif state is NotificationState.UNKNOWN:
        log.warning("%s may have been accepted (%s); looking", _about(notification), notification.error)
    elif state is NotificationState.PENDING:
        log.warning(
            "%s is sent again at %s: %s", _about(notification), notification.not_before, notification.error
        )


def failed(notification: Notification, failure: Failure) -> None:
    """A notification that needs another way, or has none."""
    code = f" ({failure.code})" if failure.code and f"({failure.code})" not in failure.words else ""
    log.warning("%s failed: %s%s", _about(notification), failure.words, code)


def sent_again(notification: Notification) -> None:
    """A notification that is sent once more after an unknown outcome."""
    why = "may have arrived, but nobody could say" if notification.repeat else "was not accepted"
    log.warning("%s %s and is sent again", _about(notification), why)


def _standing(notification: Notification) -> str:
    status = f", the provider says {notification.provider_status}" if notification.provider_status else ""
    return f"{_about(notification)} is {notification.state}{status}"


def _about(notification: Notification) -> str:
    provider = f" {notification.provider_id}" if notification.provider_id else ""
    return f"[{notification.code}]{provider} {_to(notification)}"


def _to(notification: Notification) -> str:
    return f"{notification.person} by {notification.channel} ({masked(notification.address)})"
