"""Lists of many pages, read on across polls when credits run out or the helpdesk fails in the middle."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from deskwatch.sources.freshservice_api import (
    EMBEDS,
    LAST_PAGE,
    LIST_COST,
    Api,
    Operation,
    Page,
    params_of,
)
from deskwatch.sources.row_ids import RowError, row_id
from deskwatch.sources.source import SourceError

FILTER_PAGE = 30
"""Rows of a filter page, fixed by the helpdesk."""
LONGEST_QUERY = 512
"""Characters of a filter query, its quotes included; longer ones are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One list to read to its end."""

    doing: str
    path: str
    key: str
    operation: Operation
    params: dict[str, str]
    cost: int = 1
    statuses: tuple[int, ...] = ()
    priority: int | None = None

    @property
    def is_filter(self) -> bool:
        """Whether the answer tells a total and has pages of fixed size."""
        return self.operation == "filter"

    def halves(self) -> tuple["Query", ...]:
        """The same tickets in smaller portions, by status, then by priority; empty when it cannot be cut."""
        if len(self.statuses) > 1:
            middle = len(self.statuses) // 2
            portions = [(part, self.priority) for part in (self.statuses[:middle], self.statuses[middle:])]
        elif self.priority is None:
            portions = [(self.statuses, priority) for priority in (4, 3, 2, 1)]
        else:
            return ()
        return tuple(
            replace(self, statuses=s, priority=p, params={**self.params, "query": filter_text(s, p)})
            for s, p in portions
        )


def filter_text(statuses: Iterable[int], priority: int | None = None) -> str:
    """The value of ``query``: with its own outer quotes, and always with parentheses."""
    anyone = " OR ".join(f"status:{status}" for status in statuses)
    return f'"({anyone}) AND priority:{priority}"' if priority else f'"({anyone})"'


def open_queries(api: Api, statuses: Sequence[int], workspaces: Sequence[str | None]) -> tuple[Query, ...]:
    """The filter queries that together name every ticket in one of these statuses."""
    portions: list[tuple[int, ...]] = [()]
    for status in statuses:
        longer = (*portions[-1], status)
        if len(filter_text(longer, 4)) > LONGEST_QUERY:
            portions.append((status,))
        else:
            portions[-1] = longer
    return tuple(
        Query(
            doing="listing the open tickets",
            path=api.dialect.filter_path,
            key=api.dialect.filter_rows,
            operation="filter",
            params={"query": filter_text(portion), **params_of(workspace)},
            statuses=portion,
        )
        for workspace in workspaces
        for portion in portions
        if portion
    )


def changes_queries(api: Api, since: str, workspaces: Sequence[str | None]) -> tuple[Query, ...]:
    """The lists of every ticket that changed since an instant, also those created long ago."""
    return tuple(
        Query(
            doing="listing the changes",
            path="tickets",
            key="tickets",
            operation="list",
            params={
                "updated_since": since,
                "per_page": str(api.settings.per_page),
                "include": EMBEDS if api.dialect.wrapped else f"{EMBEDS},description",
                **api.dialect.order,
                **params_of(workspace),
            },
            cost=LIST_COST,
        )
        for workspace in workspaces
    )


@dataclass(slots=True)
class Scan:
    """Where the reading of some lists stands.

    Attributes:
        present: ids of all rows so far.
        first_date: the helpdesk's time when the first page was made: what changed later may be missing.
        short: a list is longer than the helpdesk will tell; it must not be taken for complete.
    """

    api: Api
    queries: tuple[Query, ...]
    moved_at: float
    number: int = 1
    present: set[str] = field(default_factory=set)
    first_date: datetime | None = None
    short: bool = False
    notes: list[str] = field(default_factory=list)
    _last_page: list[str] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def done(self) -> bool:
        """Whether every list was read to its end."""
        return not self.queries

    def wait(self) -> float:
        """Seconds until the next page may be paid for."""
        if self.done:
            return 0.0
        return self.api.credits.wait_for(self.queries[0].operation, self.queries[0].cost)

    def step(self) -> list[Any]:
        """Read one page. After an error the same page is read again by the next call.

        Raises:
            SourceError: as ``Api.page``; also when a page repeats the one before.
        """
        query = self.queries[0]
        page = self.api.page(
            query.path,
            query.key,
            query.params,
            operation=query.operation,
            doing=query.doing,
            number=self.number,
            cost=query.cost,
        )
        self.first_date = self.first_date or page.date
        self.moved_at = self.api.clock()
        if self.number == 1 and self._is_too_long(query, page):
            self.queries = (*query.halves(), *self.queries[1:])
            return page.rows
        ids = self._ids_of(page)
        if ids and ids == self._last_page:
            raise SourceError(
                "answer", f"while {query.doing}: page {self.number} repeats the page before it", status=200
            )
        self._last_page = ids
        self._seen.update(ids)
        self.present.update(ids)
        self._turn(query, page)
        return page.rows

    def _is_too_long(self, query: Query, page: Page) -> bool:
        if page.total is None or page.total <= self.api.dialect.filter_pages * FILTER_PAGE:
            return False
        if query.halves():
            return True
        self.short = True
        self.notes.append(f"{page.total} tickets share one status and priority: more than can be listed")
        return False

    def _ids_of(self, page: Page) -> list[str]:
        ids = []
        for row in page.rows:
            try:
                ids.append(row_id(row))
            except RowError as problem:
                self.notes.append(str(problem))
        return ids

    def _turn(self, query: Query, page: Page) -> None:
        """To the next page, or to the next list."""
        last = self.api.dialect.filter_pages if query.is_filter else LAST_PAGE
        if query.is_filter and page.total is not None:
            is_short = len(page.rows) < FILTER_PAGE and self.number * FILTER_PAGE >= page.total
            ended = len(self._seen) >= page.total or is_short
        elif query.is_filter:
            ended = len(page.rows) < FILTER_PAGE
        else:  # a full page without a link to the next: some proxies drop the header, so look
            ended = page.next is None and len(page.rows) < self.api.settings.per_page
        if page.rows and not ended and self.number < last:
            self.number = page.next or self.number + 1
            return
        named = len(self._seen)
        self.number, self._last_page, self._seen = 1, [], set()
        if page.total is not None and self._lacks_many(named, page.total):
            raise SourceError(
                "answer", f"while {query.doing}: the list names {named} of {page.total} tickets", status=200
            )
        self.queries = self.queries[1:]

    def _lacks_many(self, named: int, total: int) -> bool:
        """A few may close while the pages are read, and what a cap cuts off is known already."""
        return not self.short and total - named > max(2, total // 100)
