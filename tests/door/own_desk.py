"""A watcher with own tickets, its listener, and people who log in."""

import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

from deskwatch.clock import utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.core.ticket import Phase, Priority, Status, Ticket
from deskwatch.daemon import Loop
from deskwatch.door import passwords
from deskwatch.door.listener import Listener
from deskwatch.door.tokens import TokenShelf
from deskwatch.store.tickets import TicketFolder
from deskwatch.watch import Watcher
from deskwatch.watch_commands import Attended, source_maker
from tests.door.door_desk import ENV, write_config

PASSWORD = "correct horse battery"
HASH = passwords.hashed(PASSWORD)
PEOPLE = {
    "ana": {"role": "technician", "password": HASH, "agent": "Ana Example"},
    "ben": {"role": "admin", "password": HASH},
    "mia": {"role": "helpdesk_officer", "password": HASH},
}
MANY = {"reads_per_minute": 6000, "writes_per_minute": 6000, "logins_per_minute": 600}


class OwnDesk:
    """The whole watcher in threads: loop, own tickets, listener."""

    def __init__(
        self,
        home: Path,
        *,
        pace: dict[str, int] | None = None,
        wait: str = "5s",
        sources: dict[str, Any] | None = None,
        described: dict[str, Any] | None = None,
        env: dict[str, str] | None = None,
    ) -> None:
        self.home = Home(home)
        listener = {"port": 0, "pace": MANY if pace is None else pace, "wait": wait}
        write_config(self.home, "deskwatch", {"watcher": {"listener": listener, "poll_interval": "10m"}})
        write_config(self.home, "users", {"users": PEOPLE})
        write_config(self.home, "sla", {"explanations": {"required": True, "after": "0s"}})
        other = {"kind": "freshservice", "base_url": "http://127.0.0.1:9"}
        write_config(self.home, "sources", {"desk": {"kind": "local"}, **(sources or {"fs": other})})
        (self.home.config / "sources.d").mkdir(exist_ok=True)
        for name, source in (described or {}).items():
            write_config(self.home, f"sources.d/{name}", source)
        self.live = LiveConfig(self.home, env={**ENV, **(env or {})}, needs=("deskwatch", "sources"))
        self.folder = TicketFolder(self.home.tickets)
        self.watcher = Watcher(self.live, source_maker(None), folder=self.folder, started_at=utc_now())
        step = Attended(self.watcher)
        self.loop = Loop(step, name="watcher")
        settings = self.live.current.watcher.listener
        assert settings is not None
        self.listener = Listener(
            lambda: self.live.current, settings, nudge=self.watcher.nudge, wake=self.loop.wake
        )
        step.on_end = self.listener.round_ended
        self._stack = ExitStack()
        self._tokens: dict[str, str] = {}

    def foreign(self, id_: str = "17") -> Ticket:
        """A ticket of the helpdesk, as its last answer left it."""
        ticket = Ticket(
            key=f"fs-{id_}",
            source="fs",
            id=id_,
            number=id_,
            url=f"http://127.0.0.1:9/a/tickets/{id_}",
            subject="VPN is slow",
            status=Status(id="2", name="Open"),
            phase=Phase.OPEN,
            priority=Priority.LOW,
            created_at=utc_now() - timedelta(hours=1),
            updated_at=utc_now() - timedelta(hours=1),
        )
        self.folder.write([ticket])
        return ticket

    def late(self) -> None:
        """NDB-0001, whose deadline nobody has said a word about."""
        made = utc_now() - timedelta(days=60)
        ticket = Ticket(
            key="desk-1",
            source="desk",
            id="1",
            number="NDB-0001",
            subject="Screen flickers",
            status=Status(id="open", name="Open"),
            priority=Priority.HIGH,
            created_at=made,
            updated_at=made,
            status_since=made,
            resolution_due_at=made + timedelta(days=9),
        )
        self.folder.write([ticket])

    def token(self, user: str) -> str:
        """A token of this user, made on the command line."""
        if user not in self._tokens:
            shelf = TokenShelf(self.home.state / "api-tokens.json")
            self._tokens[user], _ = shelf.issue(user, life=timedelta(days=1), now=utc_now())
        return self._tokens[user]

    def ask(self, method: str, place: str, *, by: str | None = "ben", **how: Any) -> requests.Response:
        """One request of somebody."""
        headers = {"Authorization": f"Token {self.token(by)}"} if by else {}
        headers |= how.pop("headers", {})
        return requests.request(method, self.listener.url + place, headers=headers, timeout=20, **how)

    def get(self, place: str, *, by: str | None = "ben", **how: Any) -> requests.Response:
        """Read."""
        return self.ask("GET", place, by=by, **how)

    def post(self, place: str, json: Any = None, *, by: str | None = "ben", **how: Any) -> requests.Response:
        """Write something new."""
        return self.ask("POST", place, by=by, json=json, **how)

    def patch(self, place: str, json: Any, *, by: str | None = "ben", **how: Any) -> requests.Response:
        """Change something."""
        return self.ask("PATCH", place, by=by, json=json, **how)

    def made(self, subject: str = "Beamer is dark", *, by: str = "ben", **fields: Any) -> str:
        """The address of a new ticket."""
        answer = self.post("/api/tickets/", {"subject": subject, **fields}, by=by)
        assert answer.status_code == 201, answer.text
        place: str = answer.headers["Location"]
        return place

    def change_users(self, people: dict[str, Any]) -> None:
        """Edit users.yaml while everything runs."""
        write_config(self.home, "users", people)
        assert self.live.refresh(now_please=True), self.live.problems

    def __enter__(self) -> "OwnDesk":
        self.foreign()
        self.late()
        self.folder.prepare(now=utc_now())
        thread = threading.Thread(target=self.loop.run, name="loop of tests")
        thread.start()
        self._stack.callback(thread.join, 5)
        self._stack.callback(self.loop.stop)
        self._stack.enter_context(self.listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
