"""The dashboard only shows: no address takes anything, and it runs where it can write nothing."""

import hashlib
import os
import shutil
import subprocess
import sys

import pytest

from deskwatch.clock import utc_now
from tests.web.desk import OK, Desk, ticket
from tests.web.test_privacy import addresses
from tests.web.test_process import GUI, Gui, free_port, wait_until
from tests.web.test_tls import DAY

METHODS = ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PROPFIND", "get", ""]
IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0
SETPRIV = shutil.which("setpriv")
LOBBY = "lobby: {title: Lobby}\n"


@pytest.mark.parametrize("method", METHODS)
def test_no_address_takes_anything(make_desk, method):
    desk = make_desk(boards=LOBBY)
    desk.beat()
    desk.write(ticket(1))
    desk.step()
    before = fingerprints(desk.home.path)
    everything = [*addresses(desk), "/static/css/wall.css", "/healthz", "/w/token", "/nothing"]
    for path in everything:
        reply = desk.get(path, method=method)
        assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD"), path
        assert "content-security-policy" in reply.headers
    assert fingerprints(desk.home.path) == before


def test_asking_for_every_page_changes_no_file(make_desk):
    desk = make_desk(boards=LOBBY)
    desk.beat()
    desk.write(ticket(1))
    desk.step()
    before = fingerprints(desk.home.path)
    for path in addresses(desk):
        assert desk.get(path).status < 500, path
    assert fingerprints(desk.home.path) == before


@pytest.mark.processes
@pytest.mark.skipif(sys.platform == "win32", reason="rights work otherwise there")
@pytest.mark.skipif(IS_ROOT and not SETPRIV, reason="root may write everywhere; setpriv takes that away")
def test_it_runs_where_it_may_write_nothing(tmp_path):
    home, gui = tmp_path / "home", None
    try:
        desk = Desk(home, boards=LOBBY)
        desk.now = utc_now()
        desk.beat()
        desk.write(ticket(1, first_response_due_at=desk.now + DAY))
        desk.step()
        paths = [path for path in addresses(desk) if not path.startswith("/t/")]  # those lead elsewhere
        lock(home)
        before = fingerprints(home)
        gui = ReadOnlyGui(desk.home)
        gui.wait_for_ticket()
        for path in paths:
            assert gui.ask(path)[0] in (OK, 404), path
        assert fingerprints(home) == before
    finally:
        output = gui.stop() if gui else ""
        unlock(home)
    assert "Traceback" not in output


class ReadOnlyGui(Gui):
    """gui.py without the right to write; root keeps it unless the kernel takes it away."""

    def __init__(self, home):
        self.port, self.scheme = free_port(), "http"
        command = [sys.executable, "-B", str(GUI), "--home", str(home), "--port", str(self.port)]
        if IS_ROOT:
            command = [SETPRIV, "--bounding-set=-dac_override", *command]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def wait_for_ticket(self):
        wait_until(lambda: b"Printer 1" in self.ask("/b/lobby")[2], "the wall shows its ticket")

    def stop(self):
        output = super().stop()
        self.process.stdout.close()
        return output


def lock(home):
    for path in [*home.rglob("*"), home]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def unlock(home):
    for path in [home, *home.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)


def fingerprints(folder):
    return {
        str(path): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else path.stat().st_mtime_ns
        for path in sorted(folder.rglob("*"))
    }
