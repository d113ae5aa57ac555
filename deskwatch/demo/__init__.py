"""A simulated Freshservice on the loopback: what the demo watches, and what tests of the watcher run against.

``create_helpdesk`` makes one, ``open_demo`` one that goes on after a restart, ``serve`` puts it on a port;
see ``docs/simulator.md``.
"""

from datetime import datetime, timedelta
from typing import Any

from deskwatch.clock import Clock
from deskwatch.demo.helpdesk import Helpdesk, UnknownTicketError
from deskwatch.demo.life import open_demo
from deskwatch.demo.population import Living
from deskwatch.demo.server import Server, serve, wsgi_app
from deskwatch.demo.statuses import DEMO_STATUSES
from deskwatch.demo.switches import Switches

DEMO_KEY = "demo"
"""The API key the simulated helpdesk accepts."""

__all__ = [
    "DEMO_KEY",
    "DEMO_STATUSES",
    "Helpdesk",
    "Server",
    "Switches",
    "UnknownTicketError",
    "create_helpdesk",
    "open_demo",
    "serve",
    "wsgi_app",
]


def create_helpdesk(
    *,
    seed: int = 1,
    started_at: datetime,
    clock: Clock,
    tickets: int = 200,
    speed: float = 1.0,
    index_lag: timedelta = timedelta(seconds=120),
    **options: Any,
) -> Helpdesk:
    """A helpdesk with a living population, or an empty one (``tickets=0``) for tests to fill.

    Args:
        seed: with ``started_at``, ``tickets`` and ``speed`` it decides every ticket and every event.
        tickets: about how many are open at any time.
        speed: how fast everyday tickets come and go, as a multiple.
        index_lag: how long a change takes until the filter endpoint sees it.
        options: anything else ``Helpdesk`` takes, such as ``plan``, ``hours``, ``promises``, ``switches``.
    """
    switches = options.pop("switches", None) or Switches()
    switches.index_lag = index_lag
    population = Living(seed=seed, started_at=started_at, tickets=tickets, speed=speed) if tickets else None
    return Helpdesk(clock=clock, switches=switches, population=population, **options)
