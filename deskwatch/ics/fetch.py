"""A calendar's bytes, from a file or an address: bounded in size and time, and never from another host."""

from pathlib import Path
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from deskwatch.errors import UsageError
from deskwatch.ics.entries import MAX_BYTES, IcsError
from deskwatch.ics.feed_settings import FeedSettings
from deskwatch.wire.hang_up import HangUp
from deskwatch.wire.session import session

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 30.0
MAX_REDIRECTS = 3
_CHUNK = 1 << 16
_PORTS = {"http": 80, "https": 443}


def fetch(feed: FeedSettings, *, seconds: float = TOTAL_SECONDS) -> bytes:
    """The calendar as it is now; ``seconds`` limit all of it, redirects included.

    Raises:
        IcsError: it cannot be read, in words without the address.
    """
    if feed.file is not None:
        return read_file(feed.file)
    try:
        url = feed.url.reveal() if feed.url is not None else ""
    except UsageError as missing:
        raise IcsError(str(missing)) from None
    if url.lower().startswith("webcal://"):
        url = f"https://{url[len('webcal://') :]}"
    limit = HangUp(seconds)
    try:
        with limit, session(url, limit) as line:
            return _get(line, url, limit)
    except requests.exceptions.SSLError:
        raise IcsError("the certificate of its server is not accepted") from None
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError) as problem:
        if limit.late:
            raise IcsError(f"its server took longer than {seconds:g} s") from None
        if isinstance(problem, requests.exceptions.Timeout | TimeoutError):
            raise IcsError("its server did not answer in time") from None
        raise IcsError("its server cannot be reached, or broke off") from None


def read_file(path: Path) -> bytes:
    """A calendar that is a file.

    Raises:
        IcsError: it cannot be read.
    """
    try:
        if not path.is_file():
            raise IcsError(f"there is no file {path.name}")
        with path.open("rb") as file:
            return _bounded(file.read(MAX_BYTES + 1))
    except OSError as problem:
        raise IcsError(f"{path.name} cannot be read ({problem.strerror})") from None


def _get(line: requests.Session, url: str, limit: HangUp) -> bytes:
    headers = {"Accept": "text/calendar, */*;q=0.5"}
    for _ in range(MAX_REDIRECTS + 1):
        timeout = (CONNECT_SECONDS, READ_SECONDS)
        with line.get(url, headers=headers, timeout=timeout, allow_redirects=False, stream=True) as response:
            if limit.late:  # even the head may not be whole
                raise TimeoutError
            if response.is_redirect:
                url = _same_host(url, response.headers["location"])
                continue
            if response.status_code != 200:
                raise IcsError(f"its server answers {response.status_code}{_hint(response.status_code)}")
            return _body(response, limit)
    raise IcsError("its server redirects in circles")


def _body(response: requests.Response, limit: HangUp) -> bytes:
    body = bytearray()
    while piece := response.raw.read1(_CHUNK, decode_content=True):
        body += piece
        _bounded(body)
    if limit.late:
        raise TimeoutError
    return bytes(body)


def _bounded(data: bytes | bytearray) -> bytes:
    if len(data) > MAX_BYTES:
        raise IcsError(f"it is larger than {MAX_BYTES >> 20} MB")
    return bytes(data)


def _same_host(url: str, location: str) -> str:
    """Where a redirect leads, if it stays with the host; only from http to https the port may differ."""
    target = urljoin(url, location)
    old, new = urlsplit(url), urlsplit(target)
    doors = [(parts.scheme, parts.port or _PORTS.get(parts.scheme)) for parts in (old, new)]
    safer = (old.scheme, new.scheme) == ("http", "https")
    if new.hostname != old.hostname or not (doors[0] == doors[1] or safer):
        raise IcsError("its server redirects to another host; put the final address into the settings")
    return target


def _hint(status: int) -> str:
    if status in (401, 403):
        return "; is the private address still the right one?"
    return "; the calendar is gone or its address changed" if status in (404, 410) else ""
