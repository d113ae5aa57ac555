"""From settings to a channel. A kind is imported only when it is used, so its package may be missing."""

from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Any

from deskwatch.channels.channel import Channel
from deskwatch.channels.channel_settings import ChannelSettings
from deskwatch.errors import ConfigError

CHANNELS: Mapping[str, str] = MappingProxyType(
    {
        "sms": "deskwatch.channels.sms:Sms",
        "whatsapp": "deskwatch.channels.whatsapp:WhatsApp",
        "voice": "deskwatch.channels.voice:Voice",
        "email": "deskwatch.channels.mail:Mail",
        "slack": "deskwatch.channels.slack:Slack",
        "teams": "deskwatch.channels.teams:Teams",
        "ntfy": "deskwatch.channels.ntfy:Ntfy",
        "webhook": "deskwatch.channels.webhook:Webhook",
        "apprise": "deskwatch.channels.apprise:Apprise",
        "file": "deskwatch.channels.file:File",
        "console": "deskwatch.channels.console:Console",
    }
)
"""Kind to the class that is built with (name, settings)."""


def build(name: str, settings: ChannelSettings, *, kinds: Mapping[str, str] = CHANNELS) -> Channel:
    """The channel that ``alerts.yaml`` describes under ``name``.

    Raises:
        ConfigError: a package it needs is not installed.
        UsageError: a secret it needs was not found.
    """
    kind: str = getattr(settings, "kind", "")
    module, _, title = kinds[kind].partition(":")
    try:
        make: Any = getattr(import_module(module), title)
    except ModuleNotFoundError as missing:
        if missing.name is None or missing.name.startswith("deskwatch"):
            raise
        package = missing.name.partition(".")[0]
        raise ConfigError(
            [
                f"config/alerts.yaml: channels.{name}: the kind {kind} needs the Python package {package}, "
                f"which is not installed: pip install {package}"
            ]
        ) from None
    channel: Channel = make(name, settings)
    return channel
