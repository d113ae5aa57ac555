"""The simulated helpdesk beside a watcher that was started alone; ``start.py`` runs it as a process."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from deskwatch.clock import utc_now

DEMO_URL = "DESKWATCH_DEMO_URL"
"""Environment variable: where the simulated helpdesk runs already."""


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
    with serve(desk) as server:
        yield server.url
