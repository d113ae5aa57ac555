"""What an admin sees while a file is written: ``source try`` and ``check --live``."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deskwatch.core.ticket import format_instant
from deskwatch.sources.rest.api import Api
from deskwatch.sources.rest.changes import Cursor
from deskwatch.sources.rest.details import Details
from deskwatch.sources.rest.guard import Guard
from deskwatch.sources.rest.lists import Lists
from deskwatch.sources.rest.rows import Row, RowError
from deskwatch.sources.rest.verdicts import Verdicts
from deskwatch.sources.source import Finding, SourceError

SKEW_LIMIT = 120.0
MOST_PAGES = 5
"""Pages that a check or a sample reads; the watcher reads all."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A few items for ``source try``: each as the helpdesk tells it and as it was read, or why it was not."""

    items: tuple[tuple[Any, Row | str], ...]
    asked: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass
class Trying:
    """Tries everything that a file describes, once."""

    api: Api
    guard: Guard
    lists: Lists
    details: Details
    verdicts: Verdicts | None

    def sample(self, limit: int, *, now: datetime) -> Sample:
        """The first items of the list, and every request in words.

        Raises:
            SourceError: the list cannot be read.
        """
        self.api.asked.clear()
        self.guard.prove()
        lookups = self.lists.harvest.lookups
        lookups.refresh(now=now, anyway=True)
        scan = self.lists.open()
        found: list[tuple[Any, Row | str]] = []
        while not scan.done and len(found) < limit and scan.pages < MOST_PAGES:
            found += [(item, self._row(item)) for item in scan.step()[: limit - len(found)]]
        notes = [*lookups.notes.values(), *self.details.notes.values(), *scan.doubts, *scan.notes]
        if not scan.done and len(found) < limit:
            notes.append(f"no more than {scan.pages} pages were read")
        return Sample(tuple(found), tuple(self.api.asked), tuple(notes))

    def findings(self, *, now: datetime) -> list[Finding]:
        """What works and what does not, in words; ends early when the list cannot be read."""
        findings: list[Finding] = []

        def tried(do: Callable[[], str | None]) -> bool:
            try:
                words = do()
            except SourceError as error:
                is_right = error.kind in ("auth", "forbidden", "config", "not_found")
                findings.append(Finding(False, error.words, unreachable=not is_right))
                return False
            if words:
                findings.append(Finding(True, words))
            return True

        rows: list[tuple[Any, Row | str]] = []
        if not (tried(self._probe) and tried(lambda: self._names(now)) and tried(lambda: self._open(rows))):
            return findings
        findings += self._gaps(rows)
        good = [(item, row) for item, row in rows if isinstance(row, Row)]
        tried(lambda: self._changed(now))
        if good:
            tried(lambda: self._one(good[0][1]))
            tried(lambda: self._detail(good[0][0]))
        findings += self._clock()
        return findings

    def _probe(self) -> str | None:
        self.guard.prove()
        return "the key works, says the probe" if self.guard.has_probe else None

    def _names(self, now: datetime) -> str | None:
        lookups = self.lists.harvest.lookups
        lookups.refresh(now=now, anyway=True)
        for note in lookups.notes.values():
            raise SourceError("answer", note)
        sizes = [f"{len(table)} of {name}" for name, table in lookups.tables.items()]
        return f"names are known: {', '.join(sizes)}" if sizes else None

    def _open(self, rows: list[tuple[Any, Row | str]]) -> str | None:
        scan = self.lists.open()
        while not scan.done and scan.pages < MOST_PAGES:
            rows += [(item, self._row(item, details=False)) for item in scan.step()]
        if scan.done and scan.doubts:
            raise self.api.words.error("answer", scan.request.doing, "; ".join(scan.doubts), status=200)
        more = "" if scan.done else f" on the first {scan.pages} pages"
        return f"{len(scan.present)} tickets are listed{more}"

    def _gaps(self, rows: list[tuple[Any, Row | str]]) -> list[Finding]:
        unmapped = sorted({word for _, row in rows if isinstance(row, Row) for word in row.unmapped})
        notes = sorted({note for _, row in rows if isinstance(row, Row) for note in row.notes})
        bad = sorted({row for _, row in rows if isinstance(row, str)})
        file = self.api.words.file
        found = [Finding(False, f"{word} is not mapped in {file}") for word in unmapped[:20]]
        return found + [Finding(False, f"{note} (in {file})") for note in (*notes[:20], *bad[:20])]

    def _changed(self, now: datetime) -> str | None:
        if self.api.settings.changes is None:
            return "changes are found by comparing the whole list"
        scan = self.lists.changes(Cursor(since=now, asked=now))
        scan.step()
        return "changes can be listed"

    def _one(self, row: Row) -> str | None:
        if self.verdicts is None:
            return None
        id_ = row.verdict.id
        if self.verdicts.item(id_) is None:
            words = f"one finds nothing for ticket {id_}, which the list names; check one in"
            raise SourceError("config", f"{words} {self.api.words.file}")
        return "a single ticket can be read"

    def _detail(self, item: Any) -> str | None:
        if not self.api.settings.details:
            return None
        self.details.of(item)
        return f"details can be read: {', '.join(self.api.settings.details)}"

    def _clock(self) -> list[Finding]:
        skew = self.api.skew
        if skew is None or abs(skew) <= SKEW_LIMIT:
            return []
        way = "ahead of" if skew > 0 else "behind"
        words = (
            f"this clock is {round(abs(skew) / 60)} min {way} the helpdesk's ({format_instant(self.api.now)})"
        )
        return [Finding(False, words)]

    def _row(self, item: Any, *, details: bool = True) -> Row | str:
        reader, lookups = self.lists.harvest.reader, self.lists.harvest.lookups
        answers = None
        if details and self.api.settings.details:
            try:
                answers = self.details.of(item)
            except SourceError as error:
                self.details.notes.setdefault("try", error.words)
        try:
            row = reader.read(item, lookups=lookups.tables, details=answers)
        except RowError as problem:
            return str(problem)
        return row
