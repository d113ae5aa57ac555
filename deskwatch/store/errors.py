"""What can go wrong on a disk, told as the path it concerns and what to do about it."""

import errno
from pathlib import Path

from deskwatch.errors import DeskwatchError

_MENDS = {
    errno.ENOSPC: "the disk is full (or out of inodes); free some space there",
    errno.EDQUOT: "the disk quota is used up; free some space or ask for more",
    errno.EROFS: "the file system is mounted read-only; remount it writable",
    errno.EACCES: "permission denied; give the user that runs Deskwatch the right to write there",
    errno.EPERM: "not permitted; give the user that runs Deskwatch the right to write there",
    errno.EIO: "the disk reported an input/output error; check the disk",
    errno.EXDEV: "staging and target are on different file systems; put both on the same one",
    errno.EMFILE: "too many open files; raise the limit (ulimit -n)",
    errno.ENOENT: "no such folder; create it or correct --home",
    errno.ENOTDIR: "a part of the path is a file; move that file away",
    errno.EISDIR: "a folder has the name of a file Deskwatch writes; move that folder away",
}


class StoreError(DeskwatchError):
    """Something could not be read from or written to disk. What was there before is still there."""

    @classmethod
    def of(cls, doing: str, path: Path, problem: OSError) -> "StoreError":
        """The sentence for a system error: ``cannot write tickets/fs-1.json: the disk is full …``."""
        words = _MENDS.get(problem.errno or 0) or problem.strerror or str(problem)
        return cls(f"cannot {doing} {path}: {words}")


class UnreadableError(StoreError):
    """A file that was asked for by name and is not a ticket; the message says why."""


class MissingTicketError(StoreError):
    """There is no file for this ticket."""
