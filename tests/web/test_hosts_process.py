"""The running program hears the Host as browsers send it: plain, over TLS, and not at all."""

import socket

import pytest

from deskwatch.clock import utc_now
from tests import warm
from tests.web.desk import Desk, ticket
from tests.web.test_process import Gui
from tests.web.test_tls import DAY, make_pair

pytestmark = pytest.mark.processes


@pytest.fixture
def start(tmp_path):
    started = []

    def start(*, tls):
        desk = Desk(tmp_path / "home")
        desk.now = utc_now()
        desk.beat()
        desk.write(ticket(1, first_response_due_at=desk.now + DAY))
        if tls:
            _, key = make_pair(desk.home.path, "cert", until=utc_now() + 90 * DAY)
            key.rename(desk.home.path / "key.pem")
        started.append(Gui(desk.home, start=warm.start))
        started[-1].wait("Printer 1")
        return started[-1]

    yield start
    for gui in started:
        gui.stop()
        gui.process.stdout.close()


def test_a_foreign_name_is_refused_over_http(start):
    gui = start(tls=False)
    assert gui.ask("/b/helpdesk", Host="evil.example")[0] == 421
    assert gui.ask("/b/helpdesk", Host="localhost:5001")[0] == 200
    for request in (
        b"GET /b/helpdesk HTTP/1.1\r\nConnection: close\r\n\r\n",
        b"GET /b/helpdesk HTTP/1.0\r\n\r\n",
    ):
        with socket.create_connection(("127.0.0.1", gui.port), timeout=5) as plain:
            plain.sendall(request)
            answer = plain.recv(100)
        assert b" 400 " in answer.splitlines()[0], request


def test_over_https_the_certificate_decides(start):
    gui = start(tls=True)
    assert gui.ask("/b/helpdesk", Host="any.example")[0] == 200
