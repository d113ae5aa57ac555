"""The listener: a bounded HTTP server in a thread of the watcher.

Slow clients hold connections, never threads: waitress reads and writes without blocking, and a request that
is not complete in time is hung up on.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any

from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.server import BaseWSGIServer, create_server

from deskwatch.config import Config
from deskwatch.config.listener import ListenerSettings
from deskwatch.door.app import LARGEST_BODY, Door
from deskwatch.door.callers import Callers
from deskwatch.door.handing_in import HandingIn
from deskwatch.door.hooks import Hooks
from deskwatch.door.own_api import OwnApi
from deskwatch.door.pace import OncePerMinute, Pace, Penance
from deskwatch.door.shelf import Shelf
from deskwatch.door.tokens import TokenShelf
from deskwatch.errors import UsageError
from deskwatch.local.inbox import Inbox
from deskwatch.settings import is_loopback
from deskwatch.store.tickets import TicketFolder

log = logging.getLogger(__name__)
logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it counts aloud how many requests wait

THREADS = 8
CONNECTIONS = 200
PATIENCE = 10
"""Seconds a connection may take for one request, or be silent."""
LARGEST_HEADERS = 16 * 1024
TOKENS = "api-tokens.json"


class Channel(HTTPChannel):
    """A connection whose unfinished request does not become younger with every byte that drips in."""

    def handle_read(self) -> None:
        """Read what came."""
        began, is_within = self.last_activity, self.request is not None
        super().handle_read()
        if is_within and self.request is not None:
            self.last_activity = began


class Listener:
    """Webhooks and API on one port, from entering to leaving the ``with`` block."""

    def __init__(
        self,
        config: Callable[[], Config],
        settings: ListenerSettings,
        *,
        nudge: Callable[[str, Iterable[str]], None],
        wake: Callable[[], object],
    ) -> None:
        """Claim the port.

        Raises:
            UsageError: it is in use, not allowed, or not an address of this machine.
        """
        home, pace = config().home, Pace()
        self._handing_in = HandingIn(Inbox(home.tickets / ".inbox"), wake=wake)

        def nudge_and_wake(source: str, ids: Iterable[str]) -> None:
            nudge(source, ids)
            wake()

        callers = Callers(config, TokenShelf(home.state / TOKENS), pace=pace, penance=Penance())
        api = OwnApi(config, Shelf(TicketFolder(home.tickets)), self._handing_in) if settings.api else None
        door = Door(
            config, Hooks(config, nudge_and_wake, pace=pace, say=OncePerMinute()), callers, api, pace=pace
        )
        self._socket = _claimed(settings.host, settings.port)
        self.port: int = self._socket.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        self.url = f"http://{host}:{self.port}"
        self._map: dict[int, Any] = {}
        server = create_server(
            door.wsgi,
            map=self._map,
            sockets=[self._socket],
            threads=THREADS,
            connection_limit=CONNECTIONS,
            channel_timeout=PATIENCE,
            cleanup_interval=1,
            max_request_header_size=LARGEST_HEADERS,
            max_request_body_size=LARGEST_BODY * 4,
            ident=None,
            clear_untrusted_proxy_headers=False,
            asyncore_use_poll=True,
        )
        assert isinstance(server, BaseWSGIServer), "one socket makes one server"
        server.channel_class = Channel
        self._server = server
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        if not is_loopback(settings.host):
            log.warning("The listener takes unencrypted requests at %s, as insecure_http says", self.url)

    def round_ended(self) -> None:
        """The watcher has done what was due."""
        self._handing_in.round_ended()

    def __enter__(self) -> "Listener":
        self._thread.start()
        log.info("Listening at %s", self.url)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the port, and give requests that run a second to finish."""
        self._stopping.set()
        self._handing_in.close()
        self._server.pull_trigger()
        self._thread.join(2.0)
        self._server.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
            except Exception:
                log.exception("The listener stumbled and goes on")
                self._stopping.wait(1.0)


def listen_settings(config: Config, wanted: str | None) -> ListenerSettings | None:
    """Where to listen: as ``--listen HOST:PORT`` says, else as ``watcher.listener`` does.

    Raises:
        UsageError: HOST:PORT makes no sense, or would show secrets.
    """
    settings = config.watcher.listener
    if wanted is None:
        return settings
    host, colon, port = wanted.strip().rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not colon or not (port.isascii() and port.isdecimal() and int(port[:6]) <= 65535):
        raise UsageError(f"--listen: expected HOST:PORT such as 127.0.0.1:5002, got {wanted[:60]!r}")
    if not (is_loopback(host) or (settings is not None and settings.insecure_http)):
        raise UsageError(
            f"--listen {host}: passwords and secrets would cross the network unencrypted. Listen on "
            "127.0.0.1 behind a proxy with TLS (see docs/webhooks.md), or set insecure_http: true"
        )
    return (settings or ListenerSettings()).model_copy(update={"host": host, "port": int(port)})


def _claimed(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    claimed = socket.socket(family, socket.SOCK_STREAM)
    if hasattr(socket, "SO_REUSEPORT"):  # elsewhere SO_REUSEADDR would let two programs share a port
        claimed.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        claimed.bind((host, port))
        claimed.listen(128)
    except PermissionError:
        claimed.close()
        raise UsageError(
            f"watcher.listener: port {port} is reserved for root; choose one above 1023"
        ) from None
    except OSError as problem:
        claimed.close()
        raise UsageError(
            f"watcher.listener: cannot listen on {host} port {port}: {problem.strerror}. "
            "Choose another port, or stop what uses this one"
        ) from None
    claimed.setblocking(False)
    return claimed
