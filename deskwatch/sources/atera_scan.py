"""Reading lists of Atera page by page, across polls when the calls of a minute are used up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskwatch.sources.atera_api import LAST_PAGE, Api, Page
from deskwatch.sources.atera_rows import ID
from deskwatch.sources.row_ids import RowError, row_id
from deskwatch.sources.source import SourceError


@dataclass(frozen=True, slots=True)
class Query:
    """One list. ``most_pages``: a look at it is enough; then its end is not reached and does not matter."""

    path: str
    params: Mapping[str, str]
    doing: str
    most_pages: int | None = None


def status_query(text: str) -> Query:
    """Every ticket with a status, spelled as on tickets."""
    return Query("tickets", {"ticketStatus": text}, "listing the open tickets")


def changes_query(since: str, *, most_pages: int | None = None) -> Query:
    """Every ticket that changed since an instant. Without one Atera starts today, and hides yesterday."""
    params = {"date": since, "includeComments": "false"}
    return Query("tickets/lastmodified", params, "listing the changes", most_pages)


@dataclass(slots=True)
class Scan:
    """Where the reading of some lists stands.

    Attributes:
        first_date: the helpdesk's time when the first page was made: what changed later may be missing.
        pages: how many were read.
        notes: rows that could not be used.
    """

    api: Api
    queries: list[Query]
    moved_at: float
    number: int = 1
    first_date: datetime | None = None
    pages: int = 0
    notes: list[str] = field(default_factory=list)
    _last_page: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        """Whether every list was read to its end."""
        return not self.queries

    def step(self) -> list[Any]:
        """Read one page. After an error the same page is read again by the next call.

        Raises:
            SourceError: as ``Api.page``; also when a page repeats the one before, or a list ends early.
        """
        query = self.queries[0]
        page = self.api.page(query.path, query.params, number=self.number, doing=query.doing)
        self.first_date = self.first_date or page.date
        self.moved_at = self.api.clock()
        self.pages += 1
        ids = self._ids_of(page.rows)
        if ids and ids == self._last_page:
            raise SourceError(
                "answer", f"while {query.doing}: page {self.number} repeats the page before it", status=200
            )
        self._last_page = ids
        self._seen.update(ids)
        if not self._is_last(query, page):
            self.number += 1
            return page.rows
        named, total = len(self._seen), page.total
        self.number, self._last_page, self._seen = 1, [], set()
        is_cut = query.most_pages is not None
        if not is_cut and total is not None and total - named > max(2, total // 100):
            raise SourceError(
                "answer", f"while {query.doing}: the list names {named} of {total} tickets", status=200
            )
        self.queries.pop(0)
        return page.rows

    def skip(self) -> None:
        """Leave the list that is being read."""
        self.queries.pop(0)
        self.number, self._last_page, self._seen = 1, [], set()

    def _is_last(self, query: Query, page: Page) -> bool:
        """By rows, by count and by link: none of the three is promised."""
        if not page.rows or self.number >= min(query.most_pages or LAST_PAGE, LAST_PAGE):
            return True
        is_full = len(page.rows) >= page.size
        if page.pages is None:
            return not page.more and not is_full
        return self.number >= page.pages and not (page.more and is_full)

    def _ids_of(self, rows: list[Any]) -> list[str]:
        ids = []
        for row in rows:
            try:
                ids.append(row_id(row, ID))
            except RowError as problem:
                self.notes.append(str(problem))
        return ids
