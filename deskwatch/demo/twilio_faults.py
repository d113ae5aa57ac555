"""Ways in which the simulated Twilio fails on request. Example::

twilio.faults.add(drop_after(), times=2, to="+12025550143")
"""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What happens instead of the proper answer.

    Attributes:
        accepts: whether the message or call is taken all the same.
        status, body, headers: the answer; without a status the proper one is given.
        delay: seconds before the answer.
        ending: ``reset`` the connection instead of answering; ``cut`` the answer in half.
    """

    name: str
    accepts: bool
    status: int | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    delay: float = 0.0
    ending: str = ""


@dataclass(slots=True)
class _Entry:
    fault: Fault
    left: int | None
    skip: int
    method: str
    resource: str
    to: str | None
    share: float


class FaultPlan:
    """Faults that wait for their requests. The first that fits is used."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []
        self._lock = threading.Lock()
        self._random = Random(1)

    def add(
        self,
        fault: Fault,
        *,
        times: int | None = 1,
        skip: int = 0,
        method: str = "POST",
        resource: str = "",
        to: str | None = None,
        share: float = 1.0,
    ) -> None:
        """Spoil the next requests.

        Args:
            times: how many; ``None``: until ``clear``.
            skip: how many fitting requests go well before that.
            method: ``POST``, ``GET`` or ``""`` for both.
            resource: ``Messages``, ``Calls`` or ``""`` for all.
            to: only requests about this recipient.
            share: how many of the fitting requests fail, from 0 to 1; which ones is the same in each run.
        """
        with self._lock:
            self._entries.append(_Entry(fault, times, skip, method, resource, to, share))

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._entries.clear()

    def take(self, method: str, resource: str, to: str | None) -> Fault | None:
        """The fault for this request, if there is one, counted as used."""
        with self._lock:
            for entry in self._entries:
                if (
                    entry.method not in ("", method)
                    or entry.resource not in ("", resource)
                    or entry.to not in (None, to)
                ):
                    continue
                if entry.skip:
                    entry.skip -= 1
                    return None
                if entry.share < 1 and self._random.random() >= entry.share:
                    return None
                if entry.left is not None:
                    entry.left -= 1
                    if not entry.left:
                        self._entries.remove(entry)
                return entry.fault
        return None


_HTML = b"<!doctype html><title>Sign in</title><p>Welcome to the hotel network"


def error_body(status: int, code: int, words: str) -> bytes:
    """An error as Twilio writes it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json.dumps({"code": code, "message": words, "more_info": more, "status": status}).encode()


def refused(
    status: int, code: int, words: str = "Refused on request.", retry_after: str | None = None
) -> Fault:
    """Any error; nothing is accepted."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    return Fault(
        name=f"{status} {code}",
        accepts=False,
        status=status,
        body=error_body(status, code, words),
        headers=headers,
    )


def too_many_requests(retry_after: str | None = "1") -> Fault:
    """429: never processed."""
    return refused(429, 20429, "Too Many Requests", retry_after)


def server_error(status: int = 500, *, accepts: bool = False) -> Fault:
    """5xx, and who knows what became of the request."""
    body = error_body(status, 20500 if status == 500 else 20503, "An internal server error has occurred")
    return Fault(name=f"{status}", accepts=accepts, status=status, body=body)


def problem_json(status: int, code: int, title: str) -> Fault:
    """An error as RFC 9457 writes it; newer parts of Twilio answer so."""
    problem = {
        "type": f"https://www.twilio.com/docs/errors/{code}",
        "title": title,
        "status": status,
        "code": code,
    }
    headers = {"Content-Type": "application/problem+json"}
    return Fault(
        name=f"problem {status}",
        accepts=False,
        status=status,
        body=json.dumps(problem).encode(),
        headers=headers,
    )


def garbage(body: bytes = _HTML, *, status: int = 201, accepts: bool = True) -> Fault:
    """Success with a body that is not what it should be, such as a portal's page."""
    headers = {"Content-Type": "text/html"} if body is _HTML else {}
    return Fault(name="garbage", accepts=accepts, status=status, body=body, headers=headers)


def truncated() -> Fault:
    """Accepted, and half of the answer arrives."""
    return Fault(name="truncated", accepts=True, ending="cut")


def drop_before() -> Fault:
    """The connection breaks after the request was read; nothing is accepted."""
    return Fault(name="drop before", accepts=False, ending="reset")


def drop_after() -> Fault:
    """Accepted, and the connection breaks before the answer."""
    return Fault(name="drop after", accepts=True, ending="reset")


def hang(seconds: float = 60.0, *, accepts: bool = True) -> Fault:
    """No answer for a long time."""
    return Fault(name="hang", accepts=accepts, delay=seconds, ending="" if accepts else "reset")


def drip(seconds: float = 60.0) -> Fault:
    """Accepted, and the answer comes byte by byte."""
    return Fault(name="drip", accepts=True, delay=seconds, ending="drip")


CLIENT_GONE = Fault(name="client gone", accepts=False, ending="reset")
"""Not on request: the client hung up before its request was accepted."""
