"""Replace files so that a reader sees the old content or the new one and nothing between.

A file is written under a name of its own in a staging folder of the same file system, flushed to the disk
and renamed over its target, so this holds after a power cut too. Watchers of the target's folder see one
event. On any error the target is untouched.
"""

import ctypes
import errno
import os
import stat
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from threading import Event

from deskwatch.clock import utc_now
from deskwatch.store.errors import StoreError
from deskwatch.store.staging import clear_staging, own_name

FILE_MODE = 0o640
FOLDER_MODE = 0o750
STAGING = ".staging"

FEW = 8
"""Up to this many files are flushed one by one; one flush of the whole file system is cheaper for more."""

BATCH = 2000
"""Most files staged at once: bounds the extra disk space, and readers see progress."""

WINDOWS = sys.platform == "win32"
_PATIENCE = 2.5 if WINDOWS else 0.0  # seconds
_CLOEXEC = getattr(os, "O_CLOEXEC", 0)
_BINARY = getattr(os, "O_BINARY", 0)


def write_atomic(
    path: Path, data: bytes, *, staging: Path | None = None, mode: int = FILE_MODE, durable: bool = True
) -> None:
    """Replace one file. ``durable=False`` skips the flush: after a power cut the old content may be back.

    Args:
        staging: folder for the unfinished file, by default ``.staging`` beside the target.

    Raises:
        StoreError: nothing was changed.
    """
    staging = staging or path.parent / STAGING
    with _Stage(staging, mode) as stage:
        stage.add(path, data, flush=durable)
        stage.replace_all()
    if durable:
        flush_folder(path.parent)


def write_many(files: Mapping[Path, bytes], *, staging: Path, mode: int = FILE_MODE) -> None:
    """Replace many files: each by itself atomically, all of them on the disk when this returns.

    Cost: about 1.2 ms a file up to ``FEW``, beyond that one flush for each ``BATCH`` (about 10 ms together).

    Raises:
        StoreError: some of the files may be new, the others are as they were.
    """
    todo = list(files.items())
    for start in range(0, len(todo), BATCH):
        batch = todo[start : start + BATCH]
        with _Stage(staging, mode) as stage:
            few = len(batch) <= FEW
            for path, data in batch:
                stage.add(path, data, flush=few)
            if not few:
                stage.flush_all()
            stage.replace_all()
    for folder in {path.parent for path in files}:
        flush_folder(folder)


class _Stage:
    """The unfinished files of one write; those that are not renamed into place are removed."""

    def __init__(self, folder: Path, mode: int) -> None:
        self._folder = folder
        self._mode = mode
        self._staged: list[tuple[str, Path]] = []

    def __enter__(self) -> "_Stage":
        make_folder(self._folder)
        _clear_leftovers(self._folder)
        return self

    def __exit__(self, *_: object) -> None:
        for name, _path in self._staged:
            try:
                os.unlink(name)
            except OSError:
                continue  # the next start removes it

    def add(self, path: Path, data: bytes, *, flush: bool) -> None:
        name = os.path.join(self._folder, own_name())
        try:
            fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CLOEXEC | _BINARY, self._mode)
            self._staged.append((name, path))
            try:
                if not WINDOWS:
                    os.fchmod(fd, self._mode)  # despite the umask: the GUI may be another user of the group
                view = memoryview(data)
                while view:
                    view = view[os.write(fd, view) :]
                if flush:
                    os.fsync(fd)
            finally:
                os.close(fd)
        except OSError as problem:
            raise StoreError.of("write", path, problem) from problem

    def flush_all(self) -> None:
        try:
            if WINDOWS:
                for name, _path in self._staged:
                    _flush_file(name)
            else:
                _flush_file_system(self._folder)
        except OSError as problem:
            raise StoreError.of("flush", self._folder, problem) from problem

    def replace_all(self) -> None:
        """Rename into place. One that cannot be (a folder has its name) does not hold up the others."""
        failed: StoreError | None = None
        staged, self._staged = self._staged, []
        for name, path in staged:
            try:
                replace_patiently(name, path)
            except OSError as problem:
                failed = failed or StoreError.of("replace", path, problem)
                self._staged.append((name, path))
        if failed is not None:
            raise failed


def replace_patiently(
    source: str | Path,
    target: Path,
    *,
    patience: float = _PATIENCE,
    replace: Callable[[str | Path, Path], None] = os.replace,
) -> None:
    """Rename over the target; on Windows try again for ``patience`` seconds while a reader holds it."""
    pause, never = 0.01, Event()
    while True:
        try:
            replace(source, target)
        except PermissionError:
            if patience <= 0:
                raise
            never.wait(min(pause, patience))
            patience -= pause
            pause *= 2
        else:
            return


def make_folder(folder: Path) -> None:
    """Create a folder (mode 0750) with its parents.

    Raises:
        StoreError: it cannot be created, or is a link, with which somebody could lead writes elsewhere.
    """
    try:
        mode = os.lstat(folder).st_mode
    except FileNotFoundError:
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        except OSError as problem:
            raise StoreError.of("create", folder, problem) from problem
        return
    except OSError as problem:
        raise StoreError.of("open", folder, problem) from problem
    if stat.S_ISLNK(mode):
        raise StoreError(f"cannot write to {folder}: it is a symbolic link; replace it by a folder")
    if not stat.S_ISDIR(mode):
        raise StoreError(f"cannot write to {folder}: it is not a folder; move that file away")


def flush_folder(folder: Path) -> None:
    """Make finished renames survive a power cut. Windows has no such call and needs none.

    Raises:
        StoreError: the disk refused.
    """
    if WINDOWS:
        return
    try:
        fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
    except OSError as problem:
        if problem.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network shares cannot flush a folder
            raise StoreError.of("flush", folder, problem) from problem


@cache
def _clear_leftovers(folder: Path) -> None:
    """Once for each staging folder a process writes to, so that heartbeats too leave no litter behind."""
    clear_staging(folder, now=utc_now())


def _flush_file(name: str) -> None:
    fd = os.open(name, os.O_RDWR | _BINARY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def _flush_file_system(folder: Path) -> None:
    """Flush one file system and learn of write errors; ``sync`` flushes every disk and reports none."""
    syncfs = _syncfs()
    if syncfs is None:
        if not WINDOWS:
            os.sync()
        return
    fd = os.open(folder, os.O_RDONLY | _CLOEXEC)
    try:
        if syncfs(fd) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(fd)


@cache
def _syncfs() -> Callable[[int], int] | None:
    try:
        call: Callable[[int], int] = ctypes.CDLL(None, use_errno=True).syncfs
    except (OSError, AttributeError, TypeError):
        return None
    return call
