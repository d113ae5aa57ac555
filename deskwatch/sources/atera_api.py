"""The calls to Atera: addresses, pages, a limit of our own and what an unusable answer is called.

Facts are from the vendor's description of the API (v3); see ``docs/atera.md``. Atera publishes no limit and
sends no header about one, so calls are counted here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from deskwatch.clock import Monotonic, monotonic
from deskwatch.sources.atera_settings import AteraSettings
from deskwatch.sources.atera_token import expiry_of, expiry_words, is_token
from deskwatch.sources.credits import Credits
from deskwatch.sources.http_client import Answer, HttpClient
from deskwatch.sources.http_words import DEFAULT_PAUSE, date_of, error_of
from deskwatch.sources.source import SourceError
from deskwatch.sources.told_time import ToldTime

PAGE_SIZE = 50
"""Rows of a page. The most that is documented; what more would do is not."""
LAST_PAGE = 2_000
LONGEST_PAUSE = 600.0
_CALLS = "all"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``pages`` and ``total`` are what Atera says; ``more``: it names a next page."""

    rows: list[Any]
    size: int
    more: bool
    pages: int | None
    total: int | None
    date: datetime | None


def utc_text(at: datetime) -> str:
    """An instant as the API wants it in a question, to the letter."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Api:
    """Speaks with one account. Told the time by ``at(now)``, it can measure the other clock."""

    settings: AteraSettings
    client: HttpClient
    clock: Monotonic = monotonic
    skew: float | None = None
    expires: datetime | None = None
    calls: Credits = field(init=False)
    _time: ToldTime = field(init=False)
    _refused: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._time = ToldTime(self.clock)
        self.calls = Credits(share=1.0, clock=self.clock)
        self.calls.bucket(_CALLS).total = self.settings.calls_per_minute
        if self.settings.api_key.why_missing is None:
            self.expires = expiry_of(self.settings.api_key.reveal())

    def at(self, now: datetime) -> None:
        """Say what time it is; from here on the monotonic clock tells."""
        self._time.at(now)

    @property
    def now(self) -> datetime:
        """The time of this machine."""
        return self._time.now

    def wait(self) -> float:
        """Seconds until another call may be made; 0 is now."""
        return self.calls.wait_for(_CALLS, 1)

    @property
    def left(self) -> int:
        """Calls that may still be made in this minute."""
        earlier = self.clock() - 60.0
        recent = sum(cost for at, cost in self.calls.bucket(_CALLS).spent if at > earlier)
        return max(0, self.settings.calls_per_minute - recent)

    def page(self, path: str, params: Mapping[str, str], *, number: int, doing: str) -> Page:
        """One page of a list. Links to other pages are never followed: the key would travel along.

        Raises:
            SourceError: no answer, an unhappy one, or one without the list.
        """
        asked = {**params, "page": str(number), "itemsInPage": str(PAGE_SIZE)}
        answer = self._get(path, asked, doing=doing)
        body = self._decoded(answer, doing)
        if not isinstance(body, Mapping) or "items" not in body:
            raise SourceError("answer", f"while {doing}: the answer has no 'items'", status=200)
        rows = body["items"]
        if rows is None:
            rows = []
        if not isinstance(rows, list):
            kind = type(rows).__name__
            raise SourceError("answer", f"while {doing}: the list of the answer is {kind}", status=200)
        link = body.get("nextLink")
        return Page(
            rows,
            _count(body.get("itemsInPage")) or PAGE_SIZE,
            isinstance(link, str) and bool(link.strip()),
            _count(body.get("totalPages")),
            _count(body.get("totalItemCount")),
            date_of(answer.headers),
        )

    def ticket(self, id_: str, *, doing: str) -> Mapping[str, Any]:
        """One ticket, its last comments included.

        Raises:
            SourceError: kind ``not_found`` when the account has no such ticket.
        """
        body = self._decoded(self._get(f"tickets/{int(id_)}", {}, doing=doing), doing)
        if not isinstance(body, Mapping) or str(body.get("TicketID")) != id_:
            raise SourceError("answer", f"while {doing}: the answer is not that ticket", status=200)
        return body

    def account(self, *, doing: str) -> Mapping[str, Any]:
        """Whose key it is.

        Raises:
            SourceError: kind ``not_found`` when this is an API of 2022 or before.
        """
        body = self._decoded(self._get("account", {}, doing=doing), doing)
        return body if isinstance(body, Mapping) else {}

    def _get(self, path: str, params: Mapping[str, str], *, doing: str) -> Answer:
        url = f"{self.settings.base_url}/api/v3/{path}"
        answer = self.client.send("GET", url, params, doing=doing, headers=self._key(doing))
        self.calls.spend(_CALLS, 1, {})
        date = date_of(answer.headers)
        if date is not None:
            self.skew = (self.now - date).total_seconds()
        if answer.status != 200:
            raise self._error(answer, doing)
        self._refused = 0
        return answer

    def _key(self, doing: str) -> dict[str, str]:
        key = self.settings.api_key.reveal()
        if not key.isascii() or not key.isprintable() or " " in key:
            raise SourceError("auth", f"while {doing}: the API key has characters that no key has")
        auth = self.settings.auth
        if auth == "bearer" or (auth == "auto" and is_token(key)):
            return {"Authorization": f"Bearer {key}"}
        return {"X-API-KEY": key}

    def _error(self, answer: Answer, doing: str) -> SourceError:
        """What an unhappy answer means here: Atera refuses without a word, so the likely reasons are told."""
        error = error_of(answer.status, answer.headers, answer.body, doing=doing, now=self.now)
        if answer.status == 401:
            ended = expiry_words(self.expires, now=self.now) if self._has_ended else None
            words = ended or (
                "the API key is refused: it is wrong or revoked, a token that has ended, or an old key, "
                "which Atera accepts for 60 days after the change to tokens; put a valid one where "
                "sources.yaml says"
            )
            return SourceError("auth", f"while {doing}: {words} (401).", status=401)
        if answer.status == 403:
            words = "the token lacks the right to read this, or this machine's address is not on its list"
            return SourceError("forbidden", f"while {doing}: {words} (403).", status=403)
        if answer.status == 404 and _is_web_page(answer):
            words = "there is a web page that was not found; check base_url in sources.yaml"
            return SourceError("answer", f"while {doing}: {words} (404).", status=404)
        if answer.status == 429 and "retry-after" not in answer.headers:
            error.retry_after = min(DEFAULT_PAUSE * 2.0**self._refused, LONGEST_PAUSE)
            self._refused = min(self._refused + 1, 10)
        return error

    @property
    def _has_ended(self) -> bool:
        return self.expires is not None and self.expires <= self.now

    def _decoded(self, answer: Answer, doing: str) -> Any:
        if _is_web_page(answer):
            words = "the answer is a web page, not data; check base_url in sources.yaml"
            raise SourceError("answer", f"while {doing}: {words}", status=200)
        try:
            return answer.decoded()
        except ValueError as problem:
            reason = re.sub(r"[^ -~]", "?", str(problem))[:120]
            raise SourceError(
                "answer", f"while {doing}: the answer is not readable ({reason})", status=200
            ) from None


def _is_web_page(answer: Answer) -> bool:
    """Data comes as JSON under any of three content types, ``text/plain`` among them."""
    return "html" in answer.headers.get("content-type", "").lower() or answer.body.lstrip()[:1] == b"<"


def _count(value: Any) -> int | None:
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and 0 <= value < 1 << 31 else None
