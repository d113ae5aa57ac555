"""Everything at once, as ``start.py`` runs it, with processes that are killed, frozen and orphaned."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.running import PATIENCE, Desk, is_alive, state_of, until

pytestmark = [pytest.mark.processes, pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path / "home")
    yield made
    made.end()


def test_a_day_of_the_processes(desk: Desk) -> None:
    run = desk.start()
    desk.until_ready()
    assert f"http://127.0.0.1:{desk.port}/" in desk.printed
    assert desk.ask("/readyz")["tickets"]["total"] >= 70
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


AT_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "deskwatch", *sys.argv[1:]])
"""


def test_closing_the_terminal_window_stops_everything(desk: Desk) -> None:
    try:
        window, inside = os.openpty()
    except OSError:
        pytest.skip("no pseudo terminals on this machine")
    run = desk.start(command=(sys.executable, "-c", AT_A_TERMINAL), terminal=inside)
    os.close(inside)
    until(lambda: desk.child("gui").get("pid"), "nothing was started")
    everybody = desk.pids()
    os.close(window)
    run.wait(PATIENCE)
    assert [pid for pid in everybody if is_alive(pid)] == []
