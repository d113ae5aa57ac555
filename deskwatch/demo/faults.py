"""Ways to fail on request: which answers a route spoils, how often, and for whom.

A fault changes the proper answer into the one the client gets. ``FaultPlan`` says when. Example::

    helpdesk.faults.add("list", faults.bad_gateway(), times=3, page=2)
"""

import gzip as _gzip
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from deskwatch.demo.answers import HTML_TYPE, Answer, html
from deskwatch.demo.calls import Call
from deskwatch.demo.delivery import Cut, Drip, Reset, Stall

Spoil = Callable[[Answer], Answer]
Tamper = Callable[[Call], Call]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """``tamper`` changes what is looked up, ``spoil`` the answer; ``replaces``: nothing is looked up."""

    name: str
    spoil: Spoil = lambda answer: answer
    tamper: Tamper = lambda call: call
    replaces: bool = False


@dataclass(slots=True, kw_only=True)
class _Entry:
    route: str
    fault: Fault
    left: int | None
    skip: int
    ticket_id: int | None
    page: int | None

    def meets(self, call: Call) -> bool:
        return (
            self.route in ("any", call.route)
            and self.ticket_id in (None, call.ticket_id)
            and (self.page is None or call.query.get("page", "1") == str(self.page))
        )


class FaultPlan:
    """Faults that wait for their requests. The first that fits is used."""

    def __init__(self) -> None:
        self._entries: list[_Entry] = []

    def add(
        self,
        route: str,
        fault: Fault,
        *,
        times: int | None = 1,
        skip: int = 0,
        ticket_id: int | None = None,
        page: int | None = None,
    ) -> None:
        """Spoil the next answers of a route.

        Args:
            route: ``list``, ``filter``, ``view``, ``agents``, … (``RequestRecord.route``), or ``any``.
            times: how many; ``None``: until ``clear``.
            skip: how many fitting requests go well before that.
            ticket_id: only requests about this ticket.
            page: only requests for this page.
        """
        self._entries.append(
            _Entry(route=route, fault=fault, left=times, skip=skip, ticket_id=ticket_id, page=page)
        )

    def clear(self) -> None:
        """Everything works again."""
        self._entries.clear()

    def take(self, call: Call) -> Fault | None:
        """The fault for this request, if there is one, counted as used."""
        for entry in self._entries:
            if not entry.meets(call):
                continue
            if entry.skip:
                entry.skip -= 1
                return None
            if entry.left is not None:
                entry.left -= 1
                if not entry.left:
                    self._entries.remove(entry)
            return entry.fault
        return None


def _instead(name: str, answer: Answer) -> Fault:
    return Fault(name=name, spoil=lambda _: answer, replaces=True)


def _rows(answer: Answer, change: Callable[[list[Any]], Any]) -> Answer:
    """The answer with its list of rows changed, in an envelope or bare."""
    if isinstance(answer.data, list):
        return replace(answer, data=change(answer.data))
    if not isinstance(answer.data, dict):
        return answer
    return replace(answer, data={k: change(v) if isinstance(v, list) else v for k, v in answer.data.items()})


def recorded(status: int, body: bytes, headers: Mapping[str, str]) -> Fault:
    """Any answer byte for byte, such as a recorded one."""
    return _instead("recorded", Answer(status=status, raw=body, headers=headers, charged=False))


# Errors the application or what stands in front of it sends


def internal_error() -> Fault:
    """500 with a JSON body."""
    data = {"code": "internal_error", "message": "We're sorry, but something went wrong."}
    return _instead("500 JSON", Answer(status=500, data=data))


def internal_error_text() -> Fault:
    """500 with two words of plain text."""
    headers = {"content-type": "text/plain; charset=utf-8"}
    return _instead("500 text", Answer(status=500, raw=b"Internal Error", headers=headers, charged=False))


def bad_gateway() -> Fault:
    """502, the page of a proxy."""
    return _instead("502 HTML", html(502, "502 Bad Gateway"))


def unavailable(retry_after: str | None = "120") -> Fault:
    """503, a maintenance page, with or without ``Retry-After``."""
    page = html(503, "We will be back shortly")
    return _instead("503 HTML", page.with_headers(retry_after=retry_after) if retry_after else page)


def rate_limited(retry_after: str | None = "37") -> Fault:
    """429 with any ``Retry-After`` or none."""
    answer = Answer(status=429, data={"message": "Rate limit exceeded"})
    return _instead(
        "429", answer.with_headers(retry_after=retry_after) if retry_after is not None else answer
    )


def unauthorized() -> Fault:
    """401 although the key is right; to revoke the key use ``Helpdesk.revoke_key``."""
    data = {"code": "invalid_credentials", "message": "You have to be logged in to perform this action."}
    return _instead("401", Answer(status=401, data=data, charged=False))


def forbidden(code: str = "access_denied") -> Fault:
    """403 with one of the codes ``access_denied``, ``account_suspended``, ``require_feature``."""
    words = {
        "account_suspended": "Your account has been suspended.",
        "require_feature": "The feature is not part of your plan.",
    }
    data = {"code": code, "message": words.get(code, "You are not authorized to perform this action.")}
    return _instead(f"403 {code}", Answer(status=403, data=data))


def missing() -> Fault:
    """404 with an empty body, as a wrong subdomain answers on every path."""
    return _instead("404", Answer(status=404, headers={"content-type": HTML_TYPE}))


def login_page() -> Fault:
    """200 with HTML: a portal instead of the API."""
    return _instead("200 HTML", html(200, "Sign in"))


def redirect(location: str, status: int = 302) -> Fault:
    """A redirect, for example to a foreign host that must not see the key."""
    return _instead("redirect", html(status, "Moved", location=location))


# Answers that are not what they should be


def empty() -> Fault:
    """200 without a row."""
    return Fault(name="empty 200", spoil=lambda a: replace(_rows(a, lambda _: []), headers=_unlinked(a)))


def null_rows() -> Fault:
    """200 with ``null`` where the rows belong."""
    return Fault(name="null rows", spoil=lambda a: _rows(a, lambda _: None))


def short_page(keep: int = 3, *, link: bool = False) -> Fault:
    """Only the first rows of the page. ``link``: still names a next page."""

    def shortened(answer: Answer) -> Answer:
        short = _rows(answer, lambda rows: rows[:keep])
        return short if link else replace(short, headers=_unlinked(answer))

    return Fault(name="short page", spoil=shortened)


def repeated_page() -> Fault:
    """The first page, whichever was asked for."""
    return Fault(name="repeated page", tamper=lambda call: call.with_query(page="1"))


def overlapping_pages(rows: int = 5) -> Fault:
    """Each page begins with the last rows of the one before: ids come twice."""
    return Fault(name="overlapping pages", tamper=lambda call: replace(call, overlap=rows))


def truncated() -> Fault:
    """Half of the JSON, with a matching length."""
    return Fault(name="truncated JSON", spoil=lambda a: replace(a, raw=a.body()[: len(a.body()) // 2]))


def not_json(text: bytes = b"\xff\xfe not JSON") -> Fault:
    """Bytes that claim to be JSON."""
    return Fault(name="not JSON", spoil=lambda a: replace(a, raw=text))


def deep_json(depth: int = 100_000) -> Fault:
    """Brackets in brackets: decoders with a stack of their own fall over."""
    return Fault(name="deep JSON", spoil=lambda a: replace(a, raw=b"[" * depth + b"]" * depth))


def huge(size: int = 64 * 2**20) -> Fault:
    """A body of at least ``size`` bytes: valid JSON and mostly spaces."""
    return Fault(name="huge body", spoil=lambda a: replace(a, raw=a.body() + b" " * size))


def compressed() -> Fault:
    """The proper answer, gzipped."""
    return Fault(name="gzip", spoil=lambda a: _gzipped(a, a.body()))


def gzip_bomb(size: int = 256 * 2**20) -> Fault:
    """A small body that becomes ``size`` bytes of spaces when unpacked."""
    return Fault(name="gzip bomb", spoil=lambda a: _gzipped(a, b" " * size))


def wrong_date(offset: timedelta | None = None) -> Fault:
    """A ``Date`` header that is off, or (``None``) none that can be read."""

    def dated(answer: Answer) -> Answer:
        if offset is None:
            return answer.with_headers(date="half past nine")
        return replace(answer, date_offset=offset)

    return Fault(name="wrong Date", spoil=dated)


def odd_credit_headers(total: str = "lots") -> Fault:
    """Rate headers that are no integers."""
    return Fault(
        name="odd credit headers",
        spoil=lambda a: a.with_headers(x_ratelimit_total=total, x_ratelimit_remaining=total),
    )


# Connections that fail


def reset() -> Fault:
    """Half of the body, then the connection is reset."""
    return Fault(name="reset", spoil=lambda a: replace(a, delivery=Reset()))


def cut() -> Fault:
    """Half of the body, then a polite end, short of the announced length."""
    return Fault(name="cut", spoil=lambda a: replace(a, delivery=Cut()))


def stall(seconds: float = 35.0, *, headers: bool = True) -> Fault:
    """The body after a while; with ``headers=False`` not even those come at once."""
    return Fault(name="stall", spoil=lambda a: replace(a, delivery=Stall(seconds, headers)))


def slow_drip(pause: float = 1.0, piece: int = 1) -> Fault:
    """A few bytes, a pause, a few bytes: no read ever times out."""
    return Fault(name="slow drip", spoil=lambda a: replace(a, delivery=Drip(pause, piece)))


def _unlinked(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name != "link"}


def _gzipped(answer: Answer, body: bytes) -> Answer:
    return replace(answer, raw=_gzip.compress(body, 6)).with_headers(content_encoding="gzip")
