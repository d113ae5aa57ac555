"""Where the wall listens, and what it refuses to do before it opens a socket."""

import logging
import socket

import pytest

from deskwatch.config import LiveConfig
from deskwatch.errors import UsageError
from deskwatch.web.listening import Listening, claim_port, prepare
from tests.web.desk import NOW
from tests.web.test_tls import make_pair


@pytest.fixture
def plan(make_desk):
    def plan(deskwatch="", *, pair=False, host=None, port=0):
        desk = make_desk(deskwatch=deskwatch)
        if pair:
            _, key = make_pair(desk.home.path, "cert")
            key.rename(desk.home.path / "key.pem")
        return prepare(LiveConfig(desk.home).current, host=host, port=port, now=NOW)

    return plan


def test_without_a_certificate_it_is_http_on_loopback_and_said_loudly(plan, caplog):
    place = plan()
    assert place.host == "127.0.0.1"
    assert place.url == f"http://127.0.0.1:{place.port}/"
    caplog.set_level(logging.INFO)
    place.announce(logging.getLogger("gui"))
    assert "PLAIN HTTP: only this machine can read the tickets" in caplog.text
    Listening("192.0.2.7", 5001).announce(logging.getLogger("gui"))
    assert "PLAIN HTTP: everybody on the way" in caplog.text


def test_with_a_certificate_it_is_https(plan):
    assert plan(pair=True).url.startswith("https://127.0.0.1:")


def test_the_usual_ports_are_443_and_5001(make_desk):
    assert LiveConfig(make_desk().home).current.web.port == 5001
    desk = make_desk()
    _, key = make_pair(desk.home.path, "cert")
    key.rename(desk.home.path / "key.pem")
    assert LiveConfig(desk.home).current.web.port == 443
    assert Listening("0.0.0.0", 5001).url == "http://localhost:5001/"
    assert Listening("::1", 5001).url == "http://[::1]:5001/"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "wall.example.com"])
def test_an_open_address_needs_access_rules(plan, host):
    with pytest.raises(UsageError, match="no rule says who may look"):
        plan(host=host)


def test_an_open_address_is_fine_with_rules(plan):
    assert plan("access: {allow_networks: [192.0.2.0/24]}", host="0.0.0.0").host == "0.0.0.0"
    assert plan("access: {insecure_open: true}", host="0.0.0.0").host == "0.0.0.0"


def test_a_port_in_use_is_not_shared(plan):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="Cannot listen"):
        plan(port=taken.getsockname()[1])


def test_a_port_that_granian_shares_is_not_shared(plan):
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(UsageError, match="Cannot listen"):
            claim_port("127.0.0.1", taken.getsockname()[1])
