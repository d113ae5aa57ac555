"""A limit for a whole conversation: a peer that drips one byte at a time meets no socket time-out."""

import socket
import threading
from types import TracebackType
from typing import Self


class HangUp:
    """Shuts the watched socket down when the time is up. Used as a context; ``late`` tells whether it did."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    def watch(self, sock: socket.socket | None) -> None:
        """From now on this is the conversation's socket."""
        with self._lock:
            self._socket = sock
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
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                self._socket = None  # it was closed already
