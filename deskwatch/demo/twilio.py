"""The simulated Twilio over HTTP: in a thread for tests, or a process of its own that outlives its clients.

``python -m deskwatch.demo.twilio --port 14620 --control`` prints its URL.
"""

import select
import socket
import ssl
import struct
import sys
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import click

from deskwatch import cli
from deskwatch.clock import Clock, utc_now
from deskwatch.daemon import Loop
from deskwatch.demo.twilio_control import CONTROL, control
from deskwatch.demo.twilio_faults import FaultPlan
from deskwatch.demo.twilio_routes import Answer, Record, Request, TwilioApi
from deskwatch.demo.twilio_state import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    SENDER,
    Call,
    Fate,
    Message,
    Switches,
    TwilioState,
)

LOOPBACK = "127.0.0.1"
_LONGEST_BODY = 1 << 20


class _Handler(BaseHTTPRequestHandler):
    """Keeps connections alive, and breaks them on request."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 65
    wbufsize = -1
    server: "_HttpServer"

    def __getattr__(self, name: str) -> Any:
        """Every method is served; the routes know which ones they like."""
        if name.startswith("do_"):
            return self._serve
        raise AttributeError(name)

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        raw = self.rfile.read(min(length, _LONGEST_BODY))
        if len(raw) < length:
            self.close_connection = True  # the client died while it was talking: nothing was asked
            return
        parts = urlsplit(self.path)
        is_form = self.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        request = Request(
            method=self.command,
            path=parts.path,
            query=dict(parse_qsl(parts.query, keep_blank_values=True)),
            form=dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)) if is_form else None,
            headers={name.lower(): value for name, value in self.headers.items()},
        )
        api, closing = self.server.api, self.server.closing
        if parts.path.startswith(CONTROL) and self.server.controlled:
            self._send(control(api, parts.path, raw))
            return
        self._send(api.answer(request, patience=lambda: self._wait_for_acceptance(api, closing)))

    def _wait_for_acceptance(self, api: TwilioApi, closing: threading.Event) -> bool:
        switches = api.state.switches
        shortest, longest = switches.accept_delay
        if longest > 0:
            with api.state.lock:
                delay = api.state.random.uniform(shortest, longest)
            closing.wait(delay)
        return switches.when_client_dies == "completes" or not self._client_has_gone()

    def _client_has_gone(self) -> bool:
        if not select.select([self.connection], [], [], 0)[0]:
            return False
        try:
            return not self.connection.recv(1, socket.MSG_PEEK)
        except OSError:
            return True

    def _send(self, answer: Answer) -> None:
        fault = answer.fault
        ending, delay = (fault.ending, fault.delay) if fault is not None else ("", 0.0)
        if delay and ending != "drip":
            self.server.closing.wait(delay)
        if ending == "reset":
            self._reset()
            return
        self.send_response_only(answer.status)
        self.send_header("Date", self.server.api.date)
        for name, value in {"Content-Type": "application/json", **answer.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if ending == "drip":
            self._drip(answer.body, delay)
        self.wfile.write(answer.body[: len(answer.body) // 2] if ending == "cut" else answer.body)
        self.wfile.flush()
        self.close_connection = self.close_connection or bool(ending)

    def _drip(self, body: bytes, seconds: float) -> None:
        for place in range(len(body)):
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()
            if self.server.closing.wait(seconds / len(body)):
                return

    def _reset(self) -> None:
        """Close with RST: what the client has not read is lost."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:
        """The log is ``TwilioApi.log``."""


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address: tuple[str, int], api: TwilioApi, *, controlled: bool) -> None:
        self.api, self.controlled, self.closing = api, controlled, threading.Event()
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that vanish are part of the game; everything else is a mistake of ours."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@dataclass
class TwilioServer:
    """A running server. Use it in a ``with`` block or call ``stop``."""

    url: str
    state: TwilioState
    faults: FaultPlan
    _api: TwilioApi
    _server: _HttpServer
    _thread: threading.Thread

    @property
    def messages(self) -> list[Message]:
        """What was accepted, in order."""
        return self.state.accepted

    @property
    def calls(self) -> list[Call]:
        """What was accepted, in order."""
        with self.state.lock:
            return list(self.state.calls)

    @property
    def requests(self) -> list[Record]:
        """Every request, also those that were refused."""
        return list(self._api.log)

    @property
    def switches(self) -> Switches:
        """How it behaves; may be changed at any time."""
        return self.state.switches

    def fate(self, to: str, final: str, code: int | None = None, *, after: float = 2.0) -> None:
        """What becomes of messages and calls to a number from now on."""
        with self.state.lock:
            self.state.fates[to] = Fate(final=final, code=code, after=after)

    def reply(self, sender: str, text: str, *, to: str = SENDER) -> Message:
        """Somebody answers."""
        return self.state.receive(sender, text, to=to)

    def stop(self) -> None:
        """Stop answering and close the port."""
        self._server.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve_twilio(
    *,
    clock: Clock = utc_now,
    port: int = 0,
    controlled: bool = False,
    tls: ssl.SSLContext | None = None,
    **switches: Any,
) -> TwilioServer:
    """Serve one account on the loopback, in threads of this process; ``port=0`` takes a free one.

    Args:
        clock: decides statuses, dates and list lag; delays and hangs take real time.
        controlled: also answer under ``/__`` (see ``docs/simulator.md``).
        tls: speak TLS with this.
        switches: fields of ``Switches``.
    """
    state = TwilioState(clock=clock, switches=Switches(**switches))
    api = TwilioApi(state)
    server = _HttpServer((LOOPBACK, port), api, controlled=controlled)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-twilio", daemon=True)
    thread.start()
    return TwilioServer(
        f"http{'s' if tls else ''}://{LOOPBACK}:{server.server_port}", state, api.faults, api, server, thread
    )


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port on 127.0.0.1; 0 takes a free one."
)
@click.option(
    "--control", "controlled", is_flag=True, help="Answer under /__ too: faults, fates, replies, log."
)
@click.option(
    "--accept-delay", type=(float, float), default=(0.0, 0.0), help="Shortest and longest, in seconds."
)
@click.option("--when-client-dies", type=click.Choice(["completes", "drops"]), default="completes")
@click.option(
    "--list-lag", type=click.FloatRange(0, 600), default=0.0, help="Seconds until lists know a message."
)
@cli.version_option
def main(port: int, controlled: bool, **switches: Any) -> None:
    """Run a simulated Twilio on this machine only."""
    with serve_twilio(port=port, controlled=controlled, **switches) as twilio:
        click.echo(
            f"The simulated Twilio is at {twilio.url} "
            f"(account {ACCOUNT_SID}, token {AUTH_TOKEN}, number {SENDER})"
        )
        Loop(lambda now: 3600.0, name="twilio").run()


if __name__ == "__main__":
    cli.run(main)
