"""Somebody else's server: where a redirect may lead, and which must never see the key."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from flask import Flask, request

from deskwatch.demo.server import LOOPBACK, start_server


@dataclass
class ForeignHost:
    """Its address, and the path and headers of everybody who came."""

    url: str
    requests: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    @property
    def keys_seen(self) -> list[str]:
        """Headers with a key that it was sent; should be empty."""
        names = {"authorization", "x-api-key"}
        return [v for _, headers in self.requests for name, v in headers.items() if name.lower() in names]


@contextmanager
def foreign_host() -> Iterator[ForeignHost]:
    """Run one on the loopback; it answers everything with an empty list."""
    app = Flask(__name__)
    host = ForeignHost("")

    @app.route("/<path:_>")
    def welcome(_: str) -> dict[str, list[object]]:
        host.requests.append((request.path, dict(request.headers)))
        return {"tickets": []}

    with start_server(app, LOOPBACK, 0, threading.Event()) as server:
        host.url = server.url
        yield host
