"""Requests that cannot outlive their deadline, fill memory, or carry the key to another host."""

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from deskwatch import __version__
from deskwatch.clock import Monotonic, monotonic
from deskwatch.sources.source import SourceError
from deskwatch.wire.adapter import WatchedAdapter
from deskwatch.wire.hang_up import HangUp

BODY_LIMIT = 32 << 20
"""Bytes of one answer, as sent and as inflated. 100 tickets with pasted images have a few million."""

_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect, between two pieces of an answer, and for everything one poll asks."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON; portals answer 200 with a log-in page."""
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    def decoded(self) -> Any:
        """The JSON value.

        Raises:
            ValueError: it is cut off, not JSON, nested too deep, or holds NaN.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse)
        except RecursionError:
            raise ValueError("it is nested too deep") from None


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


class HttpClient:
    """One keep-alive session with one host, used by one thread.

    Args:
        auth: user and password of HTTP Basic; None when headers prove who asks.
        direct: go past the proxies of the environment: they cannot reach a helpdesk on this machine.
        accept: the ``Accept`` header.
        ca: certificates of an authority of one's own (PEM) instead of the system's.
        proxy: instead of what the environment says.
        body_limit: bytes of one answer.
    """

    def __init__(
        self,
        auth: tuple[str, str] | None = None,
        *,
        timeouts: Timeouts | None = None,
        direct: bool = False,
        clock: Monotonic = monotonic,
        accept: str = "application/json",
        ca: Path | None = None,
        proxy: str | None = None,
        body_limit: int = BODY_LIMIT,
    ) -> None:
        self._body_limit = body_limit
        self.timeouts = timeouts or Timeouts()
        self._clock = clock
        self._limit: HangUp | None = None
        self._ends: float | None = None
        self._session = requests.Session()
        self._session.auth = auth or _as_it_is
        self._session.trust_env = not direct
        self._session.headers.update(
            {
                "Accept": accept,
                "Accept-Encoding": "gzip",
                "User-Agent": f"deskwatch/{__version__}",
            }
        )
        adapter = WatchedAdapter(lambda: self._limit)
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        if ca is not None:
            self._session.verify = str(ca)
        if proxy is not None:
            self._session.proxies = {"http": proxy, "https": proxy}

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    @contextmanager
    def deadline(self) -> Iterator[None]:
        """Everything asked inside ends within ``timeouts.total`` seconds; an inner one changes nothing."""
        if self._ends is not None:
            yield
            return
        self._ends = self._clock() + self.timeouts.total
        try:
            with HangUp(self.timeouts.total) as self._limit:
                yield
        finally:
            self._ends = self._limit = None

    def get(self, url: str, params: Mapping[str, str], *, doing: str) -> Answer:
        """One GET, redirects not followed.

        Raises:
            SourceError: no whole answer came (timeout, connection, or an answer that is too large).
        """
        return self.send("GET", url, params, doing=doing)

    def send(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        *,
        doing: str,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, redirects not followed. ``doing`` completes "while …" in an error.

        Args:
            headers: besides those of every request.
            json: a body sent as JSON; ``form`` one sent as form fields.

        Raises:
            SourceError: no whole answer came (timeout, connection, or an answer that is too large). A request
                that changes something may have been obeyed all the same.
        """
        with self.deadline():
            try:
                return self._send(method, url, params or {}, doing, headers=headers, json=json, data=form)
            except requests.exceptions.SSLError as problem:
                reason = _reason(problem)
                if reason == _BROKE:
                    raise SourceError("connection", f"while {doing}: {reason}") from None
                words = f"while {doing}: the helpdesk's certificate is not accepted ({reason})"
                raise SourceError("tls", words) from None
            except (requests.exceptions.RequestException, HTTPError, OSError, zlib.error) as problem:
                raise self._failure(problem, doing) from None

    def _send(self, method: str, url: str, params: Mapping[str, str], doing: str, **more: Any) -> Answer:
        left = self._left(doing)
        response = self._session.request(
            method,
            url,
            params=dict(params),
            timeout=(min(self.timeouts.connect, left), min(self.timeouts.read, left)),
            allow_redirects=False,
            stream=True,
            **more,
        )
        with response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            encoding = headers.get("content-encoding", "")
            body = b"".join(_pieces(response, encoding, doing, limit=self._body_limit))
        if self._is_late:
            raise self._too_slow(doing)
        return Answer(response.status_code, headers, body)

    def _left(self, doing: str) -> float:
        left = (self._ends or 0.0) - self._clock()
        if left <= 0 or self._is_late:
            raise self._too_slow(doing)
        return left

    @property
    def _is_late(self) -> bool:
        return self._limit is not None and self._limit.late

    def _too_slow(self, doing: str) -> SourceError:
        words = f"while {doing}: no whole answer within {self.timeouts.total:g} s"
        return SourceError("timeout", words)

    def _failure(self, problem: Exception, doing: str) -> SourceError:
        if self._is_late:
            return self._too_slow(doing)
        if isinstance(problem, requests.exceptions.ConnectTimeout):
            return SourceError("timeout", f"while {doing}: no connection within {self.timeouts.connect:g} s")
        if isinstance(problem, requests.exceptions.Timeout | TimeoutError) or "timed out" in str(problem):
            return SourceError(
                "timeout", f"while {doing}: the helpdesk said nothing for {self.timeouts.read:g} s"
            )
        if isinstance(problem, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
            return SourceError("config", f"while {doing}: base_url in sources.yaml is not an address")
        return SourceError("connection", f"while {doing}: {_reason(problem)}")


def _as_it_is(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from replacing a header of ours by what it finds in a ``.netrc`` file."""
    return request


_BROKE = "the connection broke before the answer was complete"


def _reason(problem: BaseException) -> str:
    """Why there is no connection. Messages of requests quote addresses with parameters; ours do not."""
    text = str(problem)
    words = {
        "NameResolutionError": "the name of the helpdesk is not known; check subdomain, base_url and DNS",
        "Failed to resolve": "the name of the helpdesk is not known; check subdomain, base_url and DNS",
        "refused": "the helpdesk refuses the connection",
        "unreachable": "there is no network path to the helpdesk",
        "ProxyError": "the proxy does not let us through",
        "TLS CA certificate bundle": "the file with the certificates of your own authority cannot be read",
        "certificate has expired": "it has expired",
        "self-signed": "it is self-signed",
        "self signed": "it is self-signed",
        "doesn't match": "it is for another name",
        "CERTIFICATE_VERIFY_FAILED": "nobody we trust has signed it",
        "WRONG_VERSION_NUMBER": "the other side does not speak TLS",
    }
    for sign, meaning in words.items():
        if sign in text:
            return meaning
    return _BROKE


def _pieces(response: requests.Response, encoding: str, doing: str, *, limit: int) -> Iterator[bytes]:
    """The body, inflated piece by piece so that a small bomb never becomes large memory."""
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise SourceError(
            "answer", f"while {doing}: the answer is packed as {encoding[:20]!r}, asked was gzip"
        )
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS) if "gzip" in encoding else None
    raw = size = 0
    for piece in response.raw.stream(_CHUNK, decode_content=False):
        raw += len(piece)
        while piece:
            if inflater is None:
                part, piece = piece, b""
            else:
                part, piece = inflater.decompress(piece, _CHUNK), inflater.unconsumed_tail
            size += len(part)
            if max(raw, size) > limit:
                raise SourceError(
                    "answer",
                    f"while {doing}: the answer is larger than {limit >> 20} MiB; it was dropped",
                )
            yield part
    if inflater is not None and size and not inflater.eof:
        raise requests.exceptions.ChunkedEncodingError("the packed answer is cut off")
