"""The calls to Freshservice and Freshdesk: addresses, pages, credits and what an unusable answer is called.

Facts are from the vendor's API reference (v2) and recorded answers; see ``docs/freshservice.md``.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from deskwatch.clock import Monotonic, monotonic
from deskwatch.sources.credits import Credits
from deskwatch.sources.freshservice_settings import FreshdeskSettings, FreshworksSettings
from deskwatch.sources.http_client import Answer, HttpClient
from deskwatch.sources.http_words import date_of, error_of
from deskwatch.sources.source import SourceError
from deskwatch.sources.told_time import ToldTime

Operation = Literal["list", "filter", "view", "agents", "other"]
"""Calls that share a bucket of credits."""

LIST_COST, VIEW_COST = 5, 3
"""Credits of a page of changes, and of one ticket, with the two embeds ``stats`` and ``requester``."""
EMBEDS = "stats,requester"
LAST_PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """Where the two products differ."""

    order: Mapping[str, str]
    filter_path: str
    filter_rows: str
    fields_path: str
    clients_path: str
    wrapped: bool
    filter_pages: int
    has_workspaces: bool


FRESHSERVICE = Dialect(
    order={"order_type": "asc"},
    filter_path="tickets/filter",
    filter_rows="tickets",
    fields_path="ticket_form_fields",
    clients_path="departments",
    wrapped=True,
    filter_pages=LAST_PAGE,
    has_workspaces=True,
)
FRESHDESK = Dialect(
    order={"order_by": "updated_at", "order_type": "asc"},
    filter_path="search/tickets",
    filter_rows="results",
    fields_path="ticket_fields",
    clients_path="companies",
    wrapped=False,
    filter_pages=10,
    has_workspaces=False,
)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. ``next`` is the number of the page after it; ``total`` only the filter tells."""

    rows: list[Any]
    next: int | None = None
    total: int | None = None
    date: datetime | None = None


@dataclass(slots=True)
class Api:
    """Speaks with one account. Told the time by ``at(now)``, it can measure the other clock."""

    settings: FreshworksSettings
    client: HttpClient
    credits: Credits
    clock: Monotonic = monotonic
    skew: float | None = None
    _time: ToldTime = field(init=False)

    def __post_init__(self) -> None:
        self._time = ToldTime(self.clock)

    @property
    def dialect(self) -> Dialect:
        """The product's ways."""
        return FRESHDESK if isinstance(self.settings, FreshdeskSettings) else FRESHSERVICE

    def at(self, now: datetime) -> None:
        """Say what time it is; from here on the monotonic clock tells."""
        self._time.at(now)

    @property
    def now(self) -> datetime:
        """The time of this machine."""
        return self._time.now

    def page(
        self,
        path: str,
        key: str,
        params: Mapping[str, str],
        *,
        operation: Operation,
        doing: str,
        number: int = 1,
        cost: int = 1,
    ) -> Page:
        """One page of a list.

        Args:
            key: name of the list inside the answer, where the product wraps lists.
            doing: completes "while …" in an error.

        Raises:
            SourceError: no answer, an unhappy one, or one without the list.
        """
        asked = {**params, "page": str(number)}
        answer = self._get(path, asked, operation=operation, doing=doing, cost=cost)
        body = self._decoded(answer, doing)
        rows, total = body, None
        if isinstance(body, Mapping) and (self.dialect.wrapped or key in body):
            if key not in body:
                raise SourceError("answer", f"while {doing}: the answer has no {key!r}", status=200)
            rows, total = body[key], body.get("total")
        if not isinstance(rows, list):
            kind = "null" if rows is None else type(rows).__name__
            raise SourceError("answer", f"while {doing}: the list of the answer is {kind}", status=200)
        return Page(
            rows,
            next_page(answer.headers.get("link", ""), number, doing=doing),
            total if isinstance(total, int) and not isinstance(total, bool) else None,
            date_of(answer.headers),
        )

    def ticket(self, id_: str, *, doing: str, details: bool = True) -> Mapping[str, Any]:
        """One ticket, with its embeds or (a third of the price) without.

        Raises:
            SourceError: kind ``not_found`` when the helpdesk has no such ticket.
        """
        params, cost = ({"include": EMBEDS}, VIEW_COST) if details else ({}, 1)
        answer = self._get(f"tickets/{int(id_)}", params, operation="view", doing=doing, cost=cost)
        body = self._decoded(answer, doing)
        row = body.get("ticket") if self.dialect.wrapped and isinstance(body, Mapping) else body
        if not isinstance(row, Mapping) or str(row.get("id")) != id_:
            raise SourceError("answer", f"while {doing}: the answer is not that ticket", status=200)
        return row

    def send(self, method: str, path: str, body: Mapping[str, Any], *, doing: str) -> None:
        """One call that changes something; costs a credit.

        Raises:
            SourceError: with a ``status`` below 500 it was refused and nothing changed; otherwise it may have
                been obeyed all the same.
        """
        url = f"{self.settings.api_root}/api/v2/{path}"
        answer = self.client.send(method, url, doing=doing, json=body)
        self.credits.spend("other", 1, answer.headers)
        if answer.status not in (200, 201):
            raise error_of(answer.status, answer.headers, answer.body, doing=doing, now=self.now)

    def _get(
        self, path: str, params: Mapping[str, str], *, operation: Operation, doing: str, cost: int
    ) -> Answer:
        url = f"{self.settings.api_root}/api/v2/{path}"
        answer = self.client.get(url, params, doing=doing)
        self.credits.spend(operation, cost, answer.headers)
        date = date_of(answer.headers)
        if date is not None:
            self.skew = (self.now - date).total_seconds()
        if answer.status != 200:
            raise error_of(answer.status, answer.headers, answer.body, doing=doing, now=self.now)
        return answer

    def _decoded(self, answer: Answer, doing: str) -> Any:
        if not answer.is_json:
            words = "the answer is a web page, not data; check subdomain or base_url in sources.yaml"
            raise SourceError("answer", f"while {doing}: {words}", status=200)
        try:
            return answer.decoded()
        except ValueError as problem:
            reason = re.sub(r"[^ -~]", "?", str(problem))[:120]
            raise SourceError(
                "answer", f"while {doing}: the answer is not readable ({reason})", status=200
            ) from None


def next_page(link: str, current: int, *, doing: str) -> int | None:
    """The page number in a ``Link`` header's ``rel="next"``; the address in it is never followed.

    Raises:
        SourceError: it points backwards, so following it would never end.
    """
    for match in re.finditer(r"<([^<>]{1,4000})>([^<]{0,200})", link[:20_000]):
        if re.search(r"""rel\s*=\s*["']?next\b""", match[2]):
            try:
                numbers = parse_qs(urlsplit(match[1]).query).get("page", [])
                number = int(numbers[0])
            except (ValueError, IndexError):
                return current + 1
            if number <= current:
                words = f"while {doing}: page {current} names page {number} as the next one"
                raise SourceError("answer", words, status=200)
            return number
    return None


def params_of(workspace: str | None) -> dict[str, str]:
    """The parameter that widens a list beyond the primary workspace; ``0`` is every one the key may see."""
    return {} if workspace is None else {"workspace_id": workspace}
