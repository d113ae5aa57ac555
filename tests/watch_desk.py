"""A watcher with real files and real HTTP against a simulated helpdesk, on one clock that only tests move."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar

from deskwatch.config import Home, LiveConfig
from deskwatch.core.ticket import Ticket
from deskwatch.demo import Helpdesk, Server, create_helpdesk, serve
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import Watcher
from deskwatch.watch_commands import NEEDS, source_maker

TUESDAY = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
KEY = "demo"


@dataclass
class FakeClock:
    """The one clock of watcher and helpdesk. ``ahead`` is how wrong this machine's wall clock is."""

    now: datetime = TUESDAY
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """The helpdesk's time."""
        return self.now

    def wall(self) -> datetime:
        """This machine's time."""
        return self.now + self.ahead

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return (self.now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def pass_(self, **duration: float) -> None:
        """Let time pass."""
        self.now += timedelta(**duration)


class WatchDesk:
    """The watcher, its folder and its helpdesk."""

    limits: ClassVar[dict[str, str]] = {"connect": "20s", "read": "20s", "total": "40s"}
    """Time-outs that no machine is too busy for."""

    def __init__(self, home: Path, desk: Helpdesk, server: Server, clock: FakeClock, **yaml: Any) -> None:
        self.home, self.desk, self.server, self.clock = Home(home), desk, server, clock
        self.home.config.mkdir(parents=True, exist_ok=True)
        self.folder = TicketFolder(self.home.tickets)
        self.configure(**yaml)
        self.start()

    def configure(self, **source: Any) -> None:
        """Write sources.yaml (JSON is YAML) and a deskwatch.yaml with time-outs."""
        kind = self.desk.switches.product
        fs = {"kind": kind, "base_url": self.server.url, **source}
        (self.home.config / "sources.yaml").write_text(json.dumps({"fs": fs}), "utf-8")
        watcher = {"watcher": {"request_timeout": self.limits}}
        (self.home.config / "deskwatch.yaml").write_text(json.dumps(watcher), "utf-8")

    def start(self) -> None:
        """A new watcher process, so to speak."""
        env = dict.fromkeys(("FRESHSERVICE_API_KEY", "FRESHDESK_API_KEY", "ATERA_API_KEY"), KEY)
        self.live = LiveConfig(self.home, env=env, needs=NEEDS, clock=self.clock.wall)
        self.watcher = Watcher(
            self.live,
            source_maker(None, clock=self.clock.monotonic),
            folder=self.folder,
            started_at=self.clock.wall(),
            clock=self.clock.monotonic,
            random=Random(1),
        )

    def poll(self) -> float:
        """One step, now."""
        return self.watcher.poll(self.clock.wall())

    def run(self, **duration: float) -> "WatchDesk":
        """Let the watcher work for a while."""
        until = self.clock.now + timedelta(**duration)
        while True:
            wait = max(self.poll(), 0.001)
            if self.clock.now + timedelta(seconds=wait) > until:
                break
            self.clock.pass_(seconds=wait)
        self.clock.now = until
        return self

    # What is on disk

    def tickets(self) -> dict[str, Ticket]:
        """The ticket files, by the helpdesk's id."""
        tickets = (self.folder.load(name) for name in self.folder.scan())
        return {t.id: t for t in tickets if isinstance(t, Ticket)}

    def ticket(self, id_: int) -> Ticket:
        """One ticket file."""
        return self.folder.read(f"fs-{id_}")

    def archived(self) -> dict[str, str]:
        """Ids in the archive, and why they are there."""
        files = (self.home.tickets / "archive").glob("*/fs-*.json")
        plain = (json.loads(path.read_text("utf-8")) for path in files)
        return {t["id"]: t["archive_reason"] for t in plain}

    def beat(self) -> dict[str, Any]:
        """This source's part of the heartbeat."""
        whole = json.loads((self.home.state / "watcher.json").read_text("utf-8"))
        part: dict[str, Any] = whole["sources"]["fs"]
        return part

    def cursor(self) -> str | None:
        """The cursor a restarted watcher would begin with."""
        path = self.home.state / "sources" / "fs.json"
        return json.loads(path.read_text("utf-8"))["cursor"] if path.exists() else None

    def truth(self) -> set[str]:
        """Ids a wall should show."""
        return {str(t.id) for t in self.desk.open_tickets()}


@contextmanager
def watch_desk(
    home: Path,
    *,
    tickets: int = 0,
    yaml: dict[str, Any] | None = None,
    kind: type[WatchDesk] = WatchDesk,
    **desk: Any,
) -> Iterator[WatchDesk]:
    """A helpdesk with some tickets that are an hour old, and a watcher that has not polled yet."""
    clock = FakeClock()
    helpdesk = create_helpdesk(started_at=clock.now, clock=clock, tickets=0, **desk)
    for number in range(tickets):
        helpdesk.create_ticket(f"Printer {number} is out", created_at=clock.now - timedelta(hours=2))
    clock.pass_(hours=1)
    with serve(helpdesk) as server:
        yield kind(home, helpdesk, server, clock, **(yaml or {}))


class ImpatientDesk(WatchDesk):
    """One whose requests fail soon: for helpdesks that say nothing."""

    limits: ClassVar[dict[str, str]] = {"connect": "2s", "read": "1.5s", "total": "2.5s"}
