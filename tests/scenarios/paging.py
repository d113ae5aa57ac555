"""A home whose pager is real: notifier.py as a process, and a Twilio beside it that outlives every kill."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from deskwatch.core.ticket import Person, Phase, Priority, Status, Ticket
from deskwatch.demo.twilio_state import ACCOUNT_SID, AUTH_TOKEN, SENDER
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.store.tickets import TicketFolder
from tests import warm
from tests.scenarios.running import ROOT, free_port, until

Behaviour = Literal["completes", "drops"]
"""What a provider does with a request whose sender died before the answer."""
ANA, BEN = "+4915112345678", "+4915112345679"
SETTLE, PATIENCE, LAG = 2.0, 2.0, 0.5
"""Seconds: the product's own defaults are made for Twilio, and too long to wait for here."""

ALERTS = f"""\
mode: live
channels:
  sms:
    kind: sms
    account_sid: {ACCOUNT_SID}
    auth_token: env:TWILIO_AUTH_TOKEN
    sender: "{SENDER}"
    base_url: %(url)s
    timeout: 1s
    connect_timeout: 1s
rules:
  - {{id: new, on: [created], urgency: urgent, escalation: now}}
escalations:
  now: {{steps: [{{notify: [ana]}}]}}
limits:
  ladders: {{sms: []}}
  storm: 100000
delivery: {{settle_urgent: {SETTLE}s, lag: {LAG}s, listing_patience: {PATIENCE}s}}
"""
PEOPLE = f"""\
people:
  ana: {{phone: "{ANA}", urgent: [sms]}}
last_resort: ana
"""
NUMBER = re.compile(r"(?:#|INC-)(\d+)")


class Twilio:
    """The simulated Twilio as a process of its own."""

    def __init__(
        self, behaviour: Behaviour = "completes", *, delay: tuple[float, float] = (0.02, 0.12)
    ) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        words = ["--port", port, "--control", "--accept-delay", *delay]
        words += ["--when-client-dies", behaviour, "--list-lag", LAG]
        command = [sys.executable, "-m", "deskwatch.demo.twilio", *map(str, words)]
        self._process = warm.start(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        until(self._answers, "the simulated Twilio does not answer")

    def control(self, what: str, wish: Mapping[str, Any] | None = None) -> Any:
        """Ask or tell a control route."""
        body = None if wish is None else json.dumps(wish).encode()
        with urllib.request.urlopen(f"{self.url}/__{what}", body, timeout=10) as answer:
            return json.load(answer)

    def refuse_lists(self) -> None:
        """From now on nobody can ask what became of a message."""
        self.control("fault", {"name": "server_error", "status": 503, "method": "GET", "times": None})

    @property
    def texts(self) -> list[str]:
        """What was accepted, in order."""
        return [message["body"] for message in self.control("messages")]

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None, "the simulated Twilio ended"
        with suppress(OSError):
            return self.control("messages") == []
        return False


class PagerHome:
    """A home folder, its tickets, and the notifiers that run on it."""

    def __init__(
        self, home: Path, twilio: Twilio, *, alerts: str = ALERTS, people: str = PEOPLE, **files: str
    ) -> None:
        self.home, self.twilio = home, twilio
        self.folder = TicketFolder(home / "tickets")
        self._log = home.parent / f"{home.name}-output.txt"
        self.runs: list[warm.Running] = []
        self.written: list[str] = []
        config = {
            "alerts": alerts % {"url": twilio.url},
            "people": people,
            "deskwatch": "zone: UTC\nnotifier: {interval: 1s}\n",
            **files,
        }
        (home / "config").mkdir(parents=True)
        (home / "tickets").mkdir()
        for name, text in config.items():
            (home / "config" / f"{name}.yaml").write_text(text)

    def start(self, program: str = "notifier.py", **variables: str) -> warm.Running:
        """Start a notifier, or another program, as the leader of a process group of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKWATCH_")}
        with self._log.open("ab") as log:
            run = warm.start(
                [sys.executable, program, "--home", str(self.home)],
                cwd=ROOT,
                env=environment | {"TWILIO_AUTH_TOKEN": AUTH_TOKEN} | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.runs.append(run)
        return run

    def until_awake(self, run: warm.Running, *, beats: str = "notifier", patience: float = 60) -> None:
        """Wait until that process, which writes the heartbeat of that name, has looked at everything."""

        def is_awake() -> bool:
            beat = self.beat_of(beats)
            return beat.get("pid") == run.pid and not beat.get("catching_up")

        until(
            lambda: is_awake() or run.poll() is not None,
            f"the {beats} gives no sign of life; it printed:\n{self.printed[-3000:]}",
            patience=patience,
        )
        assert run.poll() is None, f"the {beats} ended:\n{self.printed[-3000:]}"

    @property
    def beat(self) -> dict[str, Any]:
        return self.beat_of("notifier")

    def beat_of(self, process: str) -> dict[str, Any]:
        return read_heartbeat(self.home / "state" / f"{process}.json") or {}

    @property
    def printed(self) -> str:
        return self._log.read_text("utf-8")

    def write(self, count: int = 1) -> list[str]:
        """Write new tickets; answers their numbers."""
        numbers = [str(len(self.written) + 1001 + index) for index in range(count)]
        self.folder.write([a_ticket(number) for number in numbers])
        self.written += numbers
        return numbers

    def kill(self, run: warm.Running) -> None:
        """SIGKILL to the whole group, as an out-of-memory killer or a power cut would."""
        with suppress(ProcessLookupError):
            os.killpg(run.pid, signal.SIGKILL)
        run.wait()

    def drain(self, *, patience: float) -> float:
        """Wait until nothing is left to send or to settle; answers the seconds that took."""
        began = time.monotonic()

        def is_quiet() -> bool:
            queue = self.beat.get("queue", {})
            busy = any(queue.get(state, 1) for state in ("pending", "sending", "unknown"))
            return not busy and set(self.written) <= told(self.twilio.texts).keys()

        with suppress(AssertionError):
            until(is_quiet, "", patience=patience)
        return time.monotonic() - began

    def end(self) -> None:
        for run in self.runs:
            self.kill(run)


@dataclass(frozen=True)
class Count:
    """How many of the written tickets were told how often."""

    lost: list[str]
    doubled: dict[str, int]
    unmarked: list[str]

    @property
    def repeats(self) -> int:
        """Messages more than there should be."""
        return sum(times - 1 for times in self.doubled.values())


def count(written: Iterable[str], texts: Iterable[str]) -> Count:
    """Compare what was written with what the provider accepted."""
    heard = list(texts)
    times = told(heard)
    doubled = {number: n for number, n in times.items() if n > 1}
    unmarked = [
        number
        for number in doubled
        if sum("repeat" not in text.lower() for text in heard if number in NUMBER.findall(text)) > 1
    ]
    return Count([number for number in written if number not in times], doubled, unmarked)


def told(texts: Iterable[str]) -> Counter[str]:
    """Ticket numbers in texts, and how often each was told."""
    return Counter(number for text in texts for number in set(NUMBER.findall(text)))


def a_ticket(number: str, **changes: Any) -> Ticket:
    """A new urgent ticket."""
    now = datetime.now(UTC)
    ticket = Ticket(
        key=f"demo-{number}",
        source="demo",
        id=number,
        number=number,
        subject="Mail is down",
        type="Incident",
        status=Status(id="2", name="Open"),
        phase=Phase.OPEN,
        priority=Priority.URGENT,
        requester=Person(id="1", name="mia"),
        created_at=now,
        updated_at=now,
        first_seen_at=now,
        seen_at=now,
        status_since=now,
        priority_since=now,
        resolution_due_at=now + timedelta(days=5),
    )
    return ticket.with_(**changes)
