"""Microsoft Teams by a Workflow that posts an Adaptive Card.

The address of a workflow has changed its host twice, so it is never judged by its host; hosts that are known
to be retired are only named in errors. https://learn.microsoft.com/connectors/teams
"""

import json
from typing import Any
from urllib.parse import urlsplit

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.chat_settings import TeamsSettings
from deskwatch.channels.http import Endpoint
from deskwatch.channels.words import clip, one_line, without_controls
from deskwatch.clock import Clock, utc_now
from deskwatch.core.delivery import Notification, Receipt
from deskwatch.core.people import Urgency

LONGEST_TEXT, MOST_LINES = 6000, 60
"""Characters and lines of a card. Teams refuses cards above 28 KB; a character can take 4 bytes."""

RETIRED = ("webhook.office.com", "outlook.office.com", "logic.azure.com")
"""Hosts of connectors and workflows that Microsoft has switched off or announced to."""


class Teams:
    """Posts into the channel or chat that the workflow was made for."""

    kind = "teams"
    medium = "chat"

    def __init__(self, name: str, settings: TeamsSettings, *, clock: Clock = utc_now) -> None:
        self.name = name
        self.timeout = settings.timeout.total_seconds()
        self._url = settings.url
        self._server = Endpoint("Teams", self.timeout, (settings.url,), clock)

    def send(self, notification: Notification) -> Receipt:
        """Hand it to the workflow. 202 means that it was queued; Teams tells nothing more."""
        try:
            answer = self._server.post(self._url, json.dumps(card(notification)).encode())
        except DeliveryError as error:
            raise self._explained(error) from None
        return Receipt(state="sent", status=str(answer.status))

    def check(self) -> str:
        """Whether anybody answers there. More cannot be asked: each request would post something."""
        self._server.reach(self._url)
        old = self._retired()
        return f"Teams answers{old and f'; {old}'}; whether the workflow posts is seen by a test message only"

    def close(self) -> None:
        """Nothing is kept open."""

    def _explained(self, error: DeliveryError) -> DeliveryError:
        failure, old = error.failure, self._retired()
        if failure.kind not in ("permanent", "broken") or not old:
            return error
        words = f"{failure.words}; {old}"
        return DeliveryError(failure.kind, words, code=failure.code, lasting=failure.lasting)

    def _retired(self) -> str:
        host = urlsplit(self._url.reveal()).hostname or ""
        if not host.endswith(RETIRED):
            return ""
        return "its address is of a kind that Microsoft retires: make a new workflow and use its address"


def card(notification: Notification) -> dict[str, Any]:
    """The message. Texts are runs, not text blocks: those would read Markdown links out of a subject."""
    colour = "Attention" if notification.urgency is Urgency.URGENT else "Default"
    text = clip(without_controls(notification.text), LONGEST_TEXT)
    lines = [line for line in text.splitlines() if line.strip()][:MOST_LINES]
    body = [_line(one_line(notification.subject, 200), weight="Bolder", size="Medium", color=colour)]
    content: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [line for line in (*body, *(_line(line, spacing="Small") for line in lines)) if line],
        "msteams": {"width": "full"},
    }
    if notification.url:
        content["actions"] = [{"type": "Action.OpenUrl", "title": "Open", "url": notification.url}]
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": content,
    }
    return {"type": "message", "attachments": [attachment]}


def _line(text: str, *, spacing: str = "Default", **run: str) -> dict[str, Any]:
    if not text:
        return {}
    return {
        "type": "RichTextBlock",
        "spacing": spacing,
        "inlines": [{"type": "TextRun", "text": text, **run}],
    }
