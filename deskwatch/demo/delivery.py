"""How the bytes of an answer travel: in one piece, in drips, late, or not to the end."""

import contextlib
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Any

_LINGER_ZERO = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Stall:
    """Nothing for a while, or the headers only, then everything."""

    seconds: float
    headers_first: bool

    def __call__(self, body: bytes, *, connection: Any, closing: Event) -> Iterator[bytes]:
        """The whole body after a wait that the server's end cuts short."""
        if self.headers_first:
            yield b""  # makes the server send them
        if not closing.wait(self.seconds):
            yield body


@dataclass(frozen=True, slots=True)
class Drip:
    """``piece`` bytes, then ``pause`` seconds, again and again."""

    pause: float
    piece: int

    def __call__(self, body: bytes, *, connection: Any, closing: Event) -> Iterator[bytes]:
        """The body in drips."""
        for start in range(0, len(body), self.piece):
            yield body[start : start + self.piece]
            if closing.wait(self.pause):
                return


class Cut:
    """Half of the body, then an orderly end of the connection."""

    def __call__(self, body: bytes, *, connection: Any, closing: Event) -> Iterator[bytes]:
        """Half of the body."""
        yield body[: len(body) // 2]
        raise ConnectionAbortedError


class Reset:
    """Half of the body, then the connection is torn down with a TCP reset."""

    def __call__(self, body: bytes, *, connection: Any, closing: Event) -> Iterator[bytes]:
        """Half of the body; needs the server's socket."""
        yield body[: len(body) // 2]
        with contextlib.suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
            socket.close(connection.detach())
        raise ConnectionResetError
