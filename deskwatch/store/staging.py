"""Names of unfinished files tell which process of which machine made them, so that leftovers are known."""

import hashlib
import os
import re
import secrets
import socket
import stat
import sys
from datetime import datetime
from functools import cache
from itertools import count
from pathlib import Path

_STALE_AFTER = 3600.0  # seconds, for files whose writer cannot be asked whether it still lives
_NAME = re.compile(r"dw-(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-(?P<born>[0-9]+)-[0-9a-f]+\.part")
_serial = count()


def own_name() -> str:
    """A name for an unfinished file, never used before, that tells whose it is."""
    pid = os.getpid()
    return f"dw-{_host()}-{pid}-{_own_birth(pid)}-{next(_serial):x}{secrets.token_hex(4)}.part"


def clear_staging(staging: Path, *, now: datetime) -> int:
    """Remove what writers that died left behind; other people's files stay. Answers how many were removed.

    A file of another machine (or container) that shares the folder is removed when it is an hour old.
    """
    removed = 0
    try:
        entries = list(os.scandir(staging))
    except OSError:
        return 0
    for entry in entries:
        made_by = _NAME.fullmatch(entry.name)
        if made_by is None:
            continue
        try:
            seen = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(seen.st_mode) and _is_abandoned(made_by, age=now.timestamp() - seen.st_mtime):
                os.unlink(entry.path)
                removed += 1
        except OSError:
            continue  # it was renamed into place meanwhile, or somebody else removed it
    return removed


def _is_abandoned(made_by: re.Match[str], *, age: float) -> bool:
    if made_by["host"] != _host():
        return age > _STALE_AFTER
    born = _born(int(made_by["pid"]))
    return born is None or (born != made_by["born"] if born != "0" else age > _STALE_AFTER)


@cache
def _host() -> str:
    return hashlib.blake2b(socket.gethostname().encode(), digest_size=4).hexdigest()


@cache
def _own_birth(pid: int) -> str:
    return _born(pid) or "0"


def is_alive(pid: int) -> bool:
    """Whether there is a process of this number on this machine, as far as the system says."""
    return _born(pid) is not None


def _born(pid: int) -> str | None:
    """When that process started, in ticks since boot, so that a reused process id is not taken for the old
    process; ``0`` where the system does not say; None when no such process lives."""
    try:
        line = Path(f"/proc/{pid}/stat").read_bytes()
        return line.rpartition(b")")[2].split()[19].decode()
    except FileNotFoundError:
        if os.path.exists("/proc/self/stat"):
            return None
    except (OSError, IndexError):
        return "0"
    if sys.platform == "win32":
        return "0"  # there os.kill would end the process
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return "0"
    return "0"
