"""Tickets that are over, in one folder a month, until they are reopened or old enough to forget."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from deskwatch.core.ticket import Ticket, format_instant, parse_instant
from deskwatch.store.atomic import flush_folder, make_folder, write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object
from deskwatch.store.errors import StoreError
from deskwatch.store.names import is_ticket_file
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.ticket_file import load_ticket

_ARCHIVE_KEYS = ("archived_at", "archive_reason")


class Departed(NamedTuple):
    """A ticket that left: as it was, since when it is in the archive, and why; ``None``: no file says so."""

    ticket: Ticket
    at: datetime | None
    reason: str | None


class Archive:
    """``root/YYYY-MM/<file>``: the ticket as it was, with ``archived_at`` and ``archive_reason``."""

    def __init__(self, root: Path, *, staging: Path) -> None:
        self.root = root
        self._staging = staging

    def take(self, path: Path, *, reason: str, now: datetime) -> bool:
        """Move this ticket file into the month of ``now``. False when there was none.

        Raises:
            StoreError: the ticket is still where it was.
        """
        target = self.root / f"{now:%Y-%m}" / path.name
        make_folder(self.root)
        make_folder(target.parent)
        try:
            try:
                plain = decode_object(read_small_file(path))
            except (UndecodableError, NotPlainFileError):
                os.replace(path, target)  # whatever it is, somebody may want to look at it
            else:
                plain |= {"archived_at": format_instant(now), "archive_reason": reason}
                write_atomic(target, encode_object(plain), staging=self._staging)
                os.unlink(path)  # watchdog delays what follows a rename out of the folder by half a second
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise StoreError.of("archive", path, problem) from problem
        flush_folder(path.parent)
        return True

    def find(self, name: str, *, after: datetime | None = None) -> tuple[Path, Ticket] | None:
        """The newest archived ticket of this file name, as it was before it was archived."""
        for month in self._months():
            ticket = load_ticket(os.path.join(month, name), name)
            if isinstance(ticket, Ticket):
                if after is not None and not _archived_after(month / name, after):
                    continue
                extra = {key: value for key, value in ticket.extra.items() if key not in _ARCHIVE_KEYS}
                return month / name, ticket.with_(extra=extra)
        return None

    def departed(self, name: str) -> Departed | None:
        """What ``find`` finds, with when and why it was archived."""
        if (found := self.find(name)) is None:
            return None
        path, ticket = found
        try:
            plain = decode_object(read_small_file(path))
            at = parse_instant(str(plain.get("archived_at")))
        except (OSError, ValueError, UndecodableError, NotPlainFileError):
            return Departed(ticket, None, None)
        reason = plain.get("archive_reason")
        return Departed(ticket, at, reason if isinstance(reason, str) else None)

    def content(self, name: str) -> dict[str, Any] | None:
        """The newest archived file of this name, without what the archive adds; None: none can be read."""
        for month in self._months():
            try:
                plain = decode_object(read_small_file(month / name))
            except (OSError, UndecodableError, NotPlainFileError):
                continue
            return {key: value for key, value in plain.items() if key not in _ARCHIVE_KEYS}
        return None

    def names(self) -> Iterator[str]:
        """The names of all archived ticket files, newest month first."""
        for month in self._months():
            with suppress(OSError), os.scandir(month) as entries:
                for entry in entries:
                    if is_ticket_file(entry.name):
                        yield entry.name

    def prune(self, older_than: datetime) -> int:
        """Delete what was archived before this instant. Answers how many files.

        Raises:
            StoreError: something could not be deleted.
        """
        last = f"{older_than:%Y-%m}"
        removed = 0
        for month in self._months():
            if month.name <= last:
                for path in month.iterdir():
                    if is_ticket_file(path.name) and (
                        month.name < last or _archived_before(path, older_than)
                    ):
                        remove(path)
                        removed += 1
                _remove_if_empty(month)
        return removed

    def _months(self) -> list[Path]:
        """Newest first."""
        try:
            names = [entry.name for entry in os.scandir(self.root) if entry.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return [self.root / name for name in sorted(names, reverse=True) if _is_month(name)]


def remove(path: Path) -> None:
    """Delete one file.

    Raises:
        StoreError: it is still there.
    """
    try:
        os.unlink(path)
    except OSError as problem:
        raise StoreError.of("delete", path, problem) from problem


def _is_month(name: str) -> bool:
    return len(name) == 7 and name[4] == "-" and name[:4].isdecimal() and name[5:].isdecimal()


def _archived_before(path: Path, instant: datetime) -> bool:
    try:
        return parse_instant(decode_object(read_small_file(path))["archived_at"]) < instant
    except (OSError, ValueError, KeyError, NotPlainFileError):
        return False  # the whole month goes a month later


def _archived_after(path: Path, instant: datetime) -> bool:
    try:
        return parse_instant(decode_object(read_small_file(path))["archived_at"]) > instant
    except (OSError, ValueError, KeyError, NotPlainFileError):
        return False


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
