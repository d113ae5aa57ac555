"""The demo's life in a file: after a restart the same helpdesk goes on, with what happened in between."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from deskwatch.clock import Clock
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.population import FIRST_ID, Living
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

    def population(self) -> Living:
        """The people of this life."""
        return Living(**asdict(self))


def open_demo(path: Path, *, clock: Clock, seed: int = 1, tickets: int = 200, speed: float = 1.0) -> Helpdesk:
    """The living helpdesk that ``path`` remembers, or a new one when it remembers none or other wishes.

    A new life gives other numbers to its tickets than the old one did, so nobody mixes them up.

    Raises:
        StoreError: the file cannot be written.
    """
    now = clock()
    old = _read(path)
    life = Life(seed=seed, started_at=now.replace(microsecond=0), tickets=tickets, speed=speed)
    if old is not None:
        as_wished = (old.seed, old.tickets, old.speed) == (seed, tickets, speed)
        if as_wished and old.started_at <= now + _CLOCK_SET_BACK:
            return Helpdesk(clock=clock, population=old.population())
        life = Life(**{**asdict(life), "first_id": old.population().last_id(now) + 1})
    path.parent.mkdir(parents=True, exist_ok=True)
    write_heartbeat(path, {**asdict(life), "started_at": format_instant(life.started_at)})
    return Helpdesk(clock=clock, population=life.population())


def _read(path: Path) -> Life | None:
    data = read_heartbeat(path)
    if not isinstance(data, Mapping):
        return None
    try:
        return Life(
            seed=int(data["seed"]),
            started_at=parse_instant(data["started_at"]),
            tickets=int(data["tickets"]),
            speed=float(data["speed"]),
            first_id=int(data["first_id"]),
        )
    except (KeyError, TypeError, ValueError, TicketError):
        return None
