"""The channels as they are configured now, each built when it is first needed."""

from collections.abc import Callable, Mapping
from typing import Any

from deskwatch.channels.build import build
from deskwatch.channels.channel import Channel

Build = Callable[[str, Any], Channel]


class ChannelShelf:
    """Looks channels up by name. A channel whose settings changed is built anew."""

    def __init__(self, settings: Mapping[str, Any], *, build: Build = build) -> None:
        self._settings, self._build = settings, build
        self._built: dict[str, Channel] = {}

    def __call__(self, name: str) -> Channel:
        """The channel of that name.

        Raises:
            KeyError: there is none.
            ConfigError: a package it needs is not installed.
        """
        channel = self._built.get(name)
        if channel is None:
            channel = self._built[name] = self._build(name, self._settings[name])
        return channel

    @property
    def names(self) -> tuple[str, ...]:
        """Every channel."""
        return tuple(self._settings)

    def follow(self, settings: Mapping[str, Any]) -> None:
        """Take over other settings; requests under way end with the old channel."""
        for name in [name for name in self._built if settings.get(name) != self._settings.get(name)]:
            self._built.pop(name).close()
        self._settings = settings

    def close(self) -> None:
        """Let all connections go."""
        for channel in self._built.values():
            channel.close()
        self._built.clear()
