"""Posts the light to a program elsewhere: the latest one only, again and again until it is taken."""

import json
import logging
import threading
from collections.abc import Mapping

import requests
from urllib3.exceptions import HTTPError

from deskwatch.settings import Secret, split_address
from deskwatch.wire.hang_up import HangUp
from deskwatch.wire.session import session

log = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds a whole request may take."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0


class LightWebhook:
    """A thread that posts. The address may hold a secret, so errors call it by ``name``."""

    def __init__(
        self, name: str, url: Secret, *, timeout: float = TIMEOUT, first_pause: float = FIRST_PAUSE
    ) -> None:
        """Raises ``ValueError`` when the address is none."""
        split_address(url.reveal())
        self.name, self._url = name, url
        self._timeout, self._first_pause = timeout, first_pause
        self._news = threading.Condition()
        self._latest: bytes | None = None
        self._stopping = False
        self._problem = ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def post(self, light: Mapping[str, object]) -> None:
        """Post this as soon as possible; what was still waiting is old news."""
        with self._news:
            self._latest = json.dumps(light).encode()
            self._news.notify()

    def close(self, seconds: float) -> bool:
        """Wait at most so long until the last light is posted, which is tried once; say whether it was."""
        with self._news:
            self._stopping = True
            self._news.notify()
        self._thread.join(seconds)
        return not (self._thread.is_alive() or self._problem)

    def _run(self) -> None:
        pause = self._first_pause
        while True:
            with self._news:
                while self._latest is None:
                    if self._stopping:
                        return
                    self._news.wait()
                body, self._latest = self._latest, None
            problem = self._send(body)
            told, self._problem = self._problem, problem
            if problem and problem != told:
                log.warning("%s %s; trying again until it takes the light.", self.name, problem)
            elif told and not problem:
                log.info("%s takes the light again.", self.name)
            if not problem:
                pause = self._first_pause
                continue
            with self._news:
                if self._stopping:
                    if self._latest is None:
                        return
                    continue
                self._latest = self._latest or body
                self._news.wait(pause)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _send(self, body: bytes) -> str:
        """Post; answers what went wrong in words, empty when nothing did."""
        address = self._url.reveal()
        limit = HangUp(self._timeout)
        try:
            with limit, session(address, limit) as line:
                answer = line.post(
                    address,
                    data=body,
                    headers={"Content-Type": "application/json"},
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                )
                with answer:
                    status = answer.status_code
        except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
            if limit.late:
                return f"does not answer within {self._timeout:g} s"
            if isinstance(problem, requests.exceptions.SSLError):
                return "has a certificate that is not accepted"
            return "cannot be reached"
        return "" if 200 <= status < 300 else f"answers HTTP {status}"
