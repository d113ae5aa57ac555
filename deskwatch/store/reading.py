"""Read a small file that a stranger may have put there: follow no link, never block, never fill memory."""

import os
import stat
from pathlib import Path

SIZE_LIMIT = 1 << 20
"""Bytes. A ticket with a clipped description is a few thousand."""

_FLAGS = os.O_RDONLY | sum(
    getattr(os, name, 0) for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY")
)
_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


class NotPlainFileError(Exception):
    """Not a regular file of a sane size; the message says what it is."""


def refuse_odd_file(found: os.stat_result) -> None:
    """Raise NotPlainFileError unless this is a regular file of at most ``SIZE_LIMIT`` bytes."""
    kind = stat.S_IFMT(found.st_mode)
    if kind != stat.S_IFREG:
        raise NotPlainFileError(f"it is {_KINDS.get(kind, 'not a regular file')}; only plain files are read")
    if found.st_size > SIZE_LIMIT:
        raise NotPlainFileError(f"it has {found.st_size:,} bytes; at most {SIZE_LIMIT:,} are read")


def read_small_file(path: str | Path, found: os.stat_result | None = None) -> bytes:
    """The whole content.

    Args:
        found: what ``lstat`` just said about it, if the caller asked already. A pipe must not even be opened.

    Raises:
        NotPlainFileError: a link, pipe, folder, device, or too large.
        OSError: gone, or not permitted.
    """
    if found is None:
        found = os.lstat(path)
    refuse_odd_file(found)
    fd = os.open(path, _FLAGS)
    try:
        data = os.read(fd, found.st_size + 1)  # a buffer of this size: large ones cost more than the read
        if len(data) != found.st_size:
            data = _read_again(fd)
    finally:
        os.close(fd)
    return data


def _read_again(fd: int) -> bytes:
    """The file was replaced or grew between look and open; or the file system reads in short pieces."""
    refuse_odd_file(os.fstat(fd))
    os.lseek(fd, 0, os.SEEK_SET)
    pieces: list[bytes] = []
    left = SIZE_LIMIT + 1
    while left > 0 and (piece := os.read(fd, min(left, 1 << 16))):
        pieces.append(piece)
        left -= len(piece)
    if left <= 0:
        raise NotPlainFileError(f"it has more than {SIZE_LIMIT:,} bytes")
    return b"".join(pieces)
