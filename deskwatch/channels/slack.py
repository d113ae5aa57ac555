"""Slack by an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks."""

import json
import re
from typing import Any

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.chat_settings import SlackSettings
from deskwatch.channels.http import Endpoint
from deskwatch.channels.words import clip, without_controls
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Notification, Receipt

LONGEST_BLOCK = 3000
"""Characters of a section, counted after escaping."""

_MEMBER = re.compile(r"[UW][A-Z0-9]{5,20}")
_ALIVE = ("no_text", "invalid_payload", "missing_text_or_fallback_or_attachments")
"""What a working webhook says to an empty message."""


class Slack:
    """Posts into the room of the webhook; a person's address is their member id, which is mentioned."""

    kind = "slack"
    medium = "chat"

    def __init__(self, name: str, settings: SlackSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._url = settings.url
        self._server = Endpoint("Slack", self.timeout, (settings.url,), clock)

    def send(self, notification: Notification) -> Receipt:
        """Post it."""
        if notification.address and not _MEMBER.fullmatch(notification.address):
            raise DeliveryError(
                "permanent", f"the Slack address of {notification.person} is no member id (U…)"
            )
        answer = self._server.post(self._url, json.dumps(payload(notification)).encode())
        if answer.text != "ok":
            raise self._server.error("unknown", "did not say that it took the message", answer)
        return Receipt(state="sent", status="ok")

    def check(self) -> str:
        """Send an empty message, which a working webhook refuses without showing it to anybody."""
        try:
            self._server.post(self._url, b"{}")
        except DeliveryError as error:
            if error.failure.code == "400" and any(word in error.failure.words for word in _ALIVE):
                return "Slack knows the webhook"
            raise
        return "Slack answers"

    def close(self) -> None:
        """Nothing is kept open."""


def payload(notification: Notification) -> dict[str, Any]:
    """The message: one section, and the same text for notifications on screens."""
    mention = f"<@{notification.address}> " if notification.address else ""
    link = f"\n<{_target(notification.url)}|Open>" if notification.url else ""
    room = LONGEST_BLOCK - len(mention) - len(link)
    text = mention + _escaped(notification.text or notification.subject, room) + link
    return {
        "text": mention + _escaped(notification.subject or notification.text, 300),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}],
        "unfurl_links": False,
    }


def _escaped(text: str, longest: int) -> str:
    """Without it a subject such as ``<!channel>`` would call everybody."""
    pieces: list[str] = []
    left = longest - 1
    for character in without_controls(text):
        piece = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        left -= len(piece)
        if left < 0:
            return "".join(pieces).rstrip() + "…"
        pieces.append(piece)
    return "".join(pieces)


def _target(url: str) -> str:
    """A link target cannot hold what ends it."""
    safe = url.replace("&", "&amp;").replace("<", "%3C").replace(">", "%3E").replace("|", "%7C")
    return clip(without_controls(safe).replace(" ", "%20").replace("\n", "%0A"), 1000)
