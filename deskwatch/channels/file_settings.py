"""What an admin may say about the channels that tell nobody outside: a file, the terminal."""

from typing import Annotated, Literal

from pydantic import Field

from deskwatch.channels.channel_settings import ChannelSettings
from deskwatch.settings import HomePath


class FileSettings(ChannelSettings):
    """Writes every notification into a file, for tests, demos and an audit trail."""

    kind: Literal["file"] = "file"
    path: Annotated[HomePath, Field(default="state/notifications.jsonl")]
    """Where to; relative paths start in the home. It only grows: rotate it like a log."""
    format: Literal["json", "text"] = "json"
    """``json``: one object a line. ``text``: for people."""


class ConsoleSettings(ChannelSettings):
    """Prints every notification where the notifier runs."""

    kind: Literal["console"] = "console"
