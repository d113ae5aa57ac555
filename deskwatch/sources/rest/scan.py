"""One list of many pages, read on across polls when the pace or the helpdesk stops it in the middle."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from deskwatch.sources.http_words import date_of
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.auth import decoded
from deskwatch.sources.rest.items import MOST_ITEMS, items_of, tickets_in
from deskwatch.sources.rest.paging import Caps, Counted, Page, PagingError, pager_of
from deskwatch.sources.rest.requests import Request
from deskwatch.sources.rest.settings import ListSettings
from deskwatch.sources.source import SourceError

ENDS = (400, 404, 416)
"""States that mean "past the last page" when pages are counted, and only after a first page."""

RESUME_WITHIN = 900.0
"""Seconds for which the pages of an interrupted list still fit together."""

Identify = Callable[[Any], str]
"""The id of an item; raises ValueError with words."""
Restart = Callable[[], Request | None]
"""The request from the newest change seen on; None when that would be the same again."""


@dataclass
class Scan:
    """Where the reading of a list stands.

    Attributes:
        present: ids of all tickets in it so far.
        first_date: the helpdesk's time when the first page was made, or ours when it tells none: what changed
            later may be missing.
        doubts: why it may not be all.
        unread: items without a usable id; any of them may be one of our tickets.
        too_long: it has more pages or items than are read.
        shifted: an item came again on a later page, so another may have slipped onto one that was read.
        body: the last answer.
        newest: the newest change of its tickets; whoever reads them sets it.
    """

    api: Api
    settings: ListSettings
    request: Request
    identify: Identify
    caps: Caps
    restart: Restart | None = None
    present: set[str] = field(default_factory=set)
    first_date: datetime | None = None
    doubts: list[str] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)
    body: Any = None
    newest: datetime | None = None
    unread: int = 0
    too_long: bool = False
    shifted: bool = False
    moved_at: float = 0.0
    pages: int = 0

    def __post_init__(self) -> None:
        self.moved_at = self.api.clock()
        self._seen: set[str] = set()
        self._last: list[str] = []
        self._broken: SourceError | None = None
        self._begin(self.request)

    def _begin(self, request: Request) -> None:
        self._pager = pager_of(
            self.settings.paging,
            root=self.api.settings.base_url,
            hidden=self.api.hidden_params,
            caps=self.caps,
        )
        self._next: Request | None = self._pager.first(request)
        self._window = 0
        self._last = []
        self._restarts = False

    @property
    def done(self) -> bool:
        """Whether the list was read to its end."""
        return self._next is None

    @property
    def is_broken(self) -> bool:
        """Whether it can never be read to its end and has to be begun anew."""
        return self._broken is not None

    @property
    def is_complete(self) -> bool:
        """Whether what it lacks is not there."""
        return self.done and not self.doubts and not self.unread

    def step(self) -> list[Any]:
        """Read one page; the tickets in it. After an error the same page is read again by the next call.

        Raises:
            SourceError: no usable answer, or a next page that must not be asked for.
        """
        asked = self._next
        if asked is None:
            return []
        if self._broken is not None:
            raise self._broken
        if self._restarts and self.restart is not None:
            again = self.restart()
            if again is None:
                self._doubt(f"{self._window} pages tell of one moment only")
                self._next = None
                return []
            self._begin(again)
            asked = self._next or again
        asked_at = self.api.now
        try:
            answer = self.api.ask(asked)
        except SourceError as error:
            if self._window and error.status in ENDS and isinstance(self._pager, Counted):
                self._pager.refused(error.status, seen=len(self._seen), count=len(self._last))
                self._end()
                return []
            raise
        self.first_date = self.first_date or date_of(answer.headers) or asked_at
        self.moved_at = self.api.clock()
        raw: list[Any] = []
        kept: list[Any] = []
        if answer.status not in asked.empty:
            raw, kept = self._items(answer, asked)
        self.pages += 1
        self._window += 1
        page = self._page(raw, answer.headers, asked)
        for item in kept:
            self._note_present(item)
        self._turn(page)
        return kept

    def _items(self, answer: Any, asked: Request) -> tuple[list[Any], list[Any]]:
        """All items of the page, and those that are tickets."""
        settings = self.settings
        is_csv = settings.format == "csv"
        self.body = None if is_csv else decoded(answer, asked, self.api.words)
        try:
            raw = items_of(answer.body if is_csv else self.body, settings)
        except ValueError as problem:
            words = f"{asked.part}.{problem} (in {self.api.words.file})"
            raise self.api.words.error("answer", asked.doing, words, status=answer.status) from None
        tickets, doubtful = tickets_in(raw, settings)
        if doubtful is not None:
            self.notes[f"{asked.part}.{doubtful}"] = None
        return raw, tickets

    def _page(self, raw: list[Any], headers: Any, asked: Request) -> Page:
        marks = [self._mark(item) for item in raw]
        fresh = len(set(marks) - self._seen)
        is_one_question = self.pages == self._window and isinstance(self._pager, Counted)
        self.shifted |= is_one_question and 0 < fresh < len(set(marks))
        self._seen.update(marks)
        same = bool(marks) and marks == self._last
        self._last = marks
        return Page(
            number=self._window,
            count=len(raw),
            fresh=fresh,
            seen=len(self._seen),
            same=same,
            body=self.body,
            headers=headers,
            asked=asked,
        )

    def _mark(self, item: Any) -> str:
        try:
            return self.identify(item)
        except ValueError:
            return repr(item)[:500]

    def _note_present(self, item: Any) -> None:
        try:
            self.present.add(self.identify(item))
        except ValueError as problem:
            self.notes[str(problem)] = None
            self.unread += 1

    def _turn(self, page: Page) -> None:
        doing = page.asked.doing
        try:
            self._next = self._pager.next(page)
        except PagingError as problem:
            words = f"page {self.pages}: {problem}; check {page.asked.part}.paging in {self.api.words.file}"
            self._broken = self.api.words.error("answer", doing, words, status=200)
            return
        if self._next is None:
            self._end()
            return
        after = getattr(self.settings.paging, "restart_after", None)
        if self.restart is not None and after is not None and self._window >= after:
            self._restarts = True  # with the next step: the dates of this page are not known yet
        elif self.pages >= self.api.settings.max_pages:
            self._give_up(f"the list has more than {self.pages} pages (max_pages)")
        elif len(self._seen) >= MOST_ITEMS:
            self._give_up(f"the list has more than {MOST_ITEMS} items")

    def _give_up(self, words: str) -> None:
        self.too_long = True
        self._doubt(words)
        self._next = None

    def _end(self) -> None:
        self._next = None
        if self._pager.doubt:
            self._doubt(self._pager.doubt)

    def _doubt(self, words: str) -> None:
        if words not in self.doubts:
            self.doubts.append(words)
