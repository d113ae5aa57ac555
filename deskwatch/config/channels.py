"""The ``channels`` of ``alerts.yaml``: how people are reached. Each kind owns its settings."""

from typing import Annotated, Any

from pydantic import Discriminator, Tag

from deskwatch.channels.chat_settings import (
    AppriseSettings,
    NtfySettings,
    SlackSettings,
    TeamsSettings,
    WebhookSettings,
)
from deskwatch.channels.file_settings import ConsoleSettings, FileSettings
from deskwatch.channels.mail_settings import MailSettings
from deskwatch.channels.twilio_settings import SmsSettings, VoiceSettings, WhatsAppSettings
from deskwatch.config.fields import Name


def _kind_of(channel: Any) -> str | None:
    kind = channel.get("kind") if isinstance(channel, dict) else getattr(channel, "kind", None)
    return kind if isinstance(kind, str) else None


AnyChannelSettings = Annotated[
    Annotated[SmsSettings, Tag("sms")]
    | Annotated[WhatsAppSettings, Tag("whatsapp")]
    | Annotated[VoiceSettings, Tag("voice")]
    | Annotated[MailSettings, Tag("email")]
    | Annotated[SlackSettings, Tag("slack")]
    | Annotated[TeamsSettings, Tag("teams")]
    | Annotated[NtfySettings, Tag("ntfy")]
    | Annotated[WebhookSettings, Tag("webhook")]
    | Annotated[AppriseSettings, Tag("apprise")]
    | Annotated[FileSettings, Tag("file")]
    | Annotated[ConsoleSettings, Tag("console")],
    Discriminator(_kind_of),
]
Channels = dict[Name, AnyChannelSettings]
"""Channel name to channel. People name these in their order of channels."""
