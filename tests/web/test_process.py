"""The real gui.py: it serves, reloads, recovers and ends, over HTTP and HTTPS."""

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from deskwatch.clock import utc_now
from tests.web.desk import Desk, ticket
from tests.web.test_tls import DAY, make_pair

pytestmark = pytest.mark.processes
GUI = Path(__file__).parents[2] / "gui.py"


def wait_until(happened, what, seconds=40):
    """Wait for a condition; a failure says what never happened."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if answer := happened():
                return answer
        except OSError:
            pass
        threading.Event().wait(0.03)
    raise AssertionError(f"never happened within {seconds} s: {what}")


class Gui:
    """A running gui.py of a home."""

    def __init__(self, home, *arguments, port=None, start=subprocess.Popen):
        self.port = port or free_port()
        self.scheme = "https" if (home.path / "cert.pem").exists() else "http"
        command = [sys.executable, str(GUI), "--home", str(home), "--port", str(self.port), *arguments]
        self.process = start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def ask(self, path="/readyz", **headers):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        request = Request(f"{self.scheme}://127.0.0.1:{self.port}{path}", headers=headers)
        try:
            with urlopen(request, timeout=5, context=context if self.scheme == "https" else None) as reply:
                return reply.status, dict(reply.headers), reply.read()
        except HTTPError as refused:
            return refused.code, dict(refused.headers), refused.read()

    def shows(self, words):
        """Whether the page of the board holds these words, in any case."""
        status, _, body = self.ask("/b/helpdesk")
        return status == 200 and words.lower().encode() in body.lower()

    def wait(self, words="<main"):
        return wait_until(lambda: self.shows(words), f"the wall shows {words!r}")

    def workers(self):
        text = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text()
        return [int(pid) for pid in text.split()]

    @contextlib.contextmanager
    def frozen(self):
        """Its worker stands still, and answers nothing. SIGSTOP alone lets it run on for a moment."""
        (worker,) = self.workers()
        os.kill(worker, signal.SIGSTOP)
        try:
            wait_until(lambda: all(map(stands, Path(f"/proc/{worker}/task").iterdir())), "it stands still")
            yield
        finally:
            os.kill(worker, signal.SIGCONT)

    def stop(self):
        self.process.terminate()
        output, _ = self.process.communicate(timeout=40)
        return output


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def stands(thread):
    return (thread / "stat").read_text().rpartition(")")[2].split()[0] == "T"


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path / "home", deskwatch="web: {rescan_interval: 5s}")
    desk.now = utc_now()
    desk.beat()
    desk.write(ticket(1, first_response_due_at=desk.now + DAY))
    return desk


@pytest.fixture
def start(desk):
    started = []

    def start(*arguments, **options):
        started.append(Gui(desk.home, *arguments, **options))
        return started[-1]

    yield start
    for gui in started:
        if gui.process.poll() is None:
            gui.process.kill()
            gui.process.wait()
        gui.process.stdout.close()


def test_a_new_ticket_file_is_on_the_wall_at_once(desk, start):
    desk.configure("deskwatch", "web: {rescan_interval: 10m}")  # so it is not the next look at all files
    gui = start()
    gui.wait("Printer 1 prints stripes")
    desk.write(ticket(2, subject="The coffee machine is down"))
    gui.wait("The coffee machine is down")


def test_sigterm_ends_it_and_its_worker_though_a_connection_is_open(start):
    gui = start()
    gui.wait()
    workers = gui.workers()
    held = socket.create_connection(("127.0.0.1", gui.port))  # a connection that never asks anything
    began = time.monotonic()
    output = gui.stop()
    assert time.monotonic() - began < 8, "a connection that asks nothing is cut off after 10 seconds"
    held.close()
    assert gui.process.returncode == 0
    assert not any(alive(pid) for pid in workers)
    assert "Traceback" not in output
    assert "PLAIN HTTP" in output


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks into /proc")
def test_a_killed_worker_is_replaced_and_a_killed_parent_leaves_no_orphan(start):
    gui = start()
    gui.wait()
    (first,) = gui.workers()
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: gui.workers() and gui.workers() != [first], "a second worker")
    gui.wait("Printer 1")
    (second,) = gui.workers()
    gui.process.kill()
    wait_until(lambda: not alive(second), "the orphan ends", 5)


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs SIGHUP")
def test_sighup_reads_everything_again_without_losing_a_request(start):
    gui = start()
    gui.wait()
    (first,) = gui.workers()
    gui.process.send_signal(signal.SIGHUP)
    wait_until(lambda: gui.ask("/healthz")[0] == 200 and first not in gui.workers(), "a new worker")
    gui.wait("Printer 1")
    assert gui.stop().count("Reloaded: a new worker takes over") == 1


@pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs SIGHUP")
def test_sighup_with_a_mistake_in_the_configuration_changes_nothing(desk, start):
    gui = start()
    gui.wait()
    workers = gui.workers()
    desk.configure("boards", "helpdesk: {title: Oops, sectoins: []}\n")
    gui.process.send_signal(signal.SIGHUP)
    gui.wait("Configuration has mistakes")
    assert gui.workers() == workers
    assert "Nothing was reloaded. config/boards.yaml:1:" in gui.stop()


def test_a_good_edit_is_live_in_seconds_and_a_bad_one_is_shown(desk, start):
    gui = start()
    gui.wait("Helpdesk")
    desk.configure("boards", "helpdesk: {title: Service desk}\n")
    gui.wait("Service desk")
    desk.configure("boards", "helpdesk: {title: Oops, sectoins: []}\n")
    gui.wait("Configuration has mistakes")
    gui.wait("Service desk")


def test_https_works_from_tls_1_2_on_and_plain_http_does_not_answer(desk, start):
    _, key = make_pair(desk.home.path, "cert", until=utc_now() + 90 * DAY)
    key.rename(desk.home.path / "key.pem")
    gui = start()
    gui.wait("Printer 1")
    assert gui.ask("/w/x")[1].get("Set-Cookie") is None
    for version, fine in (
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
        (ssl.TLSVersion.TLSv1_1, False),
    ):
        assert handshakes(gui.port, version) is fine, version
    with socket.create_connection(("127.0.0.1", gui.port), timeout=5) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert not plain.recv(100).startswith(b"HTTP")


def handshakes(port, version):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings(action="ignore"):  # asking for TLS 1.1 is deprecated, which is the point
        context.minimum_version = context.maximum_version = version
    try:
        plain = socket.create_connection(("127.0.0.1", port), timeout=5)
        with plain, context.wrap_socket(plain) as wrapped:
            return wrapped.version() is not None
    except (ssl.SSLError, OSError):
        return False


def test_a_silent_connection_does_not_hold_up_the_others(desk, start):
    _, key = make_pair(desk.home.path, "cert", until=utc_now() + 90 * DAY)
    key.rename(desk.home.path / "key.pem")
    gui = start()
    gui.wait()
    silent = [socket.create_connection(("127.0.0.1", gui.port)) for _ in range(20)]
    began = time.monotonic()
    gui.wait()
    assert time.monotonic() - began < 8, "a connection that asks nothing is cut off after 10 seconds"
    for connection in silent:
        connection.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "no rule says who may look"),
        (["--host", "203.0.113.9"], "no rule says who may look"),
        (["--port", "99999"], "99999"),
        (["--nonsense"], "nonsense"),
    ],
)
def test_a_refused_start_says_why_and_exits_with_2(start, arguments, words):
    gui = start(*arguments)
    output, _ = gui.process.communicate(timeout=40)
    assert gui.process.returncode == 2
    assert words in output
    assert "Traceback" not in output


def test_an_unusable_certificate_stops_the_start(desk, start):
    make_pair(desk.home.path, "cert", until=utc_now() - DAY)
    (desk.home.path / "cert-key.pem").rename(desk.home.path / "key.pem")
    gui = start()
    output, _ = gui.process.communicate(timeout=40)
    assert gui.process.returncode == 2
    assert "expired" in output


def test_a_second_wall_on_the_same_port_is_refused(start):
    first = start()
    first.wait()
    second = start(port=first.port)
    output, _ = second.process.communicate(timeout=40)
    assert second.process.returncode == 2
    assert "Cannot listen" in output


def test_readyz_tells_a_silent_watcher_by_status_and_words(desk, start):
    gui = start()
    gui.wait()
    assert gui.ask()[0] == 200
    desk.beat(ago=DAY)
    wait_until(lambda: gui.ask()[0] == 503, "not ready")
    assert "no sign of life" in json.loads(gui.ask()[2])["reasons"][0]
