"""``python -m deskwatch.demo``: prints its URL, serves, stops at once."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from deskwatch.demo import create_helpdesk, serve
from deskwatch.errors import UsageError
from tests import warm

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def start(tmp_path):
    started = []

    def run(*options):
        process = warm.start(
            [sys.executable, "-m", "deskwatch.demo", "--home", str(tmp_path), "--tickets", "20", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.processes
@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_prints_its_url_serves_and_stops_when_told(start, tmp_path, number):
    process = start()
    url = process.stdout.readline().split()[-1]
    assert url.startswith("http://127.0.0.1:")
    tickets = requests.get(url + "/api/v2/tickets?workspace_id=0", auth=("demo", "X"), timeout=10).json()[
        "tickets"
    ]
    assert tickets
    assert json.loads((tmp_path / "state" / "demo.json").read_text())["tickets"] == 20
    process.send_signal(number)
    out, err = process.communicate(timeout=40)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


@pytest.mark.processes
def test_a_taken_port_is_an_error_in_words(start):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        process = start("--port", str(port))
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (2, "")
    assert err == f"The simulated helpdesk cannot listen on port {port}: Address already in use.\n"


def test_the_helpdesk_refuses_to_be_seen_from_other_machines(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock, tickets=0)
    with pytest.raises(UsageError, match="only"):
        serve(desk, host="0.0.0.0")


def test_a_served_helpdesk_frees_its_port(clock):
    desk = create_helpdesk(started_at=clock.now, clock=clock, tickets=0)
    with serve(desk) as server:
        port = int(server.url.rpartition(":")[2])
    with serve(desk, port=port) as again:
        assert again.url == server.url
