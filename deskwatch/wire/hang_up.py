"""A limit for a whole conversation: a peer that drips one byte at a time meets no socket time-out."""

import socket
import threading
from types import TracebackType
from typing import Any, Self


class HangUp:
    """Shuts the watched socket down when the time is up. Used as a context.

    Attributes:
        late: whether the time was up.
        sent: whether a byte of the request may have left; known for what goes through ``WatchedAdapter``.
    """

    def __init__(self, seconds: float) -> None:
        self.late = self.sent = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def watch(self, sock: Any) -> None:
        """From now on this is the conversation's socket; ``None``: it has none yet."""
        with self._lock:
            self._socket = getattr(sock, "socket", sock)  # urllib3 wraps it for TLS within TLS
            if self.late:
                self._shut()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    def _end(self) -> None:
        with self._lock:
            self.late = True
            self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            try:  # not SSLSocket's own, after which the thread that reads or writes would do so without TLS
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                self._socket = None  # it was closed already
