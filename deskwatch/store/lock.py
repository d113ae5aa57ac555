"""One process per place: the lock dies with its holder, also after kill -9."""

import json
import os
import socket
import sys
from contextlib import suppress
from pathlib import Path

from deskwatch.errors import LockHeldError
from deskwatch.store.atomic import FILE_MODE, make_folder
from deskwatch.store.errors import StoreError
from deskwatch.store.reading import NotPlainFileError, read_small_file
from deskwatch.store.staging import is_alive

_FAR = 1 << 30  # Windows forbids reading a locked byte; this one lies past every word in the file


class OneOf:
    """Holds ``path`` locked from entering to leaving the ``with`` block.

    Raises (on entering):
        LockHeldError: names the process id and the machine of the holder.
        StoreError: the lock file cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    def __enter__(self) -> "OneOf":
        make_folder(self.path.parent)
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)
        try:
            fd = os.open(self.path, flags, FILE_MODE)
        except OSError as problem:
            raise StoreError.of("lock", self.path, problem) from problem
        try:
            _lock(fd)
        except OSError:
            holder = _holder(fd)
            os.close(fd)
            raise LockHeldError(
                f"{self.path} is held by {holder}; stop that process first, or use another --home"
            ) from None
        self._fd = fd
        with suppress(OSError):  # a full disk keeps nobody from working: only the number is not known then
            os.ftruncate(fd, 0)
            os.write(fd, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode() + b"\n")
        return self

    def __exit__(self, *_: object) -> None:
        """Let go. The file stays: removing it would let two newcomers lock two different files."""
        if self._fd is not None:
            fd, self._fd = self._fd, None
            _unlock(fd)
            os.close(fd)


def seems_held(path: Path) -> bool:
    """Whether the process that took this lock last seems to live. Asking takes no lock, not for a moment."""
    try:
        told = json.loads(read_small_file(path))
        if str(told["host"]) != socket.gethostname():
            return True  # nobody here can tell
        return is_alive(int(told["pid"]))
    except (OSError, NotPlainFileError, ValueError, KeyError, TypeError):
        return False


def _holder(fd: int) -> str:
    try:
        told = json.loads(os.pread(fd, 4096, 0) if hasattr(os, "pread") else os.read(fd, 4096))
        return f"process {int(told['pid'])} on {str(told['host'])[:80]}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process that has not said its number yet"


if sys.platform == "win32":
    import msvcrt

    def _lock(fd: int) -> None:
        os.lseek(fd, _FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)
        os.lseek(fd, 0, os.SEEK_SET)

    def _unlock(fd: int) -> None:
        os.lseek(fd, _FAR, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _lock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _unlock(fd: int) -> None:
        fcntl.flock(fd, fcntl.LOCK_UN)
