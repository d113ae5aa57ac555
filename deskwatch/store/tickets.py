"""The ticket folder: one JSON file for each ticket that is not over, an archive by month for the others."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from deskwatch.core.ticket import Ticket, format_instant, parse_instant
from deskwatch.store import atomic
from deskwatch.store.codec import UndecodableError, decode_object, decode_ticket, digest, encode_object
from deskwatch.store.errors import MissingTicketError, StoreError, UnreadableError
from deskwatch.store.names import file_name, is_ticket_file
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.staging import clear_staging

_ARCHIVE_KEYS = ("archived_at", "archive_reason")


class Stamp(NamedTuple):
    """What tells that a file is another one than before, without reading it."""

    mtime_ns: int
    size: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> "Stamp":
        """The stamp in an answer of ``stat``."""
        return cls(found.st_mtime_ns, found.st_size, found.st_ino)


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that should be a ticket and is not. ``content`` differs when the file's content does."""

    name: str
    reason: str
    content: bytes = b""
    denied: bool = False
    """The system refused to open it: that may change without any change of the file."""


class TicketFolder:
    """Reads and (the watcher only) writes the files of ``root``. ``TicketMirror`` keeps them in memory."""

    def __init__(self, root: Path, *, staging: Path | None = None, archive: Path | None = None) -> None:
        self.root = root
        self.staging = staging or root / atomic.STAGING
        self.archive_root = archive or root / "archive"
        self._written: dict[str, tuple[bytes, Stamp]] = {}

    def prepare(self, *, now: datetime) -> int:
        """For the writer, once at its start: make the folders, clear away what a killed predecessor left.

        Raises:
            StoreError: a folder cannot be made.
        """
        for folder in (self.root, self.staging, self.archive_root):
            atomic.make_folder(folder)
        return clear_staging(self.staging, now=now)

    def file_name(self, key: str) -> str:
        """The name of this ticket's file in ``root`` and in the archive."""
        return file_name(key)

    # Reading

    def entries(self) -> Iterator[tuple[str, os.stat_result]]:
        """Name and ``lstat`` of everything that is named like a ticket file.

        Raises:
            StoreError: the folder cannot be listed.
        """
        try:
            with os.scandir(self.root) as listing:
                for entry in listing:
                    if is_ticket_file(entry.name):
                        try:
                            yield entry.name, entry.stat(follow_symlinks=False)
                        except FileNotFoundError:
                            continue
        except OSError as problem:
            raise StoreError.of("list", self.root, problem) from problem

    def scan(self) -> dict[str, Stamp]:
        """The stamp of every ticket file. Costs 2 µs a file.

        Raises:
            StoreError: the folder cannot be listed.
        """
        return {name: Stamp.of(found) for name, found in self.entries()}

    def load(
        self, name: str, *, found: os.stat_result | None = None, with_description: bool = True
    ) -> Ticket | Unreadable | None:
        """The ticket in the file of this name; None when there is no such file. Never raises on content."""
        return _load(f"{self.root}{os.sep}{name}", name, found, with_description)

    def read(self, key: str) -> Ticket:
        """One ticket, with its description.

        Raises:
            MissingTicketError: there is no such file.
            UnreadableError: the message says why.
        """
        ticket = self.load(file_name(key))
        if ticket is None:
            raise MissingTicketError(f"{self.root / file_name(key)}: no such ticket")
        if isinstance(ticket, Unreadable):
            raise UnreadableError(f"{self.root / ticket.name}: {ticket.reason}")
        return ticket

    def read_description(self, key: str) -> str:
        """The text a mirror does not keep in memory. Raises as ``read`` does."""
        return self.read(key).description

    # Writing

    def write(self, tickets: Iterable[Ticket]) -> tuple[str, ...]:
        """Write those tickets whose file differs in more than ``seen_at``. Answers the keys really written.

        Costs about 10 µs for an unchanged ticket; for changed ones see ``atomic.write_many``.

        Raises:
            StoreError: some may be written, the others are as they were; calling again writes the rest.
        """
        remaining, rewritten = iter(tickets), list[str]()
        while batch := list(islice(remaining, atomic.BATCH)):
            rewritten += self._write_batch(batch)
        return tuple(rewritten)

    def _write_batch(self, tickets: list[Ticket]) -> list[str]:
        changed: dict[str, tuple[str, bytes, bytes]] = {}
        for ticket in tickets:
            name, plain = file_name(ticket.key), ticket.to_dict()
            content = digest(plain)
            changed.pop(name, None)
            if content != self._stored_digest(name):
                changed[name] = (ticket.key, encode_object(plain), content)
        if not changed:
            return []
        files = {self.root / name: data for name, (_, data, _) in changed.items()}
        atomic.write_many(files, staging=self.staging)
        for name, (_, _, content) in changed.items():
            self._remember(name, content)
        return [key for key, _, _ in changed.values()]

    def _stored_digest(self, name: str) -> bytes | None:
        path = os.path.join(self.root, name)
        try:
            found = os.lstat(path)
            known = self._written.get(name)
            if known is not None and known[1] == Stamp.of(found):
                return known[0]
            content = digest(decode_object(read_small_file(path, found)))
        except (OSError, NotPlainFileError, UndecodableError):
            return None
        self._written[name] = (content, Stamp.of(found))
        return content

    def _remember(self, name: str, content: bytes) -> None:
        try:
            self._written[name] = (content, Stamp.of(os.lstat(os.path.join(self.root, name))))
        except OSError:
            self._written.pop(name, None)

    # Archive

    def archive(self, key: str, *, reason: str, now: datetime) -> bool:
        """Move a ticket to ``archive/YYYY-MM/`` with the reason in it. False when there was none.

        Raises:
            StoreError: the ticket is still where it was.
        """
        name = file_name(key)
        path, target = self.root / name, self.archive_root / f"{now:%Y-%m}" / name
        atomic.make_folder(self.archive_root)
        atomic.make_folder(target.parent)
        try:
            try:
                plain = decode_object(read_small_file(path))
            except (UndecodableError, NotPlainFileError):
                os.replace(path, target)  # whatever it is, somebody may want to look at it
            else:
                plain |= {"archived_at": format_instant(now), "archive_reason": reason}
                atomic.write_atomic(target, encode_object(plain), staging=self.staging)
                os.unlink(
                    path
                )  # watchdog holds back what follows a rename out of the folder for half a second
        except FileNotFoundError:
            return False
        except OSError as problem:
            raise StoreError.of("archive", path, problem) from problem
        atomic.flush_folder(self.root)
        self._written.pop(name, None)
        return True

    def restore(self, key: str) -> Ticket | None:
        """Bring a reopened ticket back from the archive, with the stamps it had. None when it is not there.

        Raises:
            StoreError: it is still in the archive.
        """
        name = file_name(key)
        for month in self._months():
            archived = _load(os.path.join(month, name), name, None, True)
            if not isinstance(archived, Ticket):
                continue
            extra = {k: v for k, v in archived.extra.items() if k not in _ARCHIVE_KEYS}
            current = self.load(name)
            ticket = current if isinstance(current, Ticket) else archived.with_(extra=extra)
            self.write([ticket])
            try:
                os.unlink(month / name)
            except OSError as problem:
                raise StoreError.of("remove", month / name, problem) from problem
            return ticket
        return None

    def prune(self, older_than: datetime) -> int:
        """Delete archived tickets that were archived before this instant. Answers how many.

        Raises:
            StoreError: something could not be deleted.
        """
        last = f"{older_than:%Y-%m}"
        removed = 0
        for month in self._months():
            if month.name > last:
                continue
            for path in month.iterdir():
                if is_ticket_file(path.name) and (month.name < last or _archived_before(path, older_than)):
                    try:
                        os.unlink(path)
                    except OSError as problem:
                        raise StoreError.of("delete", path, problem) from problem
                    removed += 1
            _remove_if_empty(month)
        return removed

    def _months(self) -> list[Path]:
        """The folders of the archive, newest first."""
        try:
            names = [e.name for e in os.scandir(self.archive_root) if e.is_dir(follow_symlinks=False)]
        except OSError:
            return []
        return [self.archive_root / name for name in sorted(names, reverse=True) if _is_month(name)]


def _load(
    path: str, name: str, found: os.stat_result | None, with_description: bool
) -> Ticket | Unreadable | None:
    data = b""
    try:
        data = read_small_file(path, found)
        ticket = decode_ticket(data, with_description=with_description)
    except FileNotFoundError:
        return None
    except (NotPlainFileError, UndecodableError) as problem:
        return Unreadable(name, str(problem), _fingerprint(data))
    except OSError as problem:
        return Unreadable(name, f"it cannot be opened: {problem.strerror}", denied=True)
    expected = file_name(ticket.key)
    if expected != name:
        reason = f'its key is "{ticket.key[:80]}", so its name must be {expected}'
        return Unreadable(name, reason, _fingerprint(data))
    return ticket


def _fingerprint(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()


def _is_month(name: str) -> bool:
    return len(name) == 7 and name[4] == "-" and name[:4].isdecimal() and name[5:].isdecimal()


def _archived_before(path: Path, instant: datetime) -> bool:
    try:
        return parse_instant(decode_object(read_small_file(path))["archived_at"]) < instant
    except (OSError, ValueError, KeyError, NotPlainFileError):
        return False  # the whole month goes a month later


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return
