"""A desk for the tests of the dashboard: a home with ticket files and heartbeats, asked without a network."""

import json
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

from deskwatch.config import Home, LiveConfig
from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket, format_instant
from deskwatch.store.heartbeat import write_heartbeat
from deskwatch.store.tickets import TicketFolder
from deskwatch.web.app import create_app
from deskwatch.web.assets import Assets
from deskwatch.web.feed import Feed, Wake
from deskwatch.web.front import Front
from deskwatch.web.pages import Pages

NOW = datetime(2026, 3, 10, 13, 0, tzinfo=UTC)
ANA, BEN, MIA = (Person(id=str(n), name=name) for n, name in enumerate(("Ana", "Ben", "Mia"), 1))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def ticket(number: int = 1, **changes: Any) -> Ticket:
    """An open incident of ben's that ana has not answered; due in two hours (critical)."""
    usual: dict[str, Any] = {
        "key": f"desk-{number}",
        "source": "desk",
        "id": str(number),
        "number": f"INC-{number}",
        "url": f"https://desk.example.com/a/tickets/{number}",
        "subject": f"Printer {number} prints stripes",
        "description": "It does so since this morning.",
        "type": "Incident",
        "status": Status(id="2", name="Open"),
        "phase": Phase.OPEN,
        "priority": Priority.HIGH,
        "requester": BEN,
        "agent": ANA,
        "created_at": NOW - HOUR,
        "updated_at": NOW - HOUR,
        "first_response_due_at": NOW + 2 * HOUR,
    }
    return Ticket(**{**usual, **changes})


SOURCES = """
desk:
  kind: freshservice
  base_url: https://desk.example.com
"""


class Reply:
    """What came back: status, headers (lower case) and body."""

    def __init__(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_constant=_refuse)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is not JSON")


class Desk:
    """One home, one feed, one front. ``now`` is whatever the test says."""

    def __init__(self, path: Path, *, deskwatch: str = "", boards: str | None = None) -> None:
        self.home = Home(path)
        self.now = NOW
        self.configure("sources", SOURCES)
        self.configure("deskwatch", f"zone: Europe/Vienna\n{deskwatch}")
        if boards:
            self.configure("boards", boards)
        self.folder = TicketFolder(self.home.tickets)
        self.folder.prepare(now=NOW)
        assets = Assets()
        self.pages = Pages(assets)
        self.feed = Feed(self.home, LiveConfig(self.home), self.pages, build=assets.build)
        self.front = Front(
            self.feed,
            self.pages,
            assets,
            lambda: create_app(self.feed, self.pages, clock=lambda: self.now),
            clock=lambda: self.now,
        )

    def never_close(self) -> None:
        """From now on nothing is due before we open, whatever the time of the day a test runs at."""
        days = ", ".join(f"{day}: 00:00-24:00" for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))
        self.configure("hours", f"calendars: {{desk: {{week: {{{days}}}}}}}\n")

    def configure(self, name: str, yaml: str) -> None:
        self.home.config.mkdir(parents=True, exist_ok=True)
        (self.home.config / f"{name}.yaml").write_text(yaml)

    def write(self, *tickets: Ticket) -> None:
        self.folder.write(tickets)

    def beat(self, *, ago: timedelta = timedelta(0), **source: Any) -> None:
        """The watcher's heartbeat, with one healthy source unless told otherwise."""
        said = {
            "kind": "freshservice",
            "state": "ok",
            "last_good_at": self.now - timedelta(seconds=1),
            **source,
        }
        said = {k: format_instant(v) if isinstance(v, datetime) else v for k, v in said.items()}
        beat = {"schema": 1, "beat_at": format_instant(self.now - ago), "sources": {"desk": said}}
        write_heartbeat(self.home.state / "watcher.json", beat)

    def step(self, *names: str) -> None:
        """One step of the feed at ``now``: everything is looked at, or only the named files."""
        self.feed._wake = Wake(frozenset(names), rescan=not names)
        self.feed._glance_due = self.feed._print_due = 0.0
        self.feed.step(self.now)

    def get(
        self,
        path: str,
        *,
        method: str = "GET",
        client: str = "127.0.0.1",
        scheme: str = "http",
        **headers: str,
    ) -> Reply:
        """Ask as a browser at this address would."""
        path, _, query = path.encode().decode("latin-1").partition("?")  # as WSGI hands it on
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "5001",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": client,
            "HTTP_HOST": "127.0.0.1:5001",
            "wsgi.url_scheme": scheme,
            "wsgi.input": None,
            **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
        }
        told: list[Any] = []
        body = b"".join(self.front(environ, lambda *status_and_headers: told.extend(status_and_headers)))
        assert len({name.lower() for name, _ in told[1]} - {"set-cookie"}) == len(told[1]) - sum(
            name == "Set-Cookie" for name, _ in told[1]
        ), "a header was sent twice"
        return Reply(int(told[0].split()[0]), {k.lower(): v for k, v in told[1]}, body)


OK, NOT_MODIFIED, FORBIDDEN = HTTPStatus.OK, HTTPStatus.NOT_MODIFIED, HTTPStatus.FORBIDDEN
NOT_FOUND, FOUND = HTTPStatus.NOT_FOUND, HTTPStatus.FOUND
