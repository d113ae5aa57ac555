"""The ticket folder: one JSON file for each ticket that is not over, an archive by month for the others."""

import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path

from deskwatch.core.foreseen import Shown
from deskwatch.core.ticket import Ticket
from deskwatch.store import atomic
from deskwatch.store.archive import Archive, Departed, remove
from deskwatch.store.codec import UndecodableError, decode_object, digest, encode_object
from deskwatch.store.errors import MissingTicketError, StoreError, UnreadableError
from deskwatch.store.names import file_name, is_ticket_file
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.staging import clear_staging
from deskwatch.store.ticket_file import Stamp, Unreadable, load_ticket

__all__ = ["Departed", "Stamp", "TicketFolder", "Unreadable"]


class TicketFolder:
    """Reads and (the watcher only) writes the files of ``root``. ``TicketMirror`` keeps them in memory."""

    def __init__(self, root: Path, *, staging: Path | None = None, archive: Path | None = None) -> None:
        self.root = root
        self.staging = staging or root / atomic.STAGING
        self._archive = Archive(archive or root / "archive", staging=self.staging)
        self._written: dict[str, tuple[bytes, Stamp]] = {}

    def prepare(self, *, now: datetime) -> int:
        """For the writer, once at its start: make the folders, clear away what a killed predecessor left.

        Raises:
            StoreError: a folder cannot be made.
        """
        for folder in (self.root, self.staging, self._archive.root):
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
        return load_ticket(f"{self.root}{os.sep}{name}", name, found=found, with_description=with_description)

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

    def shown(self, key: str) -> Shown:
        """Fingerprints of what the folder and the archive hold of a ticket."""
        name = file_name(key)
        folder = self._stored_digest(name)
        archived = self._archive.content(name) if folder is None else None
        return Shown(_hex(folder), _hex(None if archived is None else digest(archived)))

    def fingerprint(self, key: str) -> str | None:
        """Of a ticket's file; None when there is none that can be read."""
        return _hex(self._stored_digest(file_name(key)))

    # Writing

    def write(self, tickets: Iterable[Ticket]) -> tuple[str, ...]:
        """Write those tickets whose file differs in more than ``seen_at``. Answers the keys really written.

        Costs about 25 µs for an unchanged ticket; for changed ones see ``atomic.write_many``.

        Raises:
            StoreError: some may be written, the others are as they were; calling again writes the rest.
        """
        remaining, rewritten = iter(tickets), list[str]()
        failed: StoreError | None = None
        while batch := list(islice(remaining, atomic.BATCH)):
            try:
                rewritten += self._write_batch(batch)
            except StoreError as problem:
                failed = failed or problem
        if failed is not None:
            raise failed
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

    @staticmethod
    def fingerprint_of(ticket: Ticket) -> str:
        """What ``fingerprint`` and ``shown`` answer when a file, or its archived copy, is this ticket."""
        return digest(ticket.to_dict()).hex()

    def archive(self, key: str, *, reason: str, now: datetime) -> bool:
        """Move a ticket to ``archive/YYYY-MM/`` with the reason in it. False when there was none.

        Raises:
            StoreError: the ticket is still where it was.
        """
        name = file_name(key)
        moved = self._archive.take(self.root / name, reason=reason, now=now)
        self._written.pop(name, None)
        return moved

    def restore(self, key: str, *, after: datetime | None = None) -> Ticket | None:
        """Bring a reopened ticket back from the archive, with the stamps it had. None when it is not there.

        With ``after``, what was archived until then belongs to another account and stays there.
        A ticket that is (still) in the folder is newer than its archived copy and stays as it is.

        Raises:
            StoreError: it is still in the archive.
        """
        found = self._archive.find(file_name(key), after=after)
        if found is None:
            return None
        path, archived = found
        current = self.load(file_name(key))
        ticket = current if isinstance(current, Ticket) else archived
        self.write([ticket])
        remove(path)
        return ticket

    def archived(self, key: str) -> Ticket | None:
        """The newest archived state of a ticket, which stays where it is. None when there is none."""
        found = self._archive.find(file_name(key))
        return found[1] if found is not None else None

    def departed(self, key: str) -> Departed | None:
        """The same, with when and why it was archived."""
        return self._archive.departed(file_name(key))

    def archived_names(self) -> Iterator[str]:
        """The file names in the archive, newest month first; a ticket that came and went has one in each."""
        return self._archive.names()

    def prune(self, older_than: datetime) -> int:
        """Delete tickets that were archived before this instant. Answers how many.

        Raises:
            StoreError: something could not be deleted.
        """
        return self._archive.prune(older_than)


def _hex(content: bytes | None) -> str | None:
    return None if content is None else content.hex()
