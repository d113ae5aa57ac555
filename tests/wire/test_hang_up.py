"""A conversation ends when its time is up, and it is known whether anything was said."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import requests

from deskwatch.wire.adapter import WatchedAdapter
from deskwatch.wire.hang_up import HangUp
from deskwatch.wire.session import session
from tests.channels.certificates import certificate
from tests.channels.http_server import Reply, web_server


@contextmanager
def tls_line() -> Iterator[tuple[ssl.SSLSocket, ssl.SSLSocket]]:
    """Two ends of one encrypted connection."""
    ours, theirs = socket.socketpair()
    ends: list[ssl.SSLSocket] = []
    context = certificate().server_context()
    thread = threading.Thread(target=lambda: ends.append(context.wrap_socket(theirs, server_side=True)))
    thread.start()
    trusting = ssl.create_default_context(cafile=str(certificate().chain))
    with trusting.wrap_socket(ours, server_hostname="127.0.0.1") as client:
        thread.join(5)
        with ends[0] as server:
            yield client, server


def test_who_waits_for_an_answer_is_woken_when_the_time_is_up() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, HangUp(0.05) as limit:
        limit.watch(ours)
        ours.settimeout(5)
        assert ours.recv(1) == b""
        assert limit.late


def test_a_socket_that_comes_too_late_is_shut_at_once() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs, HangUp(0.0) as limit:
        limit._timer.join(5)
        limit.watch(ours)
        with pytest.raises(BrokenPipeError):
            ours.sendall(b"x")


def test_a_line_that_was_cut_never_carries_a_word_without_encryption() -> None:
    with tls_line() as (client, server):
        with HangUp(0.0) as limit:
            limit.watch(client)
            limit._timer.join(5)
            with pytest.raises((BrokenPipeError, ssl.SSLError)):
                client.sendall(b"the password")
            assert client.version() is not None, "it is still an encrypted line"
        assert server.recv(100) == b""


def test_a_line_that_is_finished_in_time_stays_open() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        with HangUp(0.05) as limit:
            limit.watch(ours)
        limit._timer.join(5)
        ours.sendall(b"x")
        assert theirs.recv(1) == b"x"


def test_it_is_known_whether_a_request_has_left() -> None:
    limit = HangUp(2)
    with web_server(Reply(cut=True)) as server:
        with limit, session(server.url, limit) as line, suppress(requests.RequestException):
            line.get(server.url, timeout=2)
        assert limit.sent
    limit = HangUp(2)
    with limit, session(server.url, limit) as line, pytest.raises(requests.ConnectionError):
        line.get(server.url, timeout=2)
    assert not limit.sent


def test_a_certificate_is_refused_before_anything_has_left() -> None:
    limit = HangUp(2)
    with (
        web_server(Reply(), certificate().server_context()) as server,
        limit,
        session(server.url, limit) as line,
        pytest.raises(requests.exceptions.SSLError),
    ):
        line.get(server.url, timeout=2)
    assert not limit.sent


@pytest.mark.parametrize(("longest", "connections"), [(None, 1), (0.0, 2)])
def test_a_connection_is_used_again_unless_it_was_idle_for_too_long(
    longest: float | None, connections: int
) -> None:
    server = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = server.accept()
                opened.append(client)
                threading.Thread(target=answer, args=(client,), daemon=True).start()

    def answer(client: socket.socket) -> None:
        with suppress(OSError):
            while client.recv(4096):
                client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    threading.Thread(target=serve, daemon=True).start()
    with requests.Session() as line:
        line.trust_env = False
        line.mount("http://", WatchedAdapter(lambda: None, longest_idle=longest))
        for _ in range(2):
            line.get(f"http://127.0.0.1:{server.getsockname()[1]}", timeout=2)
    assert len(opened) == connections
    for each in (server, *opened):
        each.close()
