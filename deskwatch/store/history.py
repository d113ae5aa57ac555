"""Every change of every ticket: who, what, from, to. Written by the watcher, read by reports."""

import logging
from collections import deque
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from deskwatch.core.changes import Change
from deskwatch.errors import UsageError
from deskwatch.store.database import open_database, read_database, transaction
from deskwatch.store.errors import StoreError
from deskwatch.store.tables import CHANGES

log = logging.getLogger(__name__)

MOST_WAITING = 50_000
"""Changes kept in memory while the database cannot be written; then the oldest are lost, and that is said."""
_COLUMNS = tuple(each.name for each in fields(Change))


class History:
    """Keeps changes. The tickets matter more: a database that fails delays nothing and is tried again."""

    def __init__(self, where: Path | str) -> None:
        self._where = where
        self._waiting: deque[dict[str, Any]] = deque(maxlen=MOST_WAITING)
        self._failing = False
        self._engine: Engine | None = None

    def add(self, changes: Iterable[Change]) -> None:
        """Keep changes until the next ``flush``."""
        before = len(self._waiting)
        rows = [{name: getattr(change, name) for name in _COLUMNS} for change in changes]
        self._waiting.extend(rows)
        if lost := before + len(rows) - len(self._waiting):
            log.warning("The history of tickets loses %d changes: its database cannot be written", lost)

    def flush(self) -> int:
        """Write what waits, in one transaction; answers how many. A failure is told once and tried again."""
        if not self._waiting:
            return 0
        rows = list(self._waiting)
        try:
            with transaction(self._open()) as connection:
                connection.execute(insert(CHANGES), rows)
        except StoreError as problem:
            if not self._failing:
                log.warning("The history of tickets waits: %s", problem)
            self._failing = True
            return 0
        if self._failing:
            log.info("The history of tickets is written again")
        self._failing = False
        self._waiting.clear()
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
            return connection.execute(delete(CHANGES).where(CHANGES.c.at < before)).rowcount

    def close(self) -> None:
        """Write what waits and let the database go."""
        self.flush()
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
