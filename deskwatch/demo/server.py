"""The simulated helpdesk over HTTP: Flask on the loopback, in a thread for tests and for the demo."""

import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from flask import Flask, Response, request
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from deskwatch.demo.answers import Answer
from deskwatch.demo.api import Api, Request
from deskwatch.demo.atera import AteraApi
from deskwatch.demo.helpdesk import Helpdesk
from deskwatch.demo.pages import pages_of
from deskwatch.errors import UsageError

LOOPBACK = "127.0.0.1"
_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def wsgi_app(helpdesk: Helpdesk, *, closing: threading.Event | None = None) -> Flask:
    """The product's API (``/api/v2`` or ``/api/v3``) and a page for people at ``/a/tickets/<id>``.

    Args:
        closing: set when the server stops, so that stalled answers end.
    """
    app = Flask(__name__)
    api = AteraApi(helpdesk) if helpdesk.switches.product == "atera" else Api(helpdesk)
    closing = closing or threading.Event()

    @app.route(f"{api.prefix}/<path:rest>", methods=_METHODS, provide_automatic_options=False)
    def answer_api(rest: str) -> Response:
        answer = api.answer(
            Request(
                method=request.method,
                path=f"/{rest}",
                base_url=request.host_url.rstrip("/"),
                query=request.args.to_dict(),
                headers={name.lower(): value for name, value in request.headers.items()},
                body=request.get_data(),
            )
        )
        return _response(answer, request.environ, closing)

    app.register_blueprint(pages_of(helpdesk))
    return app


def _response(answer: Answer, environ: Mapping[str, Any], closing: threading.Event) -> Response:
    body = answer.body()
    if answer.delivery is None:
        response = Response(body, status=answer.status)
    else:
        pieces = answer.delivery(body, connection=environ.get("werkzeug.socket"), closing=closing)
        response = Response(pieces, status=answer.status)
        response.headers["content-length"] = str(len(body))
    for name, value in answer.headers.items():
        if value:
            response.headers[name] = value
        else:  # an empty body has no type
            response.headers.pop(name, None)
    return response


class _Quiet(WSGIRequestHandler):
    """Logs nothing (the request log is the log) and adds no headers: ``Date`` is the helpdesk's."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Only the status line."""
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Say nothing."""


@dataclass
class Server:
    """A running server. Use it in a ``with`` block or call ``stop``."""

    url: str
    _server: BaseWSGIServer
    _closing: threading.Event
    _thread: threading.Thread

    def stop(self) -> None:
        """Stop answering and close the port; returns within a second."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve(helpdesk: Helpdesk, host: str = LOOPBACK, port: int = 0) -> Server:
    """Serve the helpdesk in threads of this process; ``port=0`` takes a free one.

    Raises:
        UsageError: the host is not a loopback address, or the port is taken.
    """
    closing = threading.Event()
    return start_server(wsgi_app(helpdesk, closing=closing), host, port, closing)


def start_server(app: Any, host: str, port: int, closing: threading.Event) -> Server:
    """Serve any WSGI application in threads of this process."""
    if host not in (LOOPBACK, "localhost", "::1"):
        raise UsageError(
            f"The simulated helpdesk knows no access rules and listens on {LOOPBACK} only, not on {host}."
        )
    _require_free(host, port)
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-helpdesk", daemon=True)
    thread.start()
    return Server(f"http://{host}:{server.server_port}", server, closing, thread)


def _require_free(host: str, port: int) -> None:
    """Werkzeug would end the whole process when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        if sys.platform != "win32":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            words = f"The simulated helpdesk cannot listen on port {port}: {problem.strerror}."
            raise UsageError(words) from None
