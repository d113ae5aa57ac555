"""The ticket folder in memory, kept current at a cost that follows the change and not the folder."""

import gc
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import MappingProxyType

from deskwatch.clock import Clock, utc_now
from deskwatch.core.ticket import Ticket
from deskwatch.store.errors import StoreError
from deskwatch.store.names import SUFFIX, is_ticket_file, printable
from deskwatch.store.ticket_file import Stamp, Unreadable
from deskwatch.store.tickets import TicketFolder

YOUNG = 2.0
"""Seconds. A file modified this short before it was read may be modified again without showing another stamp
(file systems keep time in steps of up to 2 s, and reuse inodes), so the next rescan reads it again."""

_PORTION = 500  # files listed before their stamps are compared
_SKEW = 60.0  # seconds that a file server's clock may be ahead of ours


@dataclass(frozen=True, slots=True)
class Changes:
    """What one refresh found. ``unreadable`` names each bad file once for each content it had."""

    changed: tuple[Ticket, ...] = ()
    removed: tuple[str, ...] = ()
    unreadable: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.changed or self.removed or self.unreadable)


class TicketMirror:
    """All tickets of a folder by key. Belongs to one thread.

    Attributes:
        tickets: key to ticket; a file that turned bad keeps its last good version here.
        unreadable: printable name to reason of the files that are bad now.
        loaded: whether the folder has been read completely at least once.
        problem: why the last rescan could not read the folder itself; the tickets are those from before.
    """

    def __init__(
        self, folder: TicketFolder, *, keep_description: bool = False, clock: Clock = utc_now
    ) -> None:
        self.folder = folder
        self.tickets: dict[str, Ticket] = {}
        self.loaded = False
        self.problem: str | None = None
        self._keep_description = keep_description
        self._clock = clock
        self._stamps: dict[str, Stamp] = {}
        self._bad: dict[str, Unreadable] = {}
        self._hashed: dict[str, str] = {}
        self._again: set[str] = set()

    @property
    def unreadable(self) -> Mapping[str, str]:
        return {printable(name): bad.reason for name, bad in self._bad.items()}

    def refresh(self, names: Collection[str] | None) -> Changes:
        """Read these files again, or (None) whatever in the folder has another stamp than before."""
        found = _Found(self._clock().timestamp())
        if names is None:
            with _without_garbage_collection():
                for portion in self.rescan(_PORTION):
                    found.add(portion)
        else:
            for name in names:
                if is_ticket_file(name):
                    self._read(name, _lstat(self.folder.root, name), found)
        return found.changes()

    @property
    def names(self) -> list[str]:
        """The name of every file there was, readable or not."""
        return list(self._stamps)

    def recheck(self, names: Collection[str]) -> Changes:
        """Read those of these files again that have another stamp than before, or may have one soon."""
        found = _Found(self._clock().timestamp())
        for name in {*names, *self._again}:
            stat = _lstat(self.folder.root, name)
            if stat is None or self._stamps.get(name) != Stamp.of(stat) or name in self._again:
                self._read(name, stat, found)
        return found.changes()

    def rescan(self, portion: int) -> Iterator[Changes]:
        """The same as ``refresh(None)`` after so many files at a time; others may refresh in between."""
        stamps, again = self._stamps, self._again
        missing = stamps.keys() | set()
        entries = self.folder.entries()
        try:
            while listed := list(islice(entries, portion)):
                found = _Found(self._clock().timestamp())
                for name, stat in listed:
                    missing.discard(name)
                    if stamps.get(name) != Stamp.of(stat) or name in again:
                        self._read(name, stat, found)
                yield found.changes()
        except StoreError as problem:
            self.problem = str(problem)
            return
        found = _Found(self._clock().timestamp())
        for name in missing:  # a listing may skip a file that is renamed meanwhile: ask before believing
            self._read(name, _lstat(self.folder.root, name), found)
        self.problem, self.loaded = None, True
        yield found.changes()

    def _read(self, name: str, stat: os.stat_result | None, found: "_Found") -> None:
        ticket = None
        if stat is not None:
            ticket = self.folder.load(name, found=stat, with_description=self._keep_description)
        if stat is None or ticket is None:
            self._forget(name, found)
            return
        self._stamps[name] = Stamp.of(stat)
        if isinstance(ticket, Unreadable):
            self._report(ticket, found)
            return
        self._bad.pop(name, None)
        if -_SKEW < found.at - stat.st_mtime < YOUNG:
            self._again.add(name)
        else:
            self._again.discard(name)
        if self.tickets.get(ticket.key) != ticket:
            self.tickets[ticket.key] = ticket
            found.changed.append(ticket)
            if name != ticket.key + SUFFIX:
                self._hashed[name] = ticket.key

    def _report(self, bad: Unreadable, found: "_Found") -> None:
        if self._bad.get(bad.name) != bad:
            found.unreadable[printable(bad.name)] = bad.reason
        self._bad[bad.name] = bad
        if bad.denied:
            self._again.add(bad.name)
        else:
            self._again.discard(bad.name)

    def _forget(self, name: str, found: "_Found") -> None:
        self._stamps.pop(name, None)
        self._bad.pop(name, None)
        self._again.discard(name)
        key = self._hashed.pop(name, name.removesuffix(SUFFIX))
        if self.tickets.pop(key, None) is not None:
            found.removed.append(key)


class _Found:
    """Changes while they are being collected."""

    def __init__(self, at: float) -> None:
        self.at = at
        self.changed: list[Ticket] = []
        self.removed: list[str] = []
        self.unreadable: dict[str, str] = {}

    def add(self, changes: Changes) -> None:
        self.changed += changes.changed
        self.removed += changes.removed
        self.unreadable |= changes.unreadable

    def changes(self) -> Changes:
        return Changes(tuple(self.changed), tuple(self.removed), MappingProxyType(self.unreadable))


def _lstat(root: Path, name: str) -> os.stat_result | None:
    try:
        return os.lstat(os.path.join(root, name))
    except OSError:
        return None


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Loading makes millions of objects and no garbage; looking for it takes a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
