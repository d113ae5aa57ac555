"""Signed JSON to any program. The contract is written down in ``docs/channels.md``."""

import hashlib
import hmac
import json
from typing import Any

from deskwatch.channels.chat_settings import WebhookSettings
from deskwatch.channels.http import Endpoint
from deskwatch.channels.words import one_line
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Notification, Receipt

VERSION = 1
"""Of the contract: a higher one means that a field has changed its meaning, not that one was added."""


class Webhook:
    """Posts everything that is known about a notification."""

    kind = "webhook"
    medium = "data"

    def __init__(self, name: str, settings: WebhookSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._settings = settings
        self._clock = clock
        secrets = tuple(s for s in (settings.url, settings.secret, settings.token) if s is not None)
        self._server = Endpoint("the webhook", self.timeout, secrets, clock, settings.ca_file)

    def send(self, notification: Notification) -> Receipt:
        """Post it. The same notification has the same ``Idempotency-Key`` however often it is sent."""
        body = json.dumps(payload(notification), default=str).encode()
        stamp = str(int(self._clock().timestamp()))
        headers = {
            "X-Timestamp": stamp,
            "X-Signature": f"sha256={signature(self._settings.secret.reveal(), stamp, body)}",
            "Idempotency-Key": notification.id,
        }
        if self._settings.token is not None:
            headers["Authorization"] = f"Bearer {self._settings.token.reveal()}"
        answer = self._server.post(self._settings.url, body, headers)
        id_ = answer.fields().get("id")
        return Receipt(
            state="sent",
            provider_id=one_line(id_, 100) if isinstance(id_, str) else None,
            status=str(answer.status),
        )

    def check(self) -> str:
        """Whether anybody answers there; nothing is posted."""
        self._server.reach(self._settings.url)
        return "the webhook's server answers"

    def close(self) -> None:
        """Nothing is kept open."""


def signature(secret: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal of the timestamp, a full stop and the body."""
    return hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()


def payload(notification: Notification) -> dict[str, Any]:
    """What is posted."""
    return {
        "version": VERSION,
        "id": notification.id,
        "code": notification.code,
        "alerts": list(notification.alerts),
        "person": notification.person,
        "address": notification.address,
        "urgency": notification.urgency.value,
        "step": notification.step,
        "repeat": notification.repeat,
        "created_at": notification.created_at.isoformat(),
        "subject": notification.subject,
        "text": notification.text,
        "url": notification.url,
        "thread": notification.thread,
        "facts": dict(notification.facts),
    }
