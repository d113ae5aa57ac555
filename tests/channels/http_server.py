"""A recording web server on loopback whose next answers can be chosen, failures included."""

import ssl
import threading
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Reply:
    """An answer. ``silent``: none at all. ``cut``: the line ends instead. ``drip``: one byte now and then."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    silent: bool = False
    cut: bool = False
    drip: bool = False


@dataclass(frozen=True)
class Request:
    """What came in. Header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Recorder:
    """Where the server is, what it was asked, what it answers."""

    url: str
    usual: Reply
    requests: list[Request] = field(default_factory=list)
    next: deque[Reply] = field(default_factory=deque)
    over: threading.Event = field(default_factory=threading.Event)

    @property
    def posts(self) -> list[Request]:
        """Those that post something."""
        return [request for request in self.requests if request.method == "POST"]


@contextmanager
def web_server(usual: Reply, tls: ssl.SSLContext | None = None) -> Iterator[Recorder]:
    """Answers ``recorder.next`` one after the other, and ``usual`` when that is empty."""
    recorder = Recorder("", usual)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _any(self) -> None:
            length = int(self.headers.get("content-length", 0))
            body = self.rfile.read(length)
            headers = {name.lower(): value for name, value in self.headers.items()}
            recorder.requests.append(Request(self.command, self.path, headers, body))
            with suppress(OSError):
                self._answer(recorder.next.popleft() if recorder.next else recorder.usual)

        do_GET = do_POST = do_HEAD = _any  # noqa: N815

        def _answer(self, reply: Reply) -> None:
            self.close_connection = True
            if reply.cut:
                return
            if reply.silent:
                recorder.over.wait(10)
                return
            if reply.drip:
                for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 2000:
                    self.wfile.write(bytes([byte]))
                    if recorder.over.wait(0.05):
                        return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128  # else a burst waits a second for its connections

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    recorder.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield recorder
    finally:
        recorder.over.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
