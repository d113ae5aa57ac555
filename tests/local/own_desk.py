"""A watcher with tickets of its own in a real folder, on a clock that only tests move."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from deskwatch.config import Home, LiveConfig
from deskwatch.core.changes import Change
from deskwatch.core.ticket import Ticket
from deskwatch.local.inbox import Inbox, Outcome
from deskwatch.store.history import last_changes
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import Watcher
from deskwatch.watch_commands import source_maker

TUESDAY = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


@dataclass
class OwnDesk:
    """The home, the watcher in it, and the inbox."""

    path: Path
    sources: dict[str, Any] = field(default_factory=lambda: {"desk": {"kind": "local"}})
    sla: dict[str, Any] = field(default_factory=dict)
    hours: dict[str, Any] = field(default_factory=dict)
    now: datetime = TUESDAY

    def __post_init__(self) -> None:
        self.home = Home(self.path)
        self.home.config.mkdir(parents=True, exist_ok=True)
        self.folder = TicketFolder(self.home.tickets)
        self.inbox = Inbox(self.home.tickets / ".inbox")
        self.configure()
        self.start()

    def configure(self) -> None:
        """Write the configuration (JSON is YAML)."""
        files = {"sources": self.sources, "sla": self.sla, "hours": self.hours, "deskwatch": {}}
        for name, said in files.items():
            if said or name in ("sources", "deskwatch"):
                (self.home.config / f"{name}.yaml").write_text(json.dumps(said), "utf-8")

    def start(self) -> None:
        """A new watcher process, so to speak."""
        self.live = LiveConfig(self.home, env={}, clock=lambda: self.now, stopwatch=self.monotonic)
        self.watcher = Watcher(
            self.live,
            source_maker(None, clock=self.monotonic),
            folder=self.folder,
            started_at=self.now,
            clock=self.monotonic,
            random=Random(1),
        )

    def monotonic(self) -> float:
        """Seconds that only ever grow."""
        return (self.now - datetime(2026, 1, 1, tzinfo=UTC)).total_seconds()

    def poll(self, most: int = 30) -> "OwnDesk":
        """Steps until the watcher has nothing more to do at once."""
        for _ in range(most):
            if self.watcher.poll(self.now) > 0:
                break
        return self

    def later(self, **duration: float) -> "OwnDesk":
        """Let time pass, then work."""
        self.now += timedelta(**duration)
        return self.poll()

    def say(self, op: str, id_: str | None = None, *, by: str = "ana", **more: Any) -> Outcome:
        """Give a command and have the watcher answer it."""
        name = self.drop(op, id_ or more.pop("id", None), by=by, **more)
        self.poll()
        outcome = self.inbox.outcome(name)
        assert outcome is not None, "the watcher has not answered"
        return outcome

    def drop(self, op: str, id_: str | None = None, *, by: str = "ana", **more: Any) -> str:
        """Give a command."""
        return self.inbox.drop({"op": op, "by": by, **({"id": id_} if id_ else {}), **more})

    def make(self, subject: str = "The printer is out", **fields: Any) -> Ticket:
        """A new ticket."""
        outcome = self.say("create", fields={"subject": subject, **fields})
        assert outcome.ok, outcome.reason
        return self.ticket(str(outcome.ticket))

    def ticket(self, key: str = "desk-1") -> Ticket:
        """A ticket file."""
        return self.folder.read(key)

    def tickets(self) -> dict[str, Ticket]:
        """All ticket files by number."""
        tickets = (self.folder.load(name) for name in self.folder.scan())
        return {t.number: t for t in tickets if isinstance(t, Ticket)}

    def archived(self, key: str = "desk-1") -> dict[str, Any]:
        """The archived file of a ticket."""
        (path,) = (self.home.tickets / "archive").glob(f"*/{key}.json")
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return found

    def history(self, key: str = "desk-1") -> list[Change]:
        """The changes of a ticket, oldest first."""
        return list(reversed(last_changes(self.live.current.database, key, 1000)))

    def beat(self) -> dict[str, Any]:
        """The source's part of the heartbeat."""
        whole = json.loads((self.home.state / "watcher.json").read_text("utf-8"))
        part: dict[str, Any] = whole["sources"]["desk"]
        return part
