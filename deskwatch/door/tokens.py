"""Tokens for the API: opaque, kept as hashes in ``state/api-tokens.json``, revocable one by one.

The file has two writers, the watcher (logins) and the command line, so each change is made under a lock. A
line that is deleted by hand ends its token at once.
"""

import hashlib
import hmac
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from deskwatch.clock import monotonic
from deskwatch.core.ticket import TicketError, format_instant, parse_instant
from deskwatch.errors import LockHeldError
from deskwatch.store.atomic import make_folder, write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object
from deskwatch.store.errors import StoreError
from deskwatch.store.lock import OneOf
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.ticket_file import Stamp

PREFIX = "dwt_"
"""What every token begins with, so that scanners for leaked secrets know it."""
FILE_MODE = 0o600
MOST_LOGINS = 20
"""Tokens of one user's logins that live at once; the oldest ends when one more is made."""
LOCK_PATIENCE = 3.0
KEPT_AFTER_END = timedelta(days=90)
"""How long an ended token stays in the file: a clock that was ahead for a while must not end all for good."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A token as it is kept. ``password`` tells which password a login used: a new one ends the token."""

    id: str
    user: str
    sha256: str
    made_at: datetime
    expires_at: datetime
    made_by: Literal["login", "command"] = "command"
    password: str = ""


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def trace_of(password_hash: str | None) -> str:
    """Tells whether a password is still the same, without its hash."""
    return hashlib.sha256(f"deskwatch {password_hash}".encode()).hexdigest()[:16]


class TokenShelf:
    """The tokens in a file. Safe in any thread and beside other processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._stamp: Stamp | None = None
        self._issued: tuple[Issued, ...] = ()

    def issue(
        self,
        user: str,
        *,
        life: timedelta,
        now: datetime,
        made_by: Literal["login", "command"] = "command",
        password: str = "",
    ) -> tuple[str, Issued]:
        """Make a token; answers it, which nobody can do again, and what is kept of it.

        Raises:
            StoreError: it could not be kept, so it is worth nothing.
        """
        token = PREFIX + secrets.token_urlsafe(32)
        issued = Issued(secrets.token_hex(4), user, digest(token), now, now + life, made_by, password)
        with self._changing(now) as kept:
            logins = [i for i in kept if i.user == user and i.made_by == "login"]
            if made_by == "login":
                too_many = max(0, len(logins) + 1 - MOST_LOGINS)
                for oldest in sorted(logins, key=lambda i: i.made_at)[:too_many]:
                    kept.remove(oldest)
            kept.append(issued)
        return token, issued

    def find(self, token: str, *, now: datetime) -> Issued | None:
        """What is kept of a token that has not ended. Every hash is compared, in constant time.

        Raises:
            StoreError: the file cannot be read, so nobody can tell.
        """
        presented, found = digest(token), None
        for issued in self.all():
            if hmac.compare_digest(issued.sha256, presented):
                found = issued
        return found if found is not None and now < found.expires_at else None

    def all(self) -> tuple[Issued, ...]:
        """Every token that is kept, ended ones included. Reads the file again when it changed.

        Raises:
            StoreError: the file cannot be read.
        """
        with self._lock:
            try:
                found = self.path.lstat()
            except FileNotFoundError:
                self._stamp, self._issued = None, ()
                return ()
            except OSError as problem:
                raise StoreError.of("read", self.path, problem) from problem
            if self._stamp != Stamp.of(found):
                self._issued, self._stamp = tuple(_read(self.path)), Stamp.of(found)
            return self._issued

    def revoke(self, id_or_user: str, *, now: datetime) -> tuple[Issued, ...]:
        """End the token of this id, or all of this user. Answers those that ended.

        Raises:
            StoreError: they are as they were.
        """
        with self._changing(now) as kept:
            gone = [i for i in kept if id_or_user in (i.id, i.user)]
            kept[:] = [i for i in kept if i not in gone]
        return tuple(gone)

    @contextmanager
    def _changing(self, now: datetime) -> Iterator[list[Issued]]:
        make_folder(self.path.parent)
        with _patiently(OneOf(self.path.with_suffix(".lock"))):
            known = _read(self.path) if self.path.exists() else ()
            kept = [i for i in known if i.expires_at > now - KEPT_AFTER_END]
            before = list(kept)
            yield kept
            if kept != before or not self.path.exists():
                data = {"schema": 1, "tokens": [_plain(i) for i in kept]}
                write_atomic(self.path, encode_object(data), mode=FILE_MODE)


@contextmanager
def _patiently(lock: OneOf) -> Iterator[None]:
    until, never = monotonic() + LOCK_PATIENCE, threading.Event()
    while True:
        try:
            lock.__enter__()
            break
        except LockHeldError:
            if monotonic() > until:
                raise StoreError(
                    f"cannot change {lock.path.with_suffix('.json')}: somebody else does"
                ) from None
            never.wait(0.02)
    try:
        yield
    finally:
        lock.__exit__()


def _plain(issued: Issued) -> dict[str, Any]:
    instants = {name: format_instant(getattr(issued, name)) for name in ("made_at", "expires_at")}
    return {**asdict(issued), **instants}


def _read(path: Path) -> Iterator[Issued]:
    """Lines that make no sense are left out: a token that cannot be read opens nothing."""
    try:
        plain = decode_object(read_small_file(path)).get("tokens")
    except OSError as problem:
        raise StoreError.of("read", path, problem) from problem
    except (NotPlainFileError, UndecodableError) as problem:
        raise StoreError(f"cannot read {path}: {problem}; delete it to end all tokens") from None
    for line in plain if isinstance(plain, list) else ():
        try:
            yield Issued(
                **{name: str(line[name]) for name in ("id", "user", "sha256")},
                made_at=parse_instant(line["made_at"]),
                expires_at=parse_instant(line["expires_at"]),
                made_by="login" if line.get("made_by") == "login" else "command",
                password=str(line.get("password", "")),
            )
        except (TypeError, KeyError, TicketError, AttributeError):
            continue
