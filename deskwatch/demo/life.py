"""The demo's life in a file: after a restart the same helpdesk goes on, with what happened in between."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from deskwatch.clock import Clock
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.population import EDITION, FIRST_ID, Living
from deskwatch.store.heartbeat import read_heartbeat, write_heartbeat

FILE = "demo.json"
"""Its place in ``state/``."""
_CLOCK_SET_BACK = timedelta(days=7)
"""A life that begins this far in the future is no accident of clocks any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """All that decides a living helpdesk. The age does not matter: replay needs only the last weeks."""

    seed: int
    started_at: datetime
    tickets: int
    speed: float
    first_id: int = FIRST_ID
    edition: int = EDITION

    def population(self) -> Living:
        """The people of this life."""
        return Living(
            seed=self.seed,
            started_at=self.started_at,
            tickets=self.tickets,
            speed=self.speed,
            first_id=self.first_id,
        )

    def tells_like(self, other: "Life") -> bool:
        """Whether both lives are made of the same wishes by the same code."""
        return replace(self, started_at=other.started_at, first_id=other.first_id) == other


def open_demo(
    path: Path, *, clock: Clock, seed: int = 1, tickets: int = 200, speed: float = 1.0, **options: Any
) -> Helpdesk:
    """The living helpdesk that ``path`` remembers; a new one when it remembers none, or other wishes.

    A new life gives other numbers to its tickets than the old one did, so nobody mixes them up. ``options``
    are those of ``Helpdesk``, such as ``switches`` and ``plan``.

    Raises:
        StoreError: the file cannot be written.
    """
    now = clock()
    old = _read(path)
    life = Life(seed=seed, started_at=now.replace(microsecond=0), tickets=tickets, speed=speed)
    if old is not None:
        if old.tells_like(life) and old.started_at <= now + _CLOCK_SET_BACK:
            return Helpdesk(clock=clock, population=old.population(), **options)
        life = replace(life, first_id=old.population().last_id(now) + 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_heartbeat(path, {**asdict(life), "started_at": format_instant(life.started_at)})
    return Helpdesk(clock=clock, population=life.population(), **options)


def _read(path: Path) -> Life | None:
    data = read_heartbeat(path)
    if not isinstance(data, Mapping):
        return None
    try:
        life = Life(
            seed=int(data["seed"]),
            started_at=parse_instant(data["started_at"]),
            tickets=int(data["tickets"]),
            speed=float(data["speed"]),
            first_id=int(data["first_id"]),
            edition=int(data["edition"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, TicketError):
        return None
    sane = 1 <= life.tickets <= 10**6 and 0.001 <= life.speed <= 1000 and 0 < life.first_id < 2**50
    return life if sane else None
