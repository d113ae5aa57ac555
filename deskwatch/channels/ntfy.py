"""Push messages by ntfy: https://docs.ntfy.sh/publish/ and https://docs.ntfy.sh/subscribe/api/."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.chat_settings import NtfySettings, is_topic
from deskwatch.channels.http import Endpoint
from deskwatch.channels.words import one_line, without_controls
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Notification, Receipt, Reply
from deskwatch.core.people import Urgency
from deskwatch.settings import Secret

LONGEST_MESSAGE = 4000
"""Bytes. The server turns anything above 4,096 into an attachment."""

PRIORITY: Mapping[Urgency, int] = {Urgency.URGENT: 5, Urgency.NORMAL: 3}
"""5 rings on and on, through "do not disturb" if the phone allows it."""


class Ntfy:
    """Publishes to a topic; the optional button ACK writes into another one, which is read here."""

    kind = "ntfy"
    medium = "chat"

    def __init__(self, name: str, settings: NtfySettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._settings = settings
        secrets = tuple(s for s in (settings.topic, settings.ack_topic, settings.token) if s is not None)
        self._server = Endpoint("ntfy", self.timeout, secrets, clock, settings.ca_file)
        self._headers = {"Authorization": f"Bearer {settings.token.reveal()}"} if settings.token else {}

    def send(self, notification: Notification) -> Receipt:
        """Publish it."""
        topic = notification.address or (self._settings.topic.reveal() if self._settings.topic else "")
        if not is_topic(topic):
            raise DeliveryError(
                "permanent", f"{notification.person} has no ntfy topic, and alerts.yaml sets none"
            )
        message = self._message(notification, topic)
        answer = self._server.post(self._at(""), json.dumps(message).encode(), self._headers)
        id_ = answer.fields().get("id")
        if not isinstance(id_, str):
            raise self._server.error("unknown", "did not say that it took the message", answer)
        return Receipt(state="sent", provider_id=one_line(id_, 100))

    def _message(self, notification: Notification, topic: str) -> dict[str, Any]:
        message: dict[str, Any] = {
            "topic": topic,
            "title": one_line(notification.subject, 200),
            "message": _shortened(without_controls(notification.text or notification.subject)),
            "priority": PRIORITY[notification.urgency],
        }
        if notification.url:
            message["click"] = notification.url
        if self._settings.ack_topic is not None:
            message["actions"] = [self._button(notification)]
        return message

    def _button(self, notification: Notification) -> dict[str, Any]:
        """The phone posts it; the title tells us whose message it was."""
        assert self._settings.ack_topic is not None
        return {
            "action": "http",
            "label": "ACK",
            "url": self._at(self._settings.ack_topic.reveal()).reveal(),
            "headers": {"Title": notification.address or notification.person},
            "body": f"ACK {notification.code}",
            "clear": True,
        }

    def replies(self, *, since: datetime) -> list[Reply]:
        """Presses of the button since then. Empty without ``ack_topic``."""
        if self._settings.ack_topic is None:
            return []
        path = f"{self._settings.ack_topic.reveal()}/json?poll=1&since={int(since.timestamp())}"
        answer = self._server.get(self._at(path), self._headers)
        return sorted(_replies(answer.body), key=lambda reply: reply.at)

    def check(self) -> str:
        """Ask the server how it is."""
        answer = self._server.get(self._at("v1/health"), self._headers)
        if answer.fields().get("healthy") is not True:
            raise self._server.error("broken", "does not say that it is healthy; check server", answer)
        return "ntfy is healthy"

    def close(self) -> None:
        """Nothing is kept open."""

    def _at(self, path: str) -> Secret:
        return Secret(f"{self._settings.server}/{path}")


def _replies(body: bytes) -> Iterator[Reply]:
    """One JSON object a line; lines that are none are skipped, since anybody may write into a topic."""
    for line in body.splitlines():
        try:
            told = json.loads(line)
            if told["event"] == "message":
                at = datetime.fromtimestamp(int(told["time"]), UTC)
                text = one_line(str(told.get("message", "")), 200)
                yield Reply(
                    id=str(told["id"]), sender=one_line(str(told.get("title", "")), 80), text=text, at=at
                )
        except (ValueError, KeyError, TypeError, OverflowError, OSError, RecursionError):
            continue


def _shortened(text: str) -> str:
    data = text.encode("utf-8", "replace")
    if len(data) <= LONGEST_MESSAGE:
        return data.decode()
    return data[: LONGEST_MESSAGE - 3].decode("utf-8", "ignore").rstrip() + "…"
