"""One ticket file: read whatever lies under its name, and tell when it is another one than before."""

import os
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from deskwatch.core.ticket import Ticket
from deskwatch.store.codec import UndecodableError, decode_ticket
from deskwatch.store.names import file_name
from deskwatch.store.reading import NotPlainFileError, read_small_file


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


def load_ticket(
    path: str, name: str, *, found: os.stat_result | None = None, with_description: bool = True
) -> Ticket | Unreadable | None:
    """The ticket in this file; None when there is no such file. Never raises on what lies there.

    Args:
        found: what ``lstat`` just said about the path, if it is known.
    """
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
        reason = f"its key is {ticket.key[:40]!r}, so its name must be {expected}"
        return Unreadable(name, reason, _fingerprint(data))
    return ticket


def _fingerprint(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).digest()
