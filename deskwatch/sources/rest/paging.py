"""How the next page is asked for. Helpdesks cap sizes silently, lie about totals, and repeat pages.

What a helpdesk says about the length of a list is believed only where it says that there is more; otherwise
a list ends where it runs out of items.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from deskwatch.sources.rest.expression import Expression, ExpressionError
from deskwatch.sources.rest.paging_settings import (
    LinkPaging,
    NextUrlPaging,
    OffsetPaging,
    PagePaging,
    Paging,
    RangePaging,
    TokenPaging,
)
from deskwatch.sources.rest.requests import Request, with_parts
from deskwatch.sources.rest.values import kind_of

MOST_BARREN = 3
"""Pages without anything new after which following addresses or tokens is given up."""
LONGEST_URL = 8000
SMALLEST_LIMIT = 10
"""Items of a page that a helpdesk may have chosen as its limit; fewer are just few."""


class PagingError(ValueError):
    """A next page that cannot be asked for; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page that was read.

    Attributes:
        number: how many pages were read, this one included.
        count: items in it, also those that are no tickets.
        fresh: items in it that no page before it had.
        seen: different items so far.
        same: whether it has exactly the items of the page before it.
    """

    number: int
    count: int
    fresh: int
    seen: int
    same: bool
    body: Any
    headers: Mapping[str, str]
    asked: Request


@dataclass(slots=True)
class Caps:
    """What was learned about the sizes of pages: a helpdesk may send fewer items than asked for.

    Attributes:
        most: most items that a page of each path ever had.
        whole: numbers of items of a first page that had no second one.
    """

    most: dict[str, int] = field(default_factory=dict)
    whole: set[tuple[str, int]] = field(default_factory=set)

    def is_short(self, path: str, count: int, size: int, *, is_first: bool) -> bool:
        """Whether a page with so few items must be the last one.

        A first page that looks like a smaller limit than before is none: helpdesks change theirs.
        """
        seen = self.most.get(path, 0)
        self.most[path] = count if is_first and _is_limit(count) else max(seen, count)
        if count >= size or (is_first and _is_limit(count)):
            return False
        return count < seen or ((path, count) in self.whole and not _is_round(count))

    def ended(self, path: str, count: int) -> None:
        """The page after a first one with so many items was empty."""
        self.whole.add((path, count))


def _is_round(count: int) -> bool:
    """Whether somebody may have chosen this number as the limit of a page."""
    return count % 5 == 0 or count & (count - 1) == 0


def _is_limit(count: int) -> bool:
    return count >= SMALLEST_LIMIT and _is_round(count)


class Pager(Protocol):
    """One reading of one list. ``doubt``: why what was read may not be all of it; empty: it is."""

    doubt: str

    def first(self, request: Request) -> Request:
        """The request for the first page."""

    def next(self, page: Page) -> Request | None:
        """The request for the page after this one; None: that was the last.

        Raises:
            PagingError: there is one that must not or cannot be asked for.
        """


def pager_of(paging: Paging, *, root: str, hidden: frozenset[str], caps: Caps) -> Pager:
    """A new pager.

    Args:
        root: ``base_url``; no other host is ever asked.
        hidden: parameters that prove who asks; they are added to every request anyway.
    """
    if isinstance(paging, PagePaging | OffsetPaging | RangePaging):
        return Counted(paging, caps)
    if isinstance(paging, TokenPaging):
        return _Token(paging)
    if isinstance(paging, NextUrlPaging | LinkPaging):
        return _Address(paging, root, hidden)
    return _Whole()


class _Whole:
    doubt = ""

    def first(self, request: Request) -> Request:
        return request

    def next(self, page: Page) -> Request | None:
        return None


class Counted:
    """Pages by number, offset or range."""

    def __init__(self, paging: PagePaging | OffsetPaging | RangePaging, caps: Caps) -> None:
        self._paging, self._caps = paging, caps
        self._at = paging.start if isinstance(paging, PagePaging) else 0
        self._total = 0
        self.doubt = ""

    def first(self, request: Request) -> Request:
        return self._asking(request)

    def next(self, page: Page) -> Request | None:
        paging = self._paging
        if page.same and page.number == 2 and not self._is_short(page):
            self.doubt = "the second page repeats the first one; check the names of the paging parameters"
            return None
        if page.count:
            self._total = max(self._total, self._told(page))
        if page.number == 2 and not page.count:
            self._caps.ended(page.asked.path, page.seen)
        more = self._total > page.seen or self._has_more_pages(page)
        short = self._is_short(page)
        ends = paging.short_page_ends if isinstance(paging, PagePaging | OffsetPaging) else True
        if page.fresh == 0 or (short and ends and not more) or self._is_last(page):
            if self._total > page.seen and page.fresh == 0:
                self.doubt = f"it names {page.seen} of {self._total} items; is paging.total right?"
            return None
        self._at += 1 if isinstance(paging, PagePaging) else page.count
        return self._asking(page.asked)

    def refused(self, status: int, *, seen: int, count: int) -> None:
        """There is no page after one of ``count`` items: whether that was the end, or a limit of the API."""
        if self._total > seen:
            self.doubt = f"it names {seen} of {self._total} items, and the next page was refused ({status})"
        elif status == 400 and not self._total and count >= self._paging.size:
            self.doubt = f"the page after a full one was refused ({status})"

    def _asking(self, request: Request) -> Request:
        paging = self._paging
        if isinstance(paging, RangePaging):
            text = f"{self._at}-{self._at + paging.size - 1}"
            if paging.header:
                return request.with_(headers={**request.headers, "Range": f"items={text}"})
            return _with(request, paging, {paging.param: text})
        return _with(request, paging, {paging.param: self._at})

    def _is_short(self, page: Page) -> bool:
        return self._caps.is_short(page.asked.path, page.count, self._paging.size, is_first=page.number == 1)

    def _told(self, page: Page) -> int:
        if isinstance(self._paging, RangePaging):
            match = re.search(r"/\s*(\d{1,12})\s*$", page.headers.get("content-range", ""))
            return int(match[1]) if match else 0
        return _number(self._paging.total, page.body)

    def _has_more_pages(self, page: Page) -> bool:
        paging = self._paging
        return isinstance(paging, PagePaging) and _number(paging.pages, page.body) > page.number

    def _is_last(self, page: Page) -> bool:
        paging = self._paging
        return isinstance(paging, OffsetPaging) and _found(paging.last, page.body) is True


class _Barren:
    """Counts pages that bring nothing new, so that a helpdesk that invents pages is noticed."""

    def __init__(self) -> None:
        self.doubt = ""
        self._barren = 0

    def gives_up(self, page: Page) -> bool:
        self._barren = self._barren + 1 if page.fresh == 0 else 0
        if self._barren >= MOST_BARREN:
            self.doubt = f"{MOST_BARREN} pages in a row had nothing new and still named a next one"
            return True
        return False


class _Token(_Barren):
    def __init__(self, paging: TokenPaging) -> None:
        super().__init__()
        self._paging = paging
        self._used: set[str] = set()

    def first(self, request: Request) -> Request:
        return _with(request, self._paging, {})

    def next(self, page: Page) -> Request | None:
        paging = self._paging
        if _found(paging.last, page.body) is True:
            return None
        token = _told(paging.token, page.body, "token")
        if token is True or (token and isinstance(token, list | dict)):
            raise PagingError(f"token: expected a text or a number, found {kind_of(token)}")
        if token is None or token is False or token in ("", [], {}):
            if paging.last is not None and _found(paging.last, page.body) is False:
                self.doubt = "the answer says that there is more, but has no token for it"
            return None
        if str(token) in self._used:
            raise PagingError("the helpdesk hands out the same token again, so the list would never end")
        self._used.add(str(token))
        return None if self.gives_up(page) else _with(page.asked, paging, {paging.param: token})


class _Address(_Barren):
    """The address of the next page is in the answer or in a header."""

    def __init__(self, paging: NextUrlPaging | LinkPaging, root: str, hidden: frozenset[str]) -> None:
        super().__init__()
        self._paging, self._root, self._hidden = paging, root, hidden
        self._used: set[str] = set()

    def first(self, request: Request) -> Request:
        return _with(request, self._paging, {})

    def next(self, page: Page) -> Request | None:
        paging = self._paging
        if isinstance(paging, LinkPaging):
            told: Any = next_link(page.headers.get("link", ""))
        else:
            told = _told(paging.next, page.body, "next")
        if not told or (isinstance(told, str) and not told.strip()):
            return None
        if not isinstance(told, str):
            raise PagingError(f"next: expected an address, found {kind_of(told)}")
        asked = page.asked
        here = asked.url or f"{self._root}/{asked.path.lstrip('/')}"
        url = same_origin(told.strip(), here=here, root=self._root, hidden=self._hidden)
        if url in self._used or url == asked.url:
            raise PagingError("the helpdesk names a page as the next one that was read already")
        self._used.add(url)
        return None if self.gives_up(page) else asked.with_(url=url, params={})


def next_link(header: str) -> str | None:
    """The address of ``rel="next"`` in a ``Link`` header (RFC 8288)."""
    for match in re.finditer(r"<([^<>]{1,8000})>([^<]{0,300})", header[:40_000]):
        if re.search(r"""rel\s*=\s*["']?(?:[^"',;]*\s)?next\b""", match[2], re.I):
            return match[1]
    return None


def same_origin(told: str, *, here: str, root: str, hidden: frozenset[str] = frozenset()) -> str:
    """The told address, made whole and harmless: on the helpdesk's own origin, blanks encoded.

    A proxy in front of a helpdesk makes it name ``http://`` or another port of the same host; then the
    origin of ``root`` is asked, so the key never travels elsewhere.

    Raises:
        PagingError: it is on another host, too long, or no address.
    """
    if len(told) > LONGEST_URL or any(c < " " or c == "\x7f" for c in told):
        raise PagingError("the address of the next page is too long or has control characters")
    try:
        ours, parts = urlsplit(root), urlsplit(urljoin(here, told))
        host, scheme = parts.hostname or "", parts.scheme
        _ = parts.port
    except ValueError:
        raise PagingError("the address of the next page is none") from None
    if scheme not in ("http", "https") or host != (ours.hostname or ""):
        raise PagingError(f"the next page is on another host ({host[:100] or 'none'}); it is not asked for")
    query = parts.query
    if hidden:
        kept = [(name, value) for name, value in parse_qsl(query, True) if name not in hidden]
        query = urlencode(kept, quote_via=quote)
    path = quote(parts.path, safe="%/:@!$&'()*+,;=~-._")
    return urlunsplit((ours.scheme, ours.netloc, path, quote(query, safe="%/?:@!$&'()*+,;=~-._[]"), ""))


def _with(request: Request, paging: Any, params: Mapping[str, Any]) -> Request:
    """The request with the parameters of paging, in the address or in the body."""
    if paging.size_param:
        params = {paging.size_param: paging.size, **params}
    if paging.in_body:
        return request.with_(body=with_parts(request.body, params))
    return request.with_(params={**request.params, **{name: str(value) for name, value in params.items()}})


def _told(expression: Expression, body: Any, place: str) -> Any:
    """What leads to the next page. That this cannot be told must not look like the end of the list."""
    try:
        return expression(body)
    except ExpressionError as problem:
        raise PagingError(f"{place}: {problem}") from None


def _found(expression: Expression | None, body: Any) -> Any:
    if expression is None:
        return None
    try:
        return expression(body)
    except ExpressionError:
        return None


def _number(expression: Expression | None, body: Any) -> int:
    value = _found(expression, body)
    if isinstance(value, str) and re.fullmatch(r"\d{1,12}", value.strip()):
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
