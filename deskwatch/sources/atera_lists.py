"""What lists of Atera say, read in portions: everything open, or everything that changed."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from deskwatch.core.sync import Gone, Snapshot
from deskwatch.core.ticket import Ticket
from deskwatch.sources.atera_api import Api, utc_text
from deskwatch.sources.atera_rows import RowReader
from deskwatch.sources.atera_scan import Query, Scan, changes_query, status_query
from deskwatch.sources.row_ids import RowError
from deskwatch.sources.source import Known, SourceError

RESUME_WITHIN = 900.0
"""Seconds for which the pages of an interrupted list still fit together."""
PAGES_AT_ONCE = 20
"""Pages of one poll; then what was read is filed and the next poll goes on."""
LEARN_EVERY, LEARN_BACK, LEARN_PAGES = timedelta(days=1), timedelta(days=30), 40
"""Status texts are learned once a day from so many pages of what changed in the last month."""
_NO_LESSON = ("server", "answer", "config", "forbidden", "not_found")
"""Errors for which learning waits until tomorrow; the list of open tickets is worth more."""


class Verdicts:
    """What the rows of one poll say. Of two rows for one ticket the later counts: pages shift meanwhile."""

    def __init__(self, reader: RowReader) -> None:
        self._reader = reader
        self.rows: list[Any] = []
        self.found: dict[str, Ticket | Gone] = {}
        self.notes: list[str] = []

    def read(self, rows: Iterable[Any]) -> list[Ticket | Gone]:
        """Take in rows of a page, and answer what they say; unusable ones become notes."""
        verdicts = []
        for row in rows:
            self.rows.append(row)
            try:
                verdicts.append(self._reader.read(row))
            except RowError as problem:
                self.notes.append(str(problem))
        self.found |= {verdict.id: verdict for verdict in verdicts}
        return verdicts

    def add(self, verdict: Ticket | Gone) -> None:
        """Take in one verdict."""
        self.found[verdict.id] = verdict

    def snapshot(self, **more: Any) -> Snapshot:
        """Everything so far; ``more`` are further attributes of a snapshot."""
        notes = tuple(dict.fromkeys((*self.notes, *more.pop("notes", ()))))
        return Snapshot(
            self._reader.source,
            tickets=tuple(v for v in self.found.values() if isinstance(v, Ticket)),
            gone=tuple(v for v in self.found.values() if isinstance(v, Gone)),
            notes=notes,
            **more,
        )


def read_on(
    api: Api,
    scan: Scan,
    verdicts: Verdicts,
    after: Callable[[list[Ticket | Gone]], None] = lambda found: None,
) -> float | None:
    """Read pages until the end (None), or until the calls of this minute are used up: seconds to wait.

    Raises:
        SourceError: a page could not be read; what was read before is its progress.
    """
    for _ in range(PAGES_AT_ONCE):
        if scan.done:
            return None
        if wait := api.wait():
            return wait
        try:
            rows = scan.step()
        except SourceError as problem:
            problem.progress = verdicts.snapshot()
            raise
        after(verdicts.read(rows))
    return None if scan.done else 0.0


def is_stale(api: Api, scan: Scan) -> bool:
    """Whether too much time passed since the last page."""
    return api.clock() - scan.moved_at > RESUME_WITHIN


class OpenList:
    """Everything open: each status that is not over, then (daily) which statuses there are, then new ones."""

    def __init__(self, api: Api, reader: RowReader) -> None:
        self._api, self._reader = api, reader
        self._scan: Scan | None = None
        self._asked: set[str] = set()
        self._lesson: Query | None = None
        self._present: set[str] = set()
        self.learned_at: datetime | None = None
        self.pages = 0

    def read(self, known: Known) -> tuple[Snapshot, Scan | None]:
        """Go on; the scan is told when it is done, and the snapshot is complete then.

        Raises:
            SourceError: see ``read_on``.
        """
        if self._scan is None or is_stale(self._api, self._scan):
            self._begin(known)
        scan, verdicts = self._scan, Verdicts(self._reader)
        assert scan is not None
        while True:
            try:
                wait = read_on(self._api, scan, verdicts, lambda found: self._after(scan, found))
                break
            except SourceError as problem:
                if not self._may_skip(scan, problem):
                    raise
        if wait is not None:
            return verdicts.snapshot(notes=scan.notes, more_in=wait), None
        self._scan, self.pages = None, scan.pages
        present = frozenset(self._present)
        return verdicts.snapshot(notes=scan.notes, present=present, complete=True), scan

    def _begin(self, known: Known) -> None:
        self._scan = Scan(self._api, [], self._api.clock())
        self._asked, self._present, self._lesson = set(), set(), None
        self._reader.statuses.learn({ticket.status.id for ticket in known.values()})
        self._ask_for_new(self._scan)
        if self.learned_at is None or abs(self._api.now - self.learned_at) >= LEARN_EVERY:
            since = utc_text(self._api.now - LEARN_BACK)
            self._lesson = changes_query(since, most_pages=LEARN_PAGES)
            self._scan.queries.append(self._lesson)

    def _ask_for_new(self, scan: Scan) -> None:
        new = [text for text in self._reader.statuses.open_texts if text not in self._asked]
        self._asked.update(new)
        scan.queries += [status_query(text) for text in new]

    def _after(self, scan: Scan, found: list[Ticket | Gone]) -> None:
        """A page was read: who is open, and does a status show up that nobody asked for?"""
        for verdict in found:
            is_open = isinstance(verdict, Ticket) and not verdict.is_over
            (self._present.add if is_open else self._present.discard)(verdict.id)
        if self._lesson is not None and self._lesson not in scan.queries:
            self._lesson, self.learned_at = None, self._api.now
        self._ask_for_new(scan)

    def _may_skip(self, scan: Scan, problem: SourceError) -> bool:
        """Learning that fails stops nothing; where changes are not listed, some tickets are read instead."""
        if self._lesson is None or scan.queries[0] is not self._lesson or problem.kind not in _NO_LESSON:
            return False
        scan.skip()
        if problem.kind == "not_found" and self._lesson.path != "tickets":
            self._lesson = Query("tickets", {}, "learning the statuses", LEARN_PAGES)
            scan.queries.insert(0, self._lesson)
        else:
            scan.notes.append(f"status texts could not be learned: {problem.words}")
            self._lesson, self.learned_at = None, self._api.now
        return True
