"""Everything at once, as ``start.py`` runs it, with processes that are killed, frozen and orphaned."""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from deskwatch.store.heartbeat import read_heartbeat

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]
ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 40.0


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
        self._log = home.parent / "output.txt"
        self._runs: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DESKWATCH_")}
        with self._log.open("ab") as log:
            run = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "deskwatch",
                    "--home",
                    str(self.home),
                    "--port",
                    str(self.port),
                    *arguments,
                ],
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
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
        until(lambda: self.ask("/readyz").get("ready"), f"the wall is not ready; printed:\n{self.printed}")
        until(lambda: "Deskwatch is running" in self.printed, f"no announcement; printed:\n{self.printed}")

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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home")
    yield made
    made.end()


def test_a_day_of_the_processes(desk: Desk) -> None:
    run = desk.start()
    desk.until_ready()
    assert f"http://127.0.0.1:{desk.port}/" in desk.printed
    assert desk.ask("/readyz")["tickets"]["total"] >= 150
    assert "ERROR" not in desk.printed
    assert "refuses the connection" not in desk.printed, "the first thing a newcomer reads is a complaint"

    watcher, gui = desk.child("watcher")["pid"], desk.child("gui")["pid"]
    os.kill(watcher, signal.SIGKILL)
    until(
        lambda: desk.child("watcher").get("pid") not in (None, watcher), "the watcher was not started again"
    )
    assert desk.child("watcher")["last_exit"] == "killed by SIGKILL"
    assert desk.child("gui")["pid"] == gui, "the wall was restarted although only the watcher had died"

    os.kill(gui, signal.SIGKILL)
    until(lambda: desk.child("gui").get("pid") not in (None, gui), "the wall was not started again")
    desk.until_ready()

    second = desk.start()
    assert second.wait(PATIENCE) == 3, "two supervisors share one home"

    everybody = desk.pids()
    gui = desk.child("gui")["pid"]
    os.kill(gui, signal.SIGSTOP)
    until(lambda: state_of(gui) == "T", "the wall could not be frozen")
    run.send_signal(signal.SIGINT)
    assert run.wait(10) == 0
    assert [pid for pid in everybody if is_alive(pid)] == []
    assert "The gui did not stop and was killed" in desk.printed


def test_nobody_is_left_behind_when_the_supervisor_is_killed(desk: Desk) -> None:
    run = desk.start()
    desk.until_ready()
    everybody = desk.pids()
    assert len(everybody) >= 4
    run.kill()
    until(lambda: not any(map(is_alive, everybody)), "children outlived their supervisor")


def test_a_bad_configuration_is_told_in_words_and_nothing_is_started(desk: Desk) -> None:
    desk.configure(deskwatch="web:\n  prot: 5001\n")
    assert desk.start().wait(PATIENCE) == 2
    assert "config/deskwatch.yaml:2:" in desk.printed
    assert "Traceback" not in desk.printed
    assert desk.child("gui") == {}


def test_a_port_that_is_taken_is_told_in_words_and_nothing_is_started(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", desk.port)):
        assert desk.start().wait(PATIENCE) == 2
    assert f"port {desk.port}" in desk.printed
    assert "Traceback" not in desk.printed


def test_check_says_whether_the_configuration_is_fine(desk: Desk) -> None:
    assert desk.start("check").wait(PATIENCE) == 0
    assert "is fine. Sources: demo (demo)." in desk.printed
    desk.configure(sla="thresholds: soon\n")
    assert desk.start("check").wait(PATIENCE) == 1
    assert "config/sla.yaml:1:" in desk.printed
