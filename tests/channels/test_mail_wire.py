"""A mail server that is slow, confused or not one at all costs a known time and never a mail."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic

import pytest

from deskwatch.channels.channel import DeliveryError
from deskwatch.channels.mail import Mail
from deskwatch.core.delivery import Failure
from tests.channels.mail_account import settings_for
from tests.channels.notifications import notification
from tests.channels.smtp_server import mail_server

Script = Callable[[socket.socket, threading.Event], None]

LIMIT = 1.0


def says(data: bytes) -> Script:
    """These bytes, and then it listens without a word."""

    def script(client: socket.socket, over: threading.Event) -> None:
        client.sendall(data)
        while client.recv(4096):
            pass

    return script


def drips(client: socket.socket, over: threading.Event) -> None:
    """A banner without end, one byte at a time: no single wait is long."""
    client.sendall(b"220 ")
    while not over.wait(0.05):
        client.sendall(b"x")


@contextmanager
def listener(script: Script) -> Iterator[int]:
    server = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve() -> None:
        with suppress(OSError):
            client, _ = server.accept()
            with client:
                script(client, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        over.set()
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join(5)


def failure_at(port: int, **changes: str) -> Failure:
    mail = Mail("mail", settings_for(port, timeout="1s", **changes))
    started = monotonic()
    with pytest.raises(DeliveryError) as caught:
        mail.send(notification())
    assert monotonic() - started < mail.timeout + LIMIT
    mail.close()
    return caught.value.failure


@pytest.mark.parametrize(
    ("script", "kind", "words"),
    [
        (says(b""), "transient", "in time"),
        (drips, "transient", "broke"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "transient", "does not talk to us"),
        (says(b"554 5.3.2 no service here\r\n"), "broken", "no service here"),
        (says(b"421 4.3.2 shutting down\r\n"), "transient", "shutting down"),
        (says(b"220 " + b"x" * 20000 + b"\r\n"), "broken", "Line too long"),
        (says(b"\xff\xfe\x00\r\n"), "transient", "does not talk to us"),
    ],
    ids=["silence", "drip", "http", "554", "421", "endless line", "junk"],
)
def test_a_strange_greeting(script: Script, kind: str, words: str) -> None:
    with listener(script) as port:
        failure = failure_at(port)
    assert failure.kind == kind
    assert words in failure.words


def test_nobody_there() -> None:
    with listener(says(b"")) as port:
        pass
    failure = failure_at(port)
    assert failure.kind == "transient"
    assert "refuses the connection" in failure.words


def test_a_name_nobody_knows() -> None:
    failure = failure_at(25, host="mail.invalid")
    assert failure.kind == "transient"
    assert "not known" in failure.words


def test_tls_where_there_is_none() -> None:
    with mail_server(tls="none") as server:
        failure = failure_at(server.port, tls="implicit")
    assert failure.kind == "broken"
    assert "does not speak TLS" in failure.words


def test_a_line_that_ends_while_tls_begins_is_tried_again() -> None:
    def leaves(client: socket.socket, over: threading.Event) -> None:
        client.recv(4096)

    with listener(leaves) as port:
        failure = failure_at(port, tls="implicit")
    assert failure.kind == "transient"


def test_a_ca_file_that_is_not_there_is_named() -> None:
    with mail_server() as server:
        failure = failure_at(server.port, ca_file="/nowhere/ca.pem")
    assert failure.kind == "broken"
    assert "/nowhere/ca.pem" in failure.words


def test_a_log_in_that_the_server_does_not_offer() -> None:
    def plain(client: socket.socket, over: threading.Event) -> None:
        client.sendall(b"220 hello\r\n")
        while client.recv(4096):
            client.sendall(b"250 8BITMIME\r\n")

    with listener(plain) as port:
        failure = failure_at(port, tls="none")
    assert failure.kind == "broken"
    assert "offers no log-in" in failure.words


@pytest.mark.parametrize("host", ["a" * 70 + ".example.com", "mail..example.com"])
def test_a_host_that_cannot_be_one(host: str) -> None:
    failure = failure_at(25, host=host)
    assert failure.kind == "broken"
    assert "host" in failure.words
