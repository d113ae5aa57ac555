"""Starts the web server: granian with one worker process, which holds the index and answers all requests.

The worker is started again when it dies, and ends when its parent does, so that no orphan keeps the port.
"""

import logging
import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from granian import Granian
from granian.constants import HTTPModes, Interfaces, SSLProtocols
from granian.http import HTTP1Settings
from granian.log import LogLevels

from deskwatch.web.listening import Listening

log = logging.getLogger(__name__)

HEADER_TIMEOUT_MS = 10_000
"""A client that has not sent its request by then is cut off."""
STOP_SECONDS = 1
"""What the worker gets to finish answers before it is killed; SIGTERM to exit stays below 2 s."""

LoadApp = Callable[[], Callable[..., Any]]


def serve(load_app: LoadApp, listening: Listening, *, may_reload: Callable[[], bool]) -> None:
    """Serve until SIGTERM or SIGINT. SIGHUP replaces the worker, which reads the certificate anew.

    Args:
        load_app: makes the WSGI application; called in the worker, so it must be picklable.
        listening: a checked place to serve at.
        may_reload: asked on SIGHUP; the old worker stays when a new one could not start.
    """
    pair = listening.certificate
    server = Granian(
        "deskwatch",
        address=listening.host,
        port=listening.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=1,
        http=HTTPModes.auto,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_TIMEOUT_MS),
        log_level=LogLevels.warning,
        log_dictconfig={"incremental": True, "handlers": {}, "loggers": {}},
        ssl_protocol_min=SSLProtocols.tls12,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=STOP_SECONDS,
        ssl_cert=pair.certificate if pair else None,
        ssl_key=pair.key if pair else None,
    )
    server.on_startup(partial(_reload_only_if, may_reload, server.signal_handler_reload))
    server.serve(target_loader=partial(_load_in_worker, load_app), wrap_loader=False)


def _reload_only_if(may_reload: Callable[[], bool], reload: Callable[[], None]) -> None:
    """Take SIGHUP over from granian, which would stop a good worker before it knows that a new one works."""

    def ask() -> None:
        if may_reload():
            log.info("Reloaded: a new worker takes over, which reads all files anew.")
            reload()

    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: threading.Thread(target=ask, name="reload").start())


def _load_in_worker(load_app: LoadApp) -> Callable[..., Any]:
    """Runs first in the worker process."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        follow = partial(_end_with_parent, parent.sentinel)
        threading.Thread(target=follow, name="parent-watch", daemon=True).start()
    return load_app()


def _end_with_parent(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os.kill(os.getpid(), signal.SIGTERM)
    threading.Event().wait(STOP_SECONDS)
    os._exit(1)
