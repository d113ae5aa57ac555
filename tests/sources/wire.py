"""A loopback server that sends the bytes a test wants, as slowly as it wants, and remembers requests."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Script = Callable[[socket.socket, threading.Event], None]
"""Talks to one client after its request was read. The event says that the test is over."""


@dataclass
class Wire:
    """Where the server is, and the heads of all requests so far."""

    url: str
    requests: list[str] = field(default_factory=list)


def answer(body: bytes = b"{}", *, status: str = "200 OK", **headers: str) -> Script:
    """A whole answer."""
    given = {"content_type": "application/json", "content_length": str(len(body)), **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return raw(f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body)


def raw(data: bytes) -> Script:
    """These bytes, then a polite end."""
    return lambda client, over: client.sendall(data)


def drip(data: bytes, *, pause: float) -> Script:
    """One byte, a pause, one byte."""

    def script(client: socket.socket, over: threading.Event) -> None:
        for byte in data:
            client.sendall(bytes([byte]))
            if over.wait(pause):
                return

    return script


def silence(client: socket.socket, over: threading.Event) -> None:
    """Accept and say nothing."""
    over.wait(30)


@contextmanager
def wire(*scripts: Script) -> Iterator[Wire]:
    """A server that plays one script for each request, the last one again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()
    server = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def serve() -> None:
        while not over.is_set():
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with client, suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head and head[:1] in (b"", b"G") and (piece := client.recv(65536)):
                    head += piece
                if head:
                    server.requests.append(head.decode("latin-1"))
                    scripts[min(len(server.requests), len(scripts)) - 1](client, over)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        over.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)
