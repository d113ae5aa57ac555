"""A folder that holds the walls as static files: written file by file, each whole at every moment.

A manifest names what was made here, so that nothing else is ever removed. The folder may be on another disk
or a share: whatever cannot be written is tried again by whoever publishes.
"""

import gzip
import json
import os
import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path

from deskwatch.config.files import read_limited
from deskwatch.errors import UsageError
from deskwatch.store.atomic import STAGING, write_atomic
from deskwatch.store.errors import StoreError
from deskwatch.store.lock import OneOf
from deskwatch.web.printing import GZIP_LEVEL, fingerprint

MANIFEST = ".deskwatch-publish.json"
LARGEST_MANIFEST = 4 << 20
LOCK = ".deskwatch-publish.lock"
FILE_MODE, FOLDER_MODE = 0o644, 0o755
"""Web servers run as users of their own, and everything here is meant to be seen."""

_OURS = re.compile(
    r"(index\.html|b/[a-z0-9_-]{1,40}(\.html|/pulse\.json|/rows\.html)|static/[\w./-]{1,200})(\.gz)?"
)
_PACKED = (".html", ".js", ".css", ".svg")


class PublishFolder:
    """The folder, held by one process at a time while inside the ``with`` block."""

    def __init__(self, root: Path, *, packed: bool = True) -> None:
        """``packed``: also write a gzip beside every file, as nginx's ``gzip_static`` wants it."""
        self.root = Path(os.path.realpath(root))
        self._packed = packed
        self._lock: OneOf | None = None
        self._identity: tuple[int, int] | None = None
        self._made: set[str] = set()
        self._listed: set[str] = set()
        self._there: dict[str, str] = {}

    def __enter__(self) -> "PublishFolder":
        """Take the folder.

        Raises:
            UsageError: it is not empty and was not made by publishing, or it is no folder.
            LockHeldError: another process publishes there.
            StoreError: it cannot be read or written.
        """
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"{self.root} is not a folder.")
        self._make(self.root)
        try:
            found = {entry.name for entry in self.root.iterdir()} - {LOCK, STAGING}
        except OSError as problem:
            raise StoreError.of("open", self.root, problem) from problem
        if found and MANIFEST not in found:
            raise UsageError(
                f"{self.root} is not empty, and what is in it was not published there (no {MANIFEST}). "
                "Name a folder that is empty or new."
            )
        self._hold()
        self._made = self._listed = self._read_manifest()
        return self

    def __exit__(self, *_: object) -> None:
        """Let go; the files stay."""
        if self._lock is not None:
            self._lock.__exit__()
            self._lock = None

    def check(self) -> None:
        """See that this is still the folder that was taken. A share that came back is taken again.

        Raises:
            StoreError: it is gone, or something else lies in its place.
        """
        if self._identity_now() == self._identity:
            return
        if not (self.root / MANIFEST).is_file():
            raise StoreError(f"{self.root} is gone, or was replaced; is its disk or share still there?")
        self.__exit__()
        self._hold()
        self._made = self._listed = self._read_manifest()
        self._there.clear()

    def announce(self, names: Iterable[str]) -> None:
        """Write down that these files will be made, before they are.

        Raises:
            StoreError: the disk refused.
        """
        coming = {copy for name in names for copy in self._copies(name)}
        if not coming <= self._listed:
            self._write_manifest(self._made | coming)

    def put(self, name: str, data: bytes) -> bool:
        """Write a file unless it holds this already; say whether it was written.

        Raises:
            StoreError: the old content is still there, whole.
        """
        written = False
        for copy in reversed(self._copies(name)):
            body = gzip.compress(data, GZIP_LEVEL, mtime=0) if copy != name else data
            known = fingerprint(data)
            if self._there.get(copy) == known:
                continue
            path = self.root / copy
            if _leads_elsewhere(path.parent):
                raise StoreError(f"cannot write to {path.parent}: a symbolic link leads elsewhere; remove it")
            if copy in self._there or not _holds(path, body):
                self._make(path.parent)
                before = _second_of(path)
                write_atomic(path, body, staging=self.root / STAGING, mode=FILE_MODE, durable=False)
                _tell_apart(path, before)
                written = True
            self._there[copy] = known
            self._made.add(copy)
        return written

    def keep_only(self, names: Iterable[str]) -> list[str]:
        """Remove what was made here and is not needed any more; answers what was removed.

        Raises:
            StoreError: something could not be removed.
        """
        needed = {copy for name in names for copy in self._copies(name)}
        gone = sorted(self._made - needed)
        for name in gone:
            path = self.root / name
            try:
                if not _leads_elsewhere(path.parent):  # else it is not what was made here
                    path.unlink(missing_ok=True)
            except OSError as problem:
                raise StoreError.of("remove", path, problem) from problem
            self._made.discard(name)
            self._there.pop(name, None)
            _remove_empty(path.parent, self.root)
        if self._made != self._listed:
            self._write_manifest(self._made)
        return gone

    def doubt(self) -> None:
        """Compare every file with the disk before it is believed again: somebody may have touched it."""
        self._there.clear()

    def _copies(self, name: str) -> tuple[str, ...]:
        return (name, f"{name}.gz") if self._packed and name.endswith(_PACKED) else (name,)

    def _hold(self) -> None:
        lock = OneOf(self.root / LOCK)
        lock.__enter__()
        self._lock, self._identity = lock, self._identity_now()

    def _identity_now(self) -> tuple[int, int] | None:
        try:
            found = self.root.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _make(self, folder: Path) -> None:
        if folder.is_dir():
            return
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            raise StoreError.of("create", folder, problem) from problem
        while folder.is_relative_to(self.root):
            with suppress(OSError):  # some shares have no modes
                folder.chmod(FOLDER_MODE)  # despite the umask
            folder = folder.parent

    def _read_manifest(self) -> set[str]:
        """What was made here before. Only names that publishing gives are believed: they will be removed."""
        try:
            told = json.loads(read_limited(self.root / MANIFEST, LARGEST_MANIFEST) or b"{}")["files"]
        except (OSError, ValueError, KeyError, TypeError):
            return set()
        names: Collection[object] = told if isinstance(told, list) else ()
        return {n for n in names if isinstance(n, str) and _OURS.fullmatch(n) and ".." not in n.split("/")}

    def _write_manifest(self, names: set[str]) -> None:
        said = {"made_by": "gui.py publish", "files": sorted(names)}
        data = json.dumps(said, indent=1).encode() + b"\n"
        # on the disk before any file it names: else a power cut could leave files nobody removes
        write_atomic(self.root / MANIFEST, data, staging=self.root / STAGING, mode=FILE_MODE)
        self._listed = set(names)
        self._made = set(names)


def _second_of(path: Path) -> int:
    try:
        return int(path.stat().st_mtime)
    except OSError:
        return 0


def _tell_apart(path: Path, before: int) -> None:
    """Give the file a later second than its predecessor had.

    Web servers name a version by second and size (nginx: ``ETag``), and two of one second are often as long:
    a wall would be told 304 for ever.
    """
    if _second_of(path) <= before:
        with suppress(OSError):  # some shares keep no times
            os.utime(path, (before + 1, before + 1))


def _leads_elsewhere(folder: Path) -> bool:
    """Whether somebody put a link in place of this folder, which lies in a root without any."""
    return os.path.realpath(folder) != str(folder)


def _holds(path: Path, data: bytes) -> bool:
    try:
        return path.stat().st_size == len(data) and path.read_bytes() == data
    except OSError:
        return False


def _remove_empty(folder: Path, root: Path) -> None:
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except OSError:
            return  # something else lives there
        folder = folder.parent
