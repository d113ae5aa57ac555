"""One API request, parsed: parameters with Freshservice's rules, pages, embeds."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

from deskwatch.demo.answers import invalid

_Row = TypeVar("_Row")
_PER_PAGE_DEFAULT, _PER_PAGE_MOST = 30, 100
_DIGITS = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request to a known route. ``overlap``: rows each page repeats from the one before (a fault)."""

    route: str
    base_url: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    ticket_id: int | None = None
    now: datetime
    overlap: int = 0
    body: bytes = b""
    content_type: str = ""

    def with_query(self, **query: str) -> "Call":
        """The call with other parameters."""
        return replace(self, query={**self.query, **query})

    def integer(self, name: str) -> int | None:
        """A parameter that must be a non-negative integer; ``None`` when absent."""
        text = self.query.get(name)
        if text is None:
            return None
        if not _DIGITS.fullmatch(text):
            raise invalid(name, "It should be a/an Positive Integer", "datatype_mismatch")
        return int(text)

    def instant(self, name: str) -> datetime | None:
        """A parameter that must be an ISO 8601 instant; without offset it is UTC."""
        text = self.query.get(name)
        if text is None:
            return None
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise invalid(
                name, "It should be a/an valid date in the combined date and time ISO8601 format"
            ) from None
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """A parameter that must be one of a few words."""
        text = self.query.get(name)
        if text is not None and text not in choices:
            raise invalid(name, f"It should be one of these values: '{', '.join(choices)}'")
        return text

    def include(self, known: Sequence[str]) -> tuple[str, ...]:
        """The embeds asked for."""
        words = tuple(word for word in self.query.get("include", "").split(",") if word)
        if any(word not in known for word in words):
            raise invalid("include", f"It should be one of these values: '{', '.join(known)}'")
        return tuple(dict.fromkeys(words))

    @property
    def page(self) -> int:
        """Number of the page, from 1."""
        number = self.integer("page")
        if number == 0:
            raise invalid("page", "It should be a Positive Integer")
        return number or 1

    @property
    def per_page(self) -> int:
        """Rows a page."""
        number = self.query.get("per_page", str(_PER_PAGE_DEFAULT))
        if not _DIGITS.fullmatch(number) or not 1 <= int(number) <= _PER_PAGE_MOST:
            words = f"It should be a Positive Integer less than or equal to {_PER_PAGE_MOST}"
            raise invalid("per_page", words)
        return int(number)


def page_of(call: Call, rows: Sequence[_Row]) -> tuple[Sequence[_Row], dict[str, str]]:
    """The rows of the page asked for, and a ``link`` header when there is another page."""
    page, size = call.page, call.per_page
    start = (page - 1) * (size - min(call.overlap, size - 1))
    headers = {}
    if start + size < len(rows):
        query = urlencode(sorted({**call.query, "page": str(page + 1)}.items()))
        headers["link"] = f'<{call.base_url}{call.path}?{query}>; rel="next"'
    return rows[start : start + size], headers
