"""The simulated helpdesk beside a watcher that was started alone; ``start.py`` runs it as a process."""

import os
import random
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from zlib import crc32

from deskwatch.clock import utc_now
from deskwatch.errors import UsageError

DEMO_URL = "DESKWATCH_DEMO_URL"
"""Environment variable: where the simulated helpdesk runs already."""
PORTS = range(20_000, 32_000)
"""Below those from which systems take the ports of outgoing connections."""


@contextmanager
def demo_beside(sources: Mapping[str, Any], state: Path) -> Iterator[str | None]:
    """Where the simulated helpdesk is; None when no source needs it. One of ours ends with the block.

    The folder ``state`` remembers its life, so the next command meets the same tickets.
    """
    wanted = next((s for s in sources.values() if s.kind == "demo" and s.base_url is None), None)
    running = os.environ.get(DEMO_URL)
    if wanted is None or running:
        yield running
        return
    from deskwatch.demo import open_demo, serve
    from deskwatch.demo.life import FILE

    desk = open_demo(state / FILE, clock=utc_now, seed=wanted.seed, tickets=wanted.tickets)
    with serve(desk, port=demo_port(state)) as server:
        yield server.url


def demo_port(state: Path) -> int:
    """The port of a home's simulated helpdesk: always the same, so that links to its tickets stay good.

    When somebody else listens there it is another one.

    Raises:
        UsageError: forty attempts found no free one.
    """
    preferred = PORTS[crc32(os.fsencode(os.path.realpath(state))) % len(PORTS)]
    for port in (preferred, *random.choices(PORTS, k=40)):
        with socket.socket() as probe, suppress(OSError):
            if (
                os.name != "nt"
            ):  # connections that ended a moment ago do not count; on Windows this means more
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port
    raise UsageError(f"No free port was found in {PORTS.start} to {PORTS.stop} for the simulated helpdesk.")
