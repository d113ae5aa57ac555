"""How the Twilio SDK talks: within a time limit, and knowing afterwards whether anything was sent.

The SDK waits for ever by default, loses the headers of an error, and takes any body for JSON.
"""

import json
import logging
import ssl
import threading
from contextlib import suppress
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import requests
from twilio.http import HttpClient
from twilio.http.response import Response
from urllib3.exceptions import HTTPError

from deskwatch.clock import Clock, utc_now
from deskwatch.errors import UsageError
from deskwatch.wire.adapter import WatchedAdapter
from deskwatch.wire.hang_up import HangUp

_LONGEST_ANSWER = 8 << 20
"""Bytes; a page of 1,000 messages has less than two million."""
_IDLE = 20.0
"""Seconds after which a connection is not used again: routers forget idle ones without a word."""
_CONNECTIONS = 32
_PRECISION = timedelta(seconds=5)
"""Clocks that differ by less are the same: answers take time, and their dates are whole seconds."""


class NoAnswerError(Exception):
    """No usable answer came.

    Attributes:
        sent: Twilio may have got the request all the same.
        untrusted: somebody else answered, or seems to; trying again does not help.
    """

    def __init__(self, words: str, *, sent: bool, untrusted: bool = False) -> None:
        super().__init__(words)
        self.words, self.sent, self.untrusted = words, sent, untrusted


_thread = threading.local()
"""``talk``: what this thread is about; ``headers``: those of the last answer it got."""


class TwilioHttp(HttpClient):  # type: ignore[misc]
    """Used from many threads. ``seconds`` limits a whole request, ``connect_seconds`` the way there."""

    def __init__(
        self,
        *,
        seconds: float,
        connect_seconds: float,
        direct: bool,
        ca_file: Path | None = None,
        clock: Clock = utc_now,
    ) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False, seconds)
        self._seconds, self._connect_seconds = seconds, min(connect_seconds, seconds)
        self.ahead = timedelta(0)
        """How far Twilio's clock was ahead of ours at the last answer."""
        self._clock = clock
        self._session = requests.Session()
        self._session.trust_env = not direct  # proxies of the environment cannot reach this machine
        for scheme in ("https://", "http://"):
            self._session.mount(
                scheme,
                WatchedAdapter(
                    lambda: getattr(_thread, "talk", None),
                    connections=_CONNECTIONS,
                    longest_idle=_IDLE,
                    trusting=_trusting(ca_file) if ca_file is not None else None,
                ),
            )
        logging.getLogger("urllib3.connection").setLevel(logging.ERROR)  # its warnings name whole addresses

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def request(
        self,
        method: str,
        uri: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> Response:
        """One request, redirects not followed.

        Raises:
            NoAnswerError: nothing usable came back.
        """
        _thread.headers = {}
        with HangUp(self._seconds) as talk:
            _thread.talk = talk
            try:
                with self._session.request(
                    method,
                    uri,
                    params=params,  # type: ignore[arg-type]
                    data=data,
                    headers=headers,
                    auth=auth,
                    timeout=(self._connect_seconds, self._seconds),
                    allow_redirects=False,
                    stream=True,
                ) as answer:
                    status, body = answer.status_code, _whole(answer)
                    _thread.headers = {name.lower(): value for name, value in answer.headers.items()}
            except (requests.exceptions.RequestException, HTTPError, OSError) as problem:
                words = f"no whole answer within {self._seconds:g} s" if talk.late else _reason(problem)
                untrusted = "CERTIFICATE_VERIFY_FAILED" in str(problem)
                raise NoAnswerError(words, sent=talk.sent, untrusted=untrusted) from None
            finally:
                _thread.talk = None
        self._compare_clocks(answer.headers.get("date"))
        if 200 <= status < 300 and not _is_object(body):
            raise NoAnswerError("the answer is not what Twilio writes; is there a portal?", sent=True)
        return Response(status, body.decode("utf-8", "replace"), answer.headers)

    def _compare_clocks(self, date: str | None) -> None:
        with suppress(ValueError, TypeError):
            said = parsedate_to_datetime(date or "")
            ahead = (said if said.tzinfo else said.replace(tzinfo=UTC)) - self._clock()
            self.ahead = ahead if abs(ahead) > _PRECISION else timedelta(0)


def last_header(name: str) -> str | None:
    """A header of the last answer this thread got; the SDK's errors do not carry them."""
    headers: dict[str, str] = getattr(_thread, "headers", {})
    return headers.get(name)


def _whole(answer: requests.Response) -> bytes:
    body = b""
    for piece in answer.iter_content(1 << 16):
        body += piece
        if len(body) > _LONGEST_ANSWER:
            raise NoAnswerError("the answer is far too large", sent=True)
    return body


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(json.loads(body), dict)
    except (ValueError, RecursionError):
        return False


def _reason(problem: BaseException) -> str:
    """Why there was no answer. Messages of requests quote addresses with phone numbers; ours do not."""
    text = str(problem)
    words = {
        "NameResolutionError": "its name cannot be resolved; check DNS",
        "Failed to resolve": "its name cannot be resolved; check DNS",
        "refused": "the connection is refused",
        "unreachable": "there is no network path",
        "ProxyError": "the proxy does not let us through",
        "CERTIFICATE_VERIFY_FAILED": "its certificate is not accepted; see base_url and ca_file",
        "WRONG_VERSION_NUMBER": "the other side does not speak TLS",
        "ConnectTimeout": "no connection in time",
        "Read timed out": "no answer in time",
        "timed out": "no answer in time",
    }
    for sign, meaning in words.items():
        if sign in text or sign in type(problem).__name__:
            return meaning
    return "the connection broke before the answer was complete"


def _trusting(ca_file: Path) -> ssl.SSLContext:
    context = ssl.create_default_context()
    try:
        context.load_verify_locations(ca_file)
    except OSError as problem:
        raise UsageError(f"ca_file {ca_file} cannot be used ({problem.strerror or problem})") from None
    return context
