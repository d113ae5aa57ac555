"""The database: SQLite beside the tickets unless told another, opened so that what is committed stays."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from deskwatch.errors import UsageError
from deskwatch.store.atomic import make_folder
from deskwatch.store.errors import StoreError
from deskwatch.store.tables import METADATA

log = logging.getLogger(__name__)

BUSY_SECONDS = 5.0
"""How long a writer waits for the other process that writes to the same file."""
CONNECT_SECONDS = 5
FILE_MODE = 0o600
"""Only this user: texts of alerts and phone numbers are in it."""
_PATIENCE = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""For a server that vanished without a word, in seconds but the last: libpq would wait for hours.
https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS"""
_SESSION = text("SELECT pg_backend_pid()")
_BROKEN = ("file is not a database", "database disk image is malformed")


def open_database(where: Path | str) -> Engine:
    """The database at a path (SQLite) or a URL, with every table made that is missing.

    A file that is no database any more is set aside as ``NAME.broken`` and a new one begun: the notifier
    then starts quietly, which is better than not at all.

    Raises:
        StoreError: it cannot be opened or written.
        UsageError: the URL is none, or its driver is not installed.
    """
    engine = _engine(where)
    try:
        _make_tables(engine)
    except StoreError as problem:
        if not (isinstance(where, Path) and any(words in str(problem) for words in _BROKEN)):
            raise
        engine.dispose()
        aside = where.with_name(f"{where.name}.broken")
        try:
            for suffix in ("", "-wal", "-shm"):
                part = where.with_name(where.name + suffix)
                if part.exists():
                    part.replace(aside.with_name(aside.name + suffix))
        except OSError as held:  # Windows: another process has it open
            raise StoreError.of("set aside", where, held) from held
        log.error("%s was no database any more; it is now %s and a new one was begun", where, aside.name)
        engine = _engine(where)
        _make_tables(engine)
    return engine


def read_database(where: Path | str) -> Engine | None:
    """The same for somebody who only reads; ``None``: there is no database yet.

    Raises:
        UsageError: the URL is none, or its driver is not installed.
    """
    if isinstance(where, Path):
        return _sqlite(where, read_only=True) if where.is_file() else None
    return _engine(where)


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All or nothing; what is committed survives a power cut.

    Raises:
        StoreError: nothing was changed.
    """
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as problem:
        raise StoreError(f"the database cannot be used: {_words(problem)}") from problem


def _make_tables(engine: Engine) -> None:
    with transaction(engine) as connection:
        if connection.dialect.name == "postgresql":  # IF NOT EXISTS is no shield against another CREATE
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('deskwatch tables'))"))
        METADATA.create_all(connection)


def _words(problem: SQLAlchemyError) -> str:
    """What went wrong without the statement and its values: those hold people's texts."""
    origin = getattr(problem, "orig", None)
    return str(origin if origin is not None else problem).splitlines()[0][:200]


def _engine(where: Path | str) -> Engine:
    if isinstance(where, Path):
        return _sqlite(where)
    try:
        url = make_url(where)
        if url.get_backend_name() == "sqlite":
            return _sqlite(Path(url.database or ""))
        if url.get_backend_name() == "postgresql" and "+" not in url.drivername:
            url = url.set(drivername="postgresql+psycopg")
        arguments = _PATIENCE if url.get_backend_name() == "postgresql" else {}
        return create_engine(url, connect_args=arguments, pool_pre_ping=True, hide_parameters=True)
    except (ArgumentError, NoSuchModuleError):
        raise UsageError("database: expected a URL such as postgresql://user@host/deskwatch") from None
    except ModuleNotFoundError as missing:
        raise UsageError(
            f"database: {missing.name} is not installed; run: pip install 'psycopg[binary]'"
        ) from None


def _sqlite(path: Path, *, read_only: bool = False) -> Engine:
    if not read_only:
        _make_file(path)
    mode = "ro" if read_only else "rwc"
    where = path.resolve().as_uri()  # escapes what has a meaning in addresses, such as # and %
    url = URL.create("sqlite", database=where, query={"mode": mode, "uri": "true"})
    engine = create_engine(
        url, poolclass=QueuePool, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"  # a reader that turns writer could be refused at once

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not begin transactions of its own
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _make_file(path: Path) -> None:
    make_folder(path.parent)
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
    try:
        os.close(os.open(path, flags, FILE_MODE))
    except OSError as problem:
        raise StoreError.of("open", path, problem) from problem


@contextmanager
def sole_writer(engine: Engine, name: str) -> Iterator[Callable[[], bool]]:
    """A question: whether ``name`` on this database is ours; on SQLite the lock file of the home tells that.

    PostgreSQL lets go of an advisory lock when the session ends: after kill -9, but also when the server is
    started again or a router forgets the connection. Somebody else may then have it, so ask now and then.
    """
    if engine.dialect.name != "postgresql":
        yield lambda: True
        return
    with engine.connect() as connection:
        held = connection.scalar(text("SELECT pg_try_advisory_lock(hashtext(:name))"), {"name": name})
        session = connection.scalar(_SESSION)
        connection.commit()

        def is_ours() -> bool:
            for _ in range(
                2
            ):  # the first question after the end of the session fails, the next one has a new
                try:
                    same = connection.scalar(_SESSION) == session
                    connection.commit()
                    return bool(held) and same
                except SQLAlchemyError:
                    connection.rollback()
            return bool(held)  # the database is away, so nobody can write

        yield is_ours
