"""One home with the supervisor over it, started as ``start.py`` starts it."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from deskwatch.store.heartbeat import read_heartbeat

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90.0


def free_port() -> int:
    for _ in range(100):
        port = random.randint(10_000, 19_999)  # below what systems give to outgoing connections
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no free port")


def until(condition: Callable[[], object], what: str, *, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


class Desk:
    """One home, and the supervisor over it."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        (home / "config").mkdir(parents=True, exist_ok=True)
        self._log = home.parent / "output.txt"
        self._runs: list[subprocess.Popen[bytes]] = []

    def start(
        self,
        *arguments: str,
        command: tuple[str, ...] = (sys.executable, "-m", "deskwatch"),
        terminal: int | None = None,
        **variables: str,
    ) -> subprocess.Popen[bytes]:
        """Start the supervisor; its output goes to ``printed``, or to a terminal of its own."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKWATCH_")}
        with self._log.open("ab") as log:
            run = subprocess.Popen(
                [*command, "--home", str(self.home), "--port", str(self.port), *arguments],
                cwd=ROOT,
                env=environment | variables,
                stdin=terminal or subprocess.DEVNULL,
                stdout=terminal or log,
                stderr=terminal or log,
                start_new_session=terminal is not None,
            )
        self._runs.append(run)
        return run

    @property
    def printed(self) -> str:
        return self._log.read_text("utf-8") if self._log.exists() else ""

    def configure(self, **files: str) -> None:
        (self.home / "config").mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (self.home / "config" / f"{name}.yaml").write_text(text)

    def child(self, name: str) -> dict[str, Any]:
        beat = read_heartbeat(self.home / "state" / "supervisor.json") or {}
        report: dict[str, Any] = beat.get("children", {}).get(name, {})
        return report

    def pids(self) -> list[int]:
        """Of the children, and of what they have started in turn."""
        return [
            pid
            for name in ("demo", "watcher", "notifier", "gui")
            for pid in family(self.child(name).get("pid"))
        ]

    def ask(self, path: str) -> dict[str, Any]:
        """The JSON answer of the wall, or nothing when it does not answer."""
        with (
            suppress(OSError, ValueError, http.client.HTTPException),
            closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)) as connection,
        ):
            connection.request("GET", path)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        return {}

    def until_ready(self) -> None:
        try:
            until(lambda: self.ask("/readyz").get("ready"), "the wall is not ready")
            until(lambda: "Deskwatch is running" in self.printed, "no announcement")
        except AssertionError as missing:
            raise AssertionError(f"{missing}; {self.ask('/readyz')}; printed:\n{self.printed}") from None

    def end(self) -> None:
        left = self.pids()
        for run in self._runs:
            run.kill()
            run.wait()
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def family(pid: int | None) -> list[int]:
    if pid is None:
        return []
    children = Path(f"/proc/{pid}/task/{pid}/children")
    return [pid, *(int(child) for child in children.read_text().split())] if children.exists() else [pid]


def state_of(pid: int) -> str:
    """R running, S sleeping, T stopped, Z dead but not yet reaped; empty when it is gone."""
    with suppress(ProcessLookupError, FileNotFoundError):
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
    return ""


def is_alive(pid: int) -> bool:
    return state_of(pid) not in ("", "Z")
