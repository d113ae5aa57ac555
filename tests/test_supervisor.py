"""The supervisor with real processes: killed, frozen, refusing to start, and left alone."""

import io
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from deskwatch.child import Program
from deskwatch.clock import utc_now
from deskwatch.console import Console
from deskwatch.daemon import QueueBell
from deskwatch.store.heartbeat import read_heartbeat
from deskwatch.supervisor import Supervisor

pytestmark = [pytest.mark.processes, pytest.mark.skipif(os.name == "nt", reason="POSIX signals")]
DEADLINE = 10.0

STEADY = "import time; print('up', flush=True); time.sleep(600)"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {STEADY}"
REFUSING = "import sys; print('config/deskwatch.yaml: unknown setting', flush=True); sys.exit(2)"
CRASHING = "import sys; sys.exit(1)"
WITH_WORKER = """
    import subprocess, sys, time
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    print(worker.pid, flush=True)
    time.sleep(600)
"""


@dataclass
class Desk:
    """A supervisor over small programs, with a clock whose hands only the test moves."""

    folder: Path
    sources: dict[str, str]
    printed: io.StringIO = field(default_factory=io.StringIO)
    settings: object = None
    pushed: float = 0.0

    def __post_init__(self) -> None:
        self.bell = QueueBell()
        self.console = Console(self.printed)
        self.supervisor = Supervisor(
            self.programs,
            console=self.console,
            bell=self.bell,
            heartbeat=self.folder / "state" / "supervisor.json",
            pid=os.getpid(),
            settings_stamp=lambda: self.settings,
            monotonic=lambda: 1000.0 + self.pushed,
        )

    def programs(self) -> list[Program]:
        return [
            Program(name, (sys.executable, "-c", textwrap.dedent(source)))
            for name, source in self.sources.items()
        ]

    def tick(self) -> None:
        self.supervisor.tick(utc_now() + timedelta(seconds=self.pushed))

    def push(self, seconds: float) -> None:
        self.pushed += seconds

    def child(self, name: str) -> dict[str, Any]:
        beat = read_heartbeat(self.folder / "state" / "supervisor.json")
        assert beat is not None, "no heartbeat"
        report: dict[str, Any] = beat["children"][name]
        return report

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Tick until it is so."""
        deadline = time.monotonic() + DEADLINE
        while not condition():
            assert time.monotonic() < deadline, f"{what}; printed so far:\n{self.printed.getvalue()}"
            self.tick()
            self.bell.wait(0.02)

    def until_printed(self, words: str, times: int = 1) -> None:
        self.until(lambda: self.printed.getvalue().count(words) >= times, f"{words!r} was not printed")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Callable[..., Desk]]:
    desks: list[Desk] = []

    def make(**sources: str) -> Desk:
        desks.append(Desk(tmp_path, sources))
        desks[-1].tick()
        return desks[-1]

    yield make
    for made in desks:
        made.supervisor.shut_down(hurry=lambda: True)
        made.console.close()


def is_alive(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return (
            Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z" if Path("/proc").exists() else True
        )
    return False


def test_all_programs_are_started_and_the_heartbeat_says_so(desk: Callable[..., Desk]) -> None:
    ours = desk(watcher=STEADY, gui=STEADY)
    ours.until_printed("up", times=2)
    assert ours.child("watcher")["state"] == ours.child("gui")["state"] == "running"
    assert is_alive(ours.child("gui")["pid"])


def test_a_killed_program_is_started_again_and_the_others_are_left_alone(desk: Callable[..., Desk]) -> None:
    ours = desk(watcher=STEADY, gui=STEADY)
    ours.until_printed("up", times=2)
    gui, watcher = ours.child("gui")["pid"], ours.child("watcher")["pid"]
    os.kill(watcher, signal.SIGKILL)
    ours.until(lambda: ours.child("watcher")["state"] == "restarting", "the end was not noticed")
    assert ours.child("watcher")["last_exit"] == "killed by SIGKILL"
    assert ours.child("watcher")["next_start_at"] is not None
    ours.push(1.0)
    ours.until(lambda: ours.child("watcher")["state"] == "running", "the watcher was not started again")
    assert ours.child("watcher")["restarts"] == 1
    assert ours.child("watcher")["pid"] != watcher
    assert ours.child("gui")["pid"] == gui


def test_a_program_that_always_crashes_is_called_failed_while_the_dashboard_stays_up(
    desk: Callable[..., Desk],
) -> None:
    ours = desk(watcher=CRASHING, gui=STEADY)
    for _ in range(5):
        ours.until(lambda: ours.child("watcher")["pid"] is None, "the end was not noticed")
        if ours.child("watcher")["state"] == "failed":
            break
        ours.push(10.0)
        ours.tick()
    assert ours.child("watcher")["state"] == "failed"
    assert ours.child("watcher")["restarts"] == 4
    assert ours.child("gui")["state"] == "running"


def test_a_program_with_bad_configuration_waits_until_the_configuration_changes(
    desk: Callable[..., Desk],
) -> None:
    ours = desk(watcher=REFUSING)
    ours.until(lambda: ours.child("watcher")["state"] == "failed", "the refusal was not noticed")
    assert ours.child("watcher")["last_exit"] == "exit 2 (configuration)"
    ours.push(3.0)
    ours.tick()
    assert ours.child("watcher")["pid"] is None, "it was tried again although nothing had changed"
    ours.settings = "mended"
    ours.sources["watcher"] = STEADY
    ours.until_printed("up")


def test_a_program_that_recovered_is_called_running_again(desk: Callable[..., Desk]) -> None:
    ours = desk(watcher=REFUSING)
    ours.until(lambda: ours.child("watcher")["state"] == "failed", "the refusal was not noticed")
    ours.sources["watcher"] = STEADY
    ours.push(60.0)
    ours.until_printed("up")
    ours.push(60.0)
    ours.tick()
    assert ours.child("watcher")["state"] == "running"


def test_a_program_that_cannot_even_be_started_is_reported_and_retried(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    ours = desk(watcher=STEADY)
    broken = Supervisor(
        lambda: [Program("gui", (str(tmp_path / "nowhere"),))],
        console=ours.console,
        bell=ours.bell,
        heartbeat=tmp_path / "broken.json",
        pid=1,
    )
    broken.tick(utc_now())
    beat = read_heartbeat(tmp_path / "broken.json")
    assert beat is not None
    assert beat["children"]["gui"]["state"] == "restarting"


def test_a_heartbeat_that_cannot_be_written_keeps_nobody_from_being_started(
    desk: Callable[..., Desk], tmp_path: Path
) -> None:
    (tmp_path / "state").write_text("a file where the folder should be")
    ours = desk(watcher=STEADY)
    ours.until_printed("up")


def test_everything_stops_when_asked(desk: Callable[..., Desk]) -> None:
    ours = desk(watcher=STEADY, gui=STEADY)
    ours.until_printed("up", times=2)
    pids = [ours.child(name)["pid"] for name in ("watcher", "gui")]
    ours.supervisor.shut_down()
    assert [is_alive(pid) for pid in pids] == [False, False]


@pytest.mark.parametrize("manner", ["deaf", "frozen"])
def test_a_program_that_hangs_is_killed_after_its_time(desk: Callable[..., Desk], manner: str) -> None:
    ours = desk(watcher=DEAF if manner == "deaf" else STEADY)
    ours.until_printed("up")
    pid = ours.child("watcher")["pid"]
    if manner == "frozen":
        os.kill(pid, signal.SIGSTOP)
        os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    asked: list[None] = []

    def hurry() -> bool:  # once asked, let the four seconds pass at once
        asked.append(None)
        ours.push(2.1)
        return False

    ours.supervisor.shut_down(hurry=hurry)
    assert not is_alive(pid)
    assert len(asked) >= 2, "it was killed without being given time"


def test_a_second_ctrl_c_does_not_wait(desk: Callable[..., Desk]) -> None:
    ours = desk(watcher=DEAF)
    ours.until_printed("up")
    pid = ours.child("watcher")["pid"]
    ours.supervisor.shut_down(hurry=lambda: True)
    assert not is_alive(pid)


def test_what_a_killed_program_had_started_goes_with_it(desk: Callable[..., Desk]) -> None:
    ours = desk(gui=WITH_WORKER)
    ours.until_printed("gui       | ")
    worker = int(ours.printed.getvalue().split("|")[1])
    os.kill(ours.child("gui")["pid"], signal.SIGKILL)
    ours.until(lambda: ours.child("gui")["state"] == "restarting", "the end was not noticed")
    ours.until(lambda: not is_alive(worker), "the worker kept the port")


def test_a_program_that_is_no_longer_wanted_is_ended(desk: Callable[..., Desk]) -> None:
    ours = desk(watcher=STEADY, demo=STEADY)
    ours.until_printed("up", times=2)
    demo = ours.child("demo")["pid"]
    del ours.sources["demo"]
    ours.tick()
    ours.until(lambda: not is_alive(demo), "the demo helpdesk still runs")
