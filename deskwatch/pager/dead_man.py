"""A ping after each good round to a service that raises the alarm when it stops. Never delays a tick."""

import logging
from collections.abc import Callable
from queue import Empty, SimpleQueue

import requests

from deskwatch.clock import Monotonic, monotonic
from deskwatch.config.alerts import DeadManSettings
from deskwatch.pager.lanes import Lanes, ThreadLanes

log = logging.getLogger(__name__)

Ping = Callable[[str, float], int]
"""Asks an address within so many seconds; answers the status."""


def ping(url: str, timeout: float) -> int:
    """``GET``, without following redirects: they may lead anywhere.

    Raises:
        requests.RequestException: nobody answered in time.
    """
    with requests.get(url, timeout=timeout, allow_redirects=False, stream=True) as answer:
        return answer.status_code


class DeadMan:
    """Pings every now and then, one at a time."""

    def __init__(
        self, lanes: Lanes | None = None, *, clock: Monotonic = monotonic, ping: Ping = ping
    ) -> None:
        self._lanes, self._clock, self._ping = lanes or ThreadLanes(width=1), clock, ping
        self._due = 0.0
        self._answers: SimpleQueue[str] = SimpleQueue()
        self._busy = False
        self.problem = ""

    def round_went_well(self, settings: DeadManSettings) -> None:
        """Ping if it is time. The address is a secret and in no word we say."""
        self._hear()
        if settings.url is None or self._busy or self._clock() < self._due:
            return
        self._due = self._clock() + settings.every.total_seconds()
        self._busy = True
        url, timeout = settings.url.reveal(), settings.timeout.total_seconds()
        self._lanes.submit("dead-man", lambda: self._answers.put(self._try(url, timeout)))

    def _try(self, url: str, timeout: float) -> str:
        try:
            status = self._ping(url, timeout)
        except requests.RequestException as error:
            return f"nobody answered ({type(error).__name__})"
        return "" if status < 400 else f"it answered {status}"

    def _hear(self) -> None:
        try:
            problem = self._answers.get_nowait()
        except Empty:
            return
        self._busy = False
        if problem and problem != self.problem:
            log.warning("The ping of alerts.dead_man.url failed: %s", problem)
        self.problem = problem
