"""The ways in which helpdesks cut long lists into pages."""

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from deskwatch.settings import Strict
from deskwatch.sources.rest.expression import Expression


class NoPaging(Strict):
    """The answer has everything."""

    kind: Literal["none"] = "none"


class _Sized(Strict):
    size: Annotated[int, Field(ge=1, le=5000)] = 100
    """Items asked for in a page. A helpdesk that silently sends fewer is noticed by its first page."""
    size_param: str | None = None
    """Parameter for the size; it goes into the body when ``in_body`` says so."""
    in_body: bool = False
    """Whether the parameters of paging are posted instead; there ``query.offset`` is a part of ``query``."""
    restart_after: Annotated[int, Field(ge=1)] | None = None
    """After so many pages ask anew from the newest change seen on: Freshdesk serves no page past 300. Only
    for ``changes``, sorted by change."""


class PagePaging(_Sized):
    """Numbered pages. Ends at a page without new items, a short one, or what ``total`` or ``pages`` say."""

    kind: Literal["page"] = "page"
    param: str = "page"
    """Parameter for the number."""
    start: Annotated[int, Field(ge=0, le=1)] = 1
    """Number of the first page."""
    total: Expression | None = None
    """Where the answer has the number of all items; believed only when it says that there is more."""
    pages: Expression | None = None
    """Where it has the number of pages."""
    short_page_ends: bool = True
    """Whether a page with fewer items than asked for is the last one."""


class OffsetPaging(_Sized):
    """Items are skipped: ``offset=200``."""

    kind: Literal["offset"] = "offset"
    param: str = "offset"
    """Parameter for how many are skipped."""
    total: Expression | None = None
    """Where the answer has the number of all items."""
    last: Expression | None = None
    """Where it says that this was the last page (true)."""
    short_page_ends: bool = True
    """Whether a page with fewer items than asked for is the last one."""


class NextUrlPaging(_Sized):
    """The answer has the address of the next page. Only the helpdesk's own host is followed."""

    kind: Literal["next_url"] = "next_url"
    next: Expression
    """Where it is (JMESPath); nothing, ``null`` and ``""`` mean the end."""


class LinkPaging(_Sized):
    """The header ``Link`` has it (RFC 8288), ``rel="next"``. Only the helpdesk's own host is followed."""

    kind: Literal["link"] = "link"


class TokenPaging(_Sized):
    """The answer has a token for the next page."""

    kind: Literal["token"] = "token"
    token: Expression
    """Where it is (JMESPath)."""
    param: str
    """Parameter that hands it back."""
    last: Expression | None = None
    """Where the answer says that this was the last page (true). Default: there is no token."""


class RangePaging(_Sized):
    """A range of positions: ``range=0-49``; the header ``Content-Range`` tells how many there are."""

    kind: Literal["range"] = "range"
    param: str = "range"
    """Parameter for the range."""
    header: bool = False
    """Whether the range is a header ``Range: items=0-49`` instead."""


def _kind_of(paging: Any) -> str | None:
    kind = paging.get("kind") if isinstance(paging, dict) else getattr(paging, "kind", None)
    return kind if isinstance(kind, str) else None


Paging = Annotated[
    Annotated[NoPaging, Tag("none")]
    | Annotated[PagePaging, Tag("page")]
    | Annotated[OffsetPaging, Tag("offset")]
    | Annotated[NextUrlPaging, Tag("next_url")]
    | Annotated[LinkPaging, Tag("link")]
    | Annotated[TokenPaging, Tag("token")]
    | Annotated[RangePaging, Tag("range")],
    Discriminator(_kind_of),
]
