"""What ``state/watcher.json`` says: whether the watcher lives, and how far its sources may be believed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

from deskwatch.core.ticket import TicketError, parse_instant
from deskwatch.store.heartbeat import read_heartbeat

AHEAD = timedelta(minutes=5)
"""An instant further in the future was written before the clock was set back, and proves nothing."""


@dataclass(frozen=True, slots=True)
class SourceSign:
    """One source, as the watcher tells it."""

    state: str
    last_good_at: datetime | None
    error: str | None
    skew: float


@dataclass(frozen=True, slots=True)
class WatcherSigns:
    """The last word of the watcher. ``seen_at``: when, on the clock that only grows, it was first read."""

    beat_at: datetime | None = None
    started_at: datetime | None = None
    seen_at: float = 0.0
    pause_until: datetime | None = None
    sources: Mapping[str, SourceSign] = field(default_factory=lambda: MappingProxyType({}))

    def last_good_at(self) -> datetime | None:
        """The newest good poll of any source."""
        return max((sign.last_good_at for sign in self.sources.values() if sign.last_good_at), default=None)


class WatcherFile:
    """Reads the file again when it has another stamp."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self.signs: WatcherSigns | None = None

    def read(self, monotonic: float) -> WatcherSigns:
        """What it says now. Costs one ``stat`` while the watcher keeps quiet."""
        try:
            found = os.stat(self._path)
            stamp = (found.st_mtime_ns, found.st_ino)
        except OSError:
            stamp = None
        if self.signs is None or stamp != self._stamp:
            self._stamp = stamp
            self.signs = _read(read_heartbeat(self._path) or {}, monotonic)
        return self.signs


def _read(said: Mapping[str, Any], monotonic: float) -> WatcherSigns:
    sources = said.get("sources")
    return WatcherSigns(
        beat_at=_instant(said.get("beat_at")),
        started_at=_instant(said.get("started_at")),
        seen_at=monotonic,
        pause_until=_instant(said.get("pause_until")),
        sources={
            str(name): _source(about)
            for name, about in (sources.items() if isinstance(sources, Mapping) else ())
            if isinstance(about, Mapping)
        },
    )


def _source(about: Mapping[str, Any]) -> SourceSign:
    error, skew = about.get("error"), about.get("clock_skew_seconds")
    words = error.get("words") if isinstance(error, Mapping) else None
    return SourceSign(
        state=str(about.get("state", "")),
        last_good_at=_instant(about.get("last_good_at")),
        error=str(words)[:300] if words else None,
        skew=float(skew) if isinstance(skew, int | float) else 0.0,
    )


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(text) if isinstance(text, str) else None
    except TicketError:
        return None
