"""The notifier's heartbeat, ``state/notifier.json``: that it lives, and how its work stands."""

import os
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from deskwatch import __version__
from deskwatch.clock import Monotonic, monotonic
from deskwatch.config import LiveConfig
from deskwatch.core.alerts import AlertState
from deskwatch.core.ticket import format_instant
from deskwatch.pager.dispatch import Dispatcher
from deskwatch.pager.ledger import Ledger
from deskwatch.pager.raising import Raising
from deskwatch.store.heartbeat import write_heartbeat

SECONDS = 1.0
"""Not more often than this; a burst of ticks is one beat."""
SLOWEST = 15.0
"""And not less often, also when nothing happens."""


def figures(ledger: Ledger, raising: Raising, dispatcher: Dispatcher, *, now: datetime) -> dict[str, Any]:
    """How alerts, queue and channels stand, as plain JSON values."""
    states = Counter(raised.state for raised in ledger)
    queue = dispatcher.report(now)
    broken = dispatcher.broken_channels
    return {
        "alerts": {
            "raised": raising.begun,
            "before_start": raising.silent,
            "open": states[AlertState.OPEN],
            "acknowledged": states[AlertState.ACKNOWLEDGED],
        },
        "queue": {**queue, "length": len(dispatcher.open)},
        "channels": {
            name: {"state": "broken" if name in broken else "ok", "error": broken.get(name)}
            for name in dispatcher.delivery.channels
        },
    }


class Pulse:
    """Writes the heartbeat."""

    def __init__(self, path: Path, *, started_at: datetime, clock: Monotonic = monotonic) -> None:
        self._path, self._started_at, self._clock = path, started_at, clock
        self._due = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time for the next beat."""
        return self._clock() >= self._due

    def beat(self, about: Mapping[str, Any], *, live: LiveConfig, now: datetime) -> None:
        """Write what is told, with who tells it and under which configuration.

        Raises:
            StoreError: the old beat is still there; its age will tell.
        """
        self._due = self._clock() + SECONDS
        interval = live.current.notifier.interval.total_seconds()
        write_heartbeat(
            self._path,
            {
                "schema": 1,
                "process": "notifier",
                "version": __version__,
                "pid": os.getpid(),
                "started_at": format_instant(self._started_at),
                "beat_at": format_instant(now),
                "beat_every_seconds": max(SECONDS, min(interval, SLOWEST)),
                "standby": False,
                "config": {
                    "generation": live.generation,
                    "loaded_at": format_instant(live.loaded_at),
                    "problems": list(live.problems),
                },
                "mode": live.current.alerts.mode,
                **about,
            },
        )
