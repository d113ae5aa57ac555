"""Connections that tell a ``HangUp`` which socket they use and when the first byte of a request leaves."""

import ssl
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from deskwatch.clock import monotonic
from deskwatch.wire.hang_up import HangUp

Current = Callable[[], HangUp | None]
"""The conversation that the calling thread is in, if any."""


class WatchedAdapter(HTTPAdapter):
    """Never tries again: a second request may be a second message.

    Args:
        current: whom to tell.
        connections: how many are kept open.
        longest_idle: seconds after which a kept connection is not used again; ``None``: while it lives.
        trusting: the certificates to trust instead of the usual ones.
    """

    def __init__(
        self,
        current: Current,
        *,
        connections: int = 1,
        longest_idle: float | None = None,
        trusting: ssl.SSLContext | None = None,
    ) -> None:
        self._current, self._longest_idle, self._trusting = current, longest_idle, trusting
        super().__init__(pool_connections=min(connections, 4), pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections that tell."""
        if self._trusting is not None:
            kwargs["ssl_context"] = self._trusting
        super().init_poolmanager(*args, **kwargs)
        current, longest = self._current, self._longest_idle

        class Watched(_Watched):
            current_talk, longest_idle = staticmethod(current), longest

        class PlainConnection(Watched, HTTPConnection):
            pass

        class TlsConnection(Watched, HTTPSConnection):
            pass

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = PlainConnection

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = TlsConnection

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}


class _Watched:
    """What both kinds of connection do on top of urllib3's."""

    current_talk: Current
    longest_idle: float | None
    sock: Any
    _used = 0.0
    _dialling = False

    def connect(self) -> None:
        self._dialling = True
        try:
            super().connect()  # type: ignore[misc]
        finally:
            self._dialling = False
        self._watch()

    def request(self, *args: Any, **kwargs: Any) -> None:
        self._watch()
        super().request(*args, **kwargs)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        talk = self.current_talk()
        if talk is not None and not self._dialling:  # what goes to a proxy while dialling is no request
            talk.sent = True
        self._used = monotonic()
        super().send(data)  # type: ignore[misc]

    @property
    def is_connected(self) -> bool:
        alive: bool = super().is_connected  # type: ignore[misc]
        return alive and (self.longest_idle is None or monotonic() - self._used < self.longest_idle)

    def _watch(self) -> None:
        talk = self.current_talk()
        if talk is not None:
            talk.watch(self.sock)
