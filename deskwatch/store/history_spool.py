"""``state/history.spool``: rows of the history that the database does not have yet, one filing a line.

A line is written and flushed before the ticket files it is about are renamed, so a process that dies in
between, or while the database cannot be written, takes nothing with it. Emptied when the database has all.
"""

import json
import logging
import os
import stat
from pathlib import Path

from deskwatch.core.foreseen import Foreseen, from_plain, to_plain
from deskwatch.store.atomic import make_folder
from deskwatch.store.errors import StoreError

log = logging.getLogger(__name__)

FULL = 32 << 20
"""Bytes. With the database away for days the spool ends here; further rows are in memory only."""
FILE_MODE = 0o600
"""Only this user, like the database: texts of tickets are in it."""
_FLAGS = os.O_RDWR | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY")
)


class HistorySpool:
    """The file, for its only writer. A disk that refuses delays nothing: it is told once and tried again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None
        self._end = 0
        self._refused = self._torn = False

    def read(self) -> tuple[Foreseen, ...]:
        """What a predecessor left, oldest first. A line that was torn or spoilt is named in the log."""
        try:
            lines = self._content().split(b"\n")
        except FileNotFoundError:
            return ()
        except (OSError, StoreError) as problem:
            words = _words(self._path, problem)
            log.warning("What the history of tickets still lacks cannot be read: %s", words)
            return ()
        torn, spoilt, found = lines.pop(), 0, dict[str, Foreseen]()
        self._torn = bool(torn)
        self._end = sum(len(line) + 1 for line in lines)
        for line in lines:
            try:
                foreseen = from_plain(json.loads(line))
            except (ValueError, RecursionError):
                spoilt += bool(line.strip())
                continue
            found.pop(foreseen.batch, None)  # what is known later about a filing replaces what was foreseen
            found[foreseen.batch] = foreseen
        if torn:
            log.warning("%s ends in half a line; what it was about had not happened yet", self._path.name)
        if spoilt:
            log.warning("%s: %d lines cannot be read and are left out", self._path.name, spoilt)
        return tuple(found.values())

    @property
    def is_in_use(self) -> bool:
        """Whether there is anything that the database does not have."""
        return self._end > 0

    def append(self, foreseen: Foreseen) -> bool:
        """Write down and flush; False: it is not on the disk."""
        data = json.dumps(to_plain(foreseen), separators=(",", ":")).encode("ascii") + b"\n"
        try:
            fd = self._open()
            if self._end + len(data) > FULL:
                raise StoreError(f"{self._path} has {self._end >> 20} MB; mend the database")
            try:
                os.lseek(fd, self._end, os.SEEK_SET)  # over what a predecessor left unfinished
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
                os.ftruncate(fd, self._end + len(data))
                os.fsync(fd)
            except OSError:
                self._cut(fd)
                raise
        except (OSError, StoreError) as problem:
            if not self._refused:
                log.warning(
                    "A kill could now cost rows of the history of tickets: %s", _words(self._path, problem)
                )
            self._refused = True
            return False
        if self._refused:
            log.info("%s is written again", self._path)
        self._refused = self._torn = False
        self._end += len(data)
        return True

    def empty(self) -> bool:
        """The database has everything; False: the file still says otherwise, which does no harm."""
        if self._end == 0 and not self._torn:
            return True
        try:
            os.ftruncate(self._open(), 0)
        except (OSError, StoreError) as problem:
            log.debug("%s cannot be emptied: %s", self._path, problem)
            return False
        self._end, self._torn = 0, False
        return True

    def close(self) -> None:
        """Let the file go."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _open(self) -> int:
        """The open file. One that was removed or replaced meanwhile is let go: state/ may be deleted."""
        if self._fd is not None:
            try:
                if os.path.samestat(os.fstat(self._fd), os.lstat(self._path)):
                    return self._fd
            except FileNotFoundError:
                pass
            self.close()
            self._end = 0
        make_folder(self._path.parent)
        self._fd = os.open(self._path, _FLAGS | os.O_CREAT, FILE_MODE)
        return self._fd

    def _content(self) -> bytes:
        fd = os.open(self._path, _FLAGS)
        with open(fd, "rb") as file:
            if not stat.S_ISREG(os.fstat(fd).st_mode):  # a pipe has nothing to say, or never ends
                raise StoreError(f"{self._path} is no plain file; move it away")
            return file.read(FULL)

    def _cut(self, fd: int) -> None:
        try:
            os.ftruncate(fd, self._end)
        except OSError:
            return  # the next line is written over it


def _words(path: Path, problem: OSError | StoreError) -> str:
    return str(StoreError.of("use", path, problem) if isinstance(problem, OSError) else problem)
