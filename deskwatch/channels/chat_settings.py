"""What an admin may say about chat rooms, push servers and webhooks."""

import re
from typing import Literal, Self

from pydantic import field_validator, model_validator

from deskwatch.channels.channel_settings import ChannelSettings, SecretAddress
from deskwatch.settings import HomePath, Secret, is_loopback, split_address

TOPIC = r"[-_A-Za-z0-9]{1,64}"
SHORTEST_KEY = 16
"""Characters: what is signed with a short key can be forged by trying."""


class SlackSettings(ChannelSettings):
    """A Slack channel, by an incoming webhook."""

    kind: Literal["slack"] = "slack"
    url: SecretAddress
    """Where the address of the webhook, workflow or Apprise service is kept, such as ``env:SLACK_WEBHOOK``:
    whoever has it can post."""


class TeamsSettings(ChannelSettings):
    """A channel of Microsoft Teams, by a Workflow."""

    kind: Literal["teams"] = "teams"
    url: SecretAddress
    """Where the workflow's address is kept, such as ``env:TEAMS_WORKFLOW``: whoever has it can post."""


class NtfySettings(ChannelSettings):
    """Push messages by ntfy. A person's address is a topic of their own; without one ``topic`` is used."""

    kind: Literal["ntfy"] = "ntfy"
    server: str = "https://ntfy.sh"
    """The server, without a topic."""
    topic: Secret | None = None
    """Where the topic's name is kept: on a public server it is all that keeps others from reading."""
    token: Secret | None = None
    """An access token, for ntfy topics that are protected and for webhooks."""
    ack_topic: Secret | None = None
    """With it messages have a button ACK, which writes into this topic, and Deskwatch reads it there."""
    plain_http: bool = False
    """``true``: ``server`` may start with http://. Everybody on the way can read along."""
    ca_file: HomePath | None = None
    """Certificates (PEM) to trust instead of the usual ones, for a server of your own."""

    @field_validator("server")
    @classmethod
    def _is_a_root(cls, server: str) -> str:
        parts = split_address(server)
        if parts.username or parts.query or parts.fragment:
            raise ValueError("expected an address such as https://ntfy.example.com, and nothing behind it")
        return server.rstrip("/")

    @model_validator(mode="after")
    def _is_not_read_on_the_way(self) -> Self:
        refuse_plain_http(self.server, self.plain_http)
        return self

    @field_validator("topic", "ack_topic")
    @classmethod
    def _is_a_topic(cls, topic: Secret | None) -> Secret | None:
        if topic is not None and topic.why_missing is None and not is_topic(topic.reveal()):
            raise ValueError("a topic has at most 64 letters, digits, - and _")
        return topic


class WebhookSettings(ChannelSettings):
    """Signed JSON to a program of yours. What it gets is described in ``docs/channels.md``."""

    kind: Literal["webhook"] = "webhook"
    url: Secret
    """Where the address is kept, such as ``env:PAGER_HOOK``."""
    secret: Secret
    """Where the key of the signature is kept, such as ``env:PAGER_HOOK_SECRET``."""
    token: Secret | None = None
    """Sent as ``Authorization: Bearer …``."""
    plain_http: bool = False
    """``true``: the address may start with http://. Everybody on the way can read along."""
    ca_file: HomePath | None = None
    """Certificates (PEM) to trust instead of the usual ones, for a server of your own."""

    @model_validator(mode="after")
    def _is_not_read_on_the_way(self) -> Self:
        if self.url.why_missing is None:
            refuse_plain_http(self.url.reveal(), self.plain_http)
        if self.secret.why_missing is None and len(self.secret.reveal()) < SHORTEST_KEY:
            raise ValueError(
                f"the secret is shorter than {SHORTEST_KEY} characters; make one: openssl rand -hex 32"
            )
        return self


class AppriseSettings(ChannelSettings):
    """Any of the services of Apprise: Telegram, Discord, Gotify, Pushover, Matrix and many more."""

    kind: Literal["apprise"] = "apprise"
    url: Secret
    """Where the service's Apprise address is kept, such as ``env:TELEGRAM_URL``. One channel, one service."""


def is_topic(text: str) -> bool:
    """Whether it can be the name of an ntfy topic."""
    return re.fullmatch(TOPIC, text, re.ASCII) is not None


def refuse_plain_http(address: str, allowed: bool) -> None:
    """Anything but https, except on this machine or when the admin says so.

    Raises:
        ValueError: it is refused, or no address at all.
    """
    parts = split_address(address)
    if parts.scheme == "http" and not allowed and not is_loopback(parts.hostname or ""):
        raise ValueError("must start with https://, or set plain_http: true for a server in your own network")
