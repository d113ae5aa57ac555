"""A home with three people, and a terminal to type commands into."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch import cli
from deskwatch.clock import utc_now
from deskwatch.config import Home, LiveConfig
from deskwatch.core.ticket import Ticket, format_instant
from deskwatch.notify import Notifier
from deskwatch.store.tickets import TicketFolder
from notifier import main

PEOPLE = """
people:
  ana: {name: Ana Lima, addresses: {sms: a, email: a}, agents: [Ana], urgent: [sms], normal: [email]}
  ben: {addresses: {sms: room-b, email: room-b}}
  mia: {addresses: {email: room-m}}
managers: [mia]
admins: [mia]
last_resort: mia
"""
ONCALL = """
layers:
  primary:
    shifts: [{people: [ana], start: 2020-01-01, end: 2099-01-01}]
"""
ALERTS = """
channels:
  sms: {kind: file, path: state/sms.jsonl}
  email: {kind: file, path: state/mail.jsonl}
"""
HOURS = """
calendars:
  desk:
    week: {mon: 08:00-17:00, tue: 08:00-17:00, wed: 08:00-17:00, thu: 08:00-17:00, fri: 08:00-17:00}
    days: {2026-12-25: Christmas Day, 2098-12-25: Christmas Day}
"""
ALWAYS_OPEN = """
calendars:
  desk: {week: {mon: 00:00-24:00, tue: 00:00-24:00, wed: 00:00-24:00, thu: 00:00-24:00, fri: 00:00-24:00,
                sat: 00:00-24:00, sun: 00:00-24:00}}
"""


class Terminal:
    """Types commands and reads what they print."""

    def __init__(self, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home, self._capsys = Home(home), capsys
        self.home.config.mkdir()
        self.home.tickets.mkdir()
        for name, text in {"people": PEOPLE, "oncall": ONCALL, "alerts": ALERTS, "hours": HOURS}.items():
            self.configure(name, text)
        self.configure("deskwatch", "zone: Europe/Berlin\nnotifier: {interval: 0.2s}\n")

    def configure(self, name: str, text: str) -> None:
        """Write a file of config/."""
        (self.home.config / f"{name}.yaml").write_text(text, "utf-8")

    def ticket(self, **changes: Any) -> Path:
        """A file with an urgent ticket of the night of Christmas Day."""
        ticket = {
            "key": "demo-12", "source": "demo", "id": "12", "number": "12", "subject": "Mail is down",
            "type": "Incident", "status": {"id": "2", "name": "Open"}, "phase": "open", "priority": "urgent",
            "created_at": "2026-12-25T01:10:00Z", "first_seen_at": "2026-12-25T01:10:05Z",
            "first_response_due_at": "2026-12-25T01:30:00Z", "requester": {"id": "7", "name": "mia"},
        }  # fmt: skip
        path = self.home.path / "sample.json"
        path.write_text(json.dumps({**ticket, **changes}), "utf-8")
        return path

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code and everything that was printed."""
        code = cli.exit_code(main, ["--home", str(self.home.path), *words])
        return code, self.printed()

    def printed(self) -> str:
        """What was printed since the last look."""
        printed = self._capsys.readouterr()
        return printed.out + printed.err

    def notifier(self) -> Notifier:
        """A notifier that has seen an empty folder, so that what comes now is news."""
        notifier = Notifier(self.home, LiveConfig(self.home, env={}), started_at=utc_now())
        notifier.tick(utc_now())
        return notifier

    def late_ticket(self, now: datetime) -> Ticket:
        """A ticket that comes now and is late in a moment."""
        ago = {"created_at": 0, "first_seen_at": 0, "first_response_due_at": -1.5}
        times = {name: format_instant(now - timedelta(seconds=seconds)) for name, seconds in ago.items()}
        ticket = Ticket.from_dict(json.loads(self.ticket(**times).read_text("utf-8")))
        TicketFolder(self.home.tickets).write([ticket])
        return ticket
