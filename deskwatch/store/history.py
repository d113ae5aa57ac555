"""Every change of every ticket: who, what, from, to. Written by the watcher, read by reports."""

import logging
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import Connection, Engine, delete, insert, select

from deskwatch.core.changes import Change
from deskwatch.core.foreseen import Foreseen, Shown, came_true
from deskwatch.errors import UsageError
from deskwatch.store.database import open_database, read_database, transaction
from deskwatch.store.errors import StoreError
from deskwatch.store.history_spool import HistorySpool
from deskwatch.store.tables import CHANGE_BATCHES, CHANGES

log = logging.getLogger(__name__)

MOST_WAITING = 50_000
"""Changes kept in memory while the database cannot be written; then the oldest are lost, and that is said."""
_COLUMNS = tuple(each.name for each in fields(Change))
_ONCE = "once-"
_ASKED = 500
"""Batches the database is asked about at once."""


class _Row(NamedTuple):
    batch: str
    values: dict[str, Any]


class History:
    """Keeps changes. The tickets matter more: a database that fails delays nothing and is tried again.

    With a spool, ``foresee`` comes before the tickets are written and ``settle`` after that: then a process
    may die at any moment, and the next one knows by ``recover`` what is still to be kept.
    """

    def __init__(self, where: Path | str, spool: Path | None = None) -> None:
        self._where = where
        self._spool = HistorySpool(spool) if spool is not None else None
        self._waiting: deque[_Row] = deque(maxlen=MOST_WAITING)
        self._batches: dict[str, datetime] = {}
        self._open_batches: set[str] = set()
        self._committed: set[str] = set()
        self._forgotten: set[str] = set()
        self._failing = False
        self._engine: Engine | None = None

    def foresee(
        self,
        changes: Iterable[Change],
        *,
        now: datetime,
        before: Mapping[str, str | None],
        after: Mapping[str, str],
    ) -> Foreseen | None:
        """Write down what the files are about to show; see ``Foreseen``. None: there is nothing to keep."""
        rows = tuple(changes)
        if not rows:
            return None
        foreseen = Foreseen(batch=uuid4().hex, at=now, changes=rows, before=before, after=after)
        if self._spool is not None:
            self._open_batches.add(foreseen.batch)
            self._spool.append(foreseen)
        return foreseen

    def settle(self, foreseen: Foreseen, kept: tuple[Change, ...]) -> None:
        """This is what happened of it; the rows wait for the next ``flush``."""
        if self._spool is not None and len(kept) < len(foreseen.changes):
            self._spool.append(replace(foreseen, changes=kept, before={}, after={}, settled=True))
        self._open_batches.discard(foreseen.batch)
        self._wait(foreseen.batch, foreseen.at, kept)

    def confirm(self, *, now: datetime) -> None:
        """Tickets come back from the archive now: nobody shall judge by that what was settled before."""
        if self._spool is not None and self._spool.is_in_use:
            self._spool.append(Foreseen(batch=uuid4().hex, at=now, changes=(), settled=True))

    def recover(self, shows: Callable[[str], Shown]) -> tuple[Change, ...]:
        """What a predecessor foresaw: keep what the files bear out; answers what is owed (``Outcome``)."""
        left = self._spool.read() if self._spool is not None else ()
        owed: dict[str, Change] = {}
        for number, foreseen in enumerate(left, start=1):
            if number < len(left):  # only the last filing can have been interrupted
                self._wait(foreseen.batch, foreseen.at, foreseen.changes)
                continue
            outcome = came_true(foreseen, shows)
            self.settle(foreseen, outcome.kept)
            owed |= {change.ticket: change for change in outcome.owed}
        if left:
            rows = self.flush()
            log.info("%d changes of tickets that a stopped watcher left behind are in the history now", rows)
        elif self._spool is not None:
            self._spool.empty()
        return tuple(owed.values())

    def add_once(self, name: str, change: Change, *, now: datetime) -> None:
        """Keep a change until the next ``flush``; said again under its name, even after a kill, it is one."""
        foreseen = Foreseen(batch=_ONCE + name, at=now, changes=(change,), settled=True)
        if foreseen.batch in self._batches:
            return
        if self._spool is not None:
            self._spool.append(foreseen)
        self._wait(foreseen.batch, now, foreseen.changes)

    def add(self, changes: Iterable[Change]) -> None:
        """Keep changes until the next ``flush``."""
        rows = tuple(changes)
        if rows:
            self._wait(uuid4().hex, rows[-1].at, rows)

    def _wait(self, batch: str, at: datetime, changes: Sequence[Change]) -> None:
        before = len(self._waiting)
        self._batches[batch] = at
        rows = [_Row(batch, {name: getattr(change, name) for name in _COLUMNS}) for change in changes]
        self._waiting.extend(rows)
        if lost := before + len(rows) - len(self._waiting):
            log.warning("The history of tickets loses %d changes: its database cannot be written", lost)

    def flush(self) -> int:
        """Write what waits, in one transaction; answers how many. A failure is told once and tried again."""
        if not self._batches:
            return 0
        try:
            with transaction(self._open()) as connection:
                written = self._write(connection)
        except StoreError as problem:
            if not self._failing:
                log.warning("The history of tickets waits: %s", problem)
            self._failing = True
            return 0
        if self._failing:
            log.info("The history of tickets is written again")
        self._failing = False
        self._waiting.clear()
        self._forgotten.clear()
        self._committed |= self._batches.keys()
        self._batches.clear()
        if self._spool is None or (not self._open_batches and self._spool.empty()):
            self._forgotten = {batch for batch in self._committed if not batch.startswith(_ONCE)}
            self._committed.clear()
        return written

    def _write(self, connection: Connection) -> int:
        """A batch that is there already is left out: a kill or a lost answer came after its commit."""
        key = CHANGE_BATCHES.c.batch
        there = {
            batch
            for asked in _portions(self._batches)
            for batch in connection.scalars(select(key).where(key.in_(asked)))
        }
        for gone in _portions(self._forgotten):
            connection.execute(delete(CHANGE_BATCHES).where(key.in_(gone)))
        rows = [row.values for row in self._waiting if row.batch not in there]
        new = [{"batch": batch, "at": at} for batch, at in self._batches.items() if batch not in there]
        if rows:
            connection.execute(insert(CHANGES), rows)
        if new:
            connection.execute(insert(CHANGE_BATCHES), new)
        return len(rows)

    def of_ticket(self, ticket: str) -> tuple[Change, ...]:
        """The changes of one ticket in the order in which they were seen.

        Raises:
            StoreError: the database cannot be read.
        """
        query = select(CHANGES).where(CHANGES.c.ticket == ticket).order_by(CHANGES.c.id)
        with transaction(self._open()) as connection:
            rows = connection.execute(query).mappings()
            return tuple(Change(**{name: row[name] for name in _COLUMNS}) for row in rows)

    def prune(self, before: datetime) -> int:
        """Delete changes older than that; answers how many.

        Raises:
            StoreError: nothing was deleted.
        """
        with transaction(self._open()) as connection:
            connection.execute(delete(CHANGE_BATCHES).where(CHANGE_BATCHES.c.at < before))
            return connection.execute(delete(CHANGES).where(CHANGES.c.at < before)).rowcount

    def close(self) -> None:
        """Write what waits and let the database go."""
        self.flush()
        if self._spool is not None:
            self._spool.close()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _open(self) -> Engine:
        if self._engine is None:
            try:
                self._engine = open_database(self._where)
            except UsageError as problem:
                raise StoreError(str(problem)) from None
        return self._engine


def last_changes(where: Path | str, ticket: str, most: int) -> tuple[Change, ...]:
    """The latest changes of a ticket, newest first, for somebody who only reads; empty: there is no database.

    Raises:
        StoreError: the database cannot be read.
        UsageError: the URL is none, or its driver is not installed.
    """
    engine = read_database(where)
    if engine is None:
        return ()
    query = select(CHANGES).where(CHANGES.c.ticket == ticket).order_by(CHANGES.c.id.desc()).limit(most)
    try:
        with transaction(engine) as connection:
            rows = connection.execute(query).mappings()
            return tuple(Change(**{name: row[name] for name in _COLUMNS}) for row in rows)
    finally:
        engine.dispose()


def _portions(batches: Collection[str]) -> Iterator[list[str]]:
    remaining = iter(batches)
    while portion := list(islice(remaining, _ASKED)):
        yield portion
