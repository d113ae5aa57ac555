"""What SMS and WhatsApp share: how a message stands, finding it again, and what people answer."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.twilio_api import TwilioApi
from deskwatch.channels.twilio_errors import loss
from deskwatch.core.delivery import Notification, Receipt, Reply
from deskwatch.core.gsm7 import segments

log = logging.getLogger(__name__)

_DELIVERED = frozenset({"delivered", "read"})
_LOST = frozenset({"undelivered", "failed", "canceled"})
_PAGE, _MOST = 100, 2000
_MARGIN = timedelta(minutes=2)
_AROUND = (timedelta(seconds=-20), timedelta(seconds=45))
"""When a message or call appears, seen from its request. People get at most one call a minute."""


@dataclass(frozen=True)
class TwilioMessages:
    """The messages of an account. ``prefix`` is ``whatsapp:`` or nothing."""

    api: TwilioApi
    sender: str | None
    service: str | None
    prefix: str = ""

    def create(self, notification: Notification, **content: Any) -> Receipt:
        """Send one message with this content.

        Raises:
            DeliveryError: it was not surely accepted.
        """
        origin = (
            {"from_": self.prefix + self.sender}
            if self.sender is not None
            else {"messaging_service_sid": self.service}
        )
        to = self.prefix + address_of(notification)
        message = self.api.ask(lambda c: c.messages.create(to=to, **origin, **content), sending=True)
        if not is_sid(message.sid):
            raise DeliveryError("unknown", "Twilio: the answer has no message SID.")
        log.debug(  # the line in the log that names it is the notifier's
            "Twilio has %s (%s) for %s, notification %s",
            message.sid,
            message.status,
            notification.person,
            notification.id,
        )
        return receipt_of(message)

    def find(self, notification: Notification) -> Receipt | None:
        """The message that carries the notification's code, best outcome first.

        Lists by recipient only: a message that still waits at Twilio has no ``DateSent``, so a filter by
        date would miss it and it would be sent twice.

        Raises:
            DeliveryError: Twilio cannot be asked.
        """
        to, since = self.prefix + notification.address, notification.created_at - _MARGIN

        def matching(client: Any) -> list[Receipt]:
            newest = _newest(client, to, since, self.api)
            return [receipt_of(message) for message in newest if self._is_of(message, notification)]

        found = self.api.ask(matching)
        return min(found, key=lambda receipt: _BEST_FIRST[receipt.state], default=None)

    def _is_of(self, message: Any, notification: Notification) -> bool:
        if not (message.direction or "").startswith("outbound"):
            return False
        if self.prefix and not message.body:  # a template that is not filled in yet
            return was_made_for(message.date_created, notification, self.api)
        return f"[{notification.code}]" in (message.body or "")

    def status(self, sid: str) -> Receipt:
        """How a message stands.

        Raises:
            DeliveryError: Twilio cannot be asked, or does not know the message.
        """
        return receipt_of(self.api.ask(lambda c: c.messages(sid).fetch()))

    def last_word(self, number: str) -> datetime | None:
        """When somebody wrote to us last.

        Raises:
            DeliveryError: Twilio cannot be asked.
        """
        origin = {"from_": self.prefix + number, "limit": 20, "page_size": 20}
        replies = self.api.ask(lambda c: self._inbound(c.messages.list(**origin)))
        return max((reply.at for reply in replies), default=None)

    def replies(self, since: datetime) -> list[Reply]:
        """What came in since then, oldest first.

        Raises:
            DeliveryError: Twilio cannot be asked.
        """
        day = self.api.twilio_time(since - _MARGIN).astimezone(UTC)  # the SDK would write any zone as UTC
        wanted: dict[str, Any] = {"date_sent_after": f"{day:%Y-%m-%d}", "limit": _MOST, "page_size": 1000}
        if self.sender is not None:
            wanted["to"] = self.prefix + self.sender
        replies = self.api.ask(lambda c: self._inbound(c.messages.list(**wanted)))
        return sorted((each for each in replies if each.at >= since - _MARGIN), key=lambda each: each.at)

    def _inbound(self, messages: list[Any]) -> list[Reply]:
        return [
            Reply(
                id=message.sid,
                sender=message.from_.removeprefix(self.prefix),
                text=message.body or "",
                at=self.api.our_time(message.date_sent or message.date_created),
            )
            for message in messages
            if message.direction == "inbound" and message.from_.startswith(self.prefix or "+")
        ]


_BEST_FIRST = {"delivered": 0, "sent": 1, "failed": 2}


def address_of(notification: Notification) -> str:
    """The phone number to use.

    Raises:
        DeliveryError: there is none.
    """
    if not notification.address:
        words = f"{notification.person} has no phone number for {notification.channel} in people.yaml."
        raise DeliveryError("permanent", words)
    return notification.address


def is_sid(sid: Any) -> bool:
    """Whether this may be the identifier of a message or call."""
    return isinstance(sid, str) and sid.isalnum() and 10 < len(sid) < 64


def receipt_of(message: Any) -> Receipt:
    """How a message of the SDK stands. A messaging service counts no segments before it has a sender."""
    status = str(message.status or "")
    failure = loss(status, _code(message.error_code)) if status in _LOST else None
    return Receipt(
        state="failed" if failure else "delivered" if status in _DELIVERED else "sent",
        provider_id=message.sid,
        status=status,
        segments=_code(message.num_segments) or segments(message.body or ""),
        failure=failure,
    )


def _code(text: Any) -> int | None:
    try:
        return int(text)
    except (TypeError, ValueError):
        return None


def was_made_for(at: datetime | None, notification: Notification, api: TwilioApi) -> bool:
    """Whether something created at Twilio at that instant fits the notification's last request."""
    tried_at = api.twilio_time(notification.tried_at or notification.created_at)
    return at is not None and tried_at + _AROUND[0] <= at <= tried_at + _AROUND[1]


def _newest(client: Any, to: str, since: datetime, api: TwilioApi) -> Iterator[Any]:
    """Messages to somebody, newest first, until a whole page is older than ``since``."""
    old = 0
    for message in islice(client.messages.stream(to=to, page_size=_PAGE), _MOST):
        at = message.date_created
        old = old + 1 if at is not None and at < api.twilio_time(since) else 0
        if old >= _PAGE:
            return
        if not old:
            yield message
