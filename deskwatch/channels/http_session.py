"""The connection of one request, which a time limit can cut and no environment can redirect."""

import logging
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from deskwatch import __version__
from deskwatch.channels.channel_settings import is_loopback, split_address
from deskwatch.channels.hang_up import HangUp


def session(address: str, limit: HangUp) -> requests.Session:
    """For one request to that address.

    Raises:
        ValueError: it is no address.
    """
    logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # its warnings name the whole address
    line = requests.Session()
    host = split_address(address).hostname or ""
    line.trust_env = not is_loopback(host)  # proxies cannot reach this machine
    line.auth = _as_it_is
    line.headers.update(
        {"User-Agent": f"deskwatch/{__version__}", "Accept": "*/*", "Accept-Encoding": "identity"}
    )
    for scheme in ("https://", "http://"):
        line.mount(scheme, _WatchedAdapter(limit))
    return line


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Instead of nothing, which would mean: whatever ``~/.netrc`` has for that host."""
    return request


class _WatchedAdapter(HTTPAdapter):
    """Tells the time limit which socket a request uses."""

    def __init__(self, limit: HangUp) -> None:
        self._limit = limit
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Use connections that tell."""
        super().init_poolmanager(*args, **kwargs)
        limit = self._limit

        class PlainConnection(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                limit.watch(self.sock)

        class TlsConnection(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                limit.watch(self.sock)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = PlainConnection

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = TlsConnection

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": TlsPool}
