"""A PostgreSQL of our own for one test run, when its programs are installed."""

import atexit
import os
import shutil
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path

import pytest

_DATABASES = count(1)


def postgresql_url() -> str:
    """The URL of a new, empty database; skips the test when PostgreSQL is not installed."""
    socket = _start()
    if socket is None:
        pytest.skip("PostgreSQL is not installed; on Debian: apt-get install postgresql")
    name = f"deskwatch_{next(_DATABASES)}"
    _as_owner("createdb", "-h", str(socket), name)
    user = "postgres" if os.getuid() == 0 else ""
    return f"postgresql+psycopg://{user}@/{name}?host={socket}"


@cache
def _start() -> Path | None:
    """Start a server that listens on a socket of its own only; it ends with this process."""
    if _program("initdb") is None:
        return None
    folder = Path(tempfile.mkdtemp(prefix="pg"))
    if os.getuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    _as_owner("initdb", "-D", str(data), "-A", "trust", "--no-sync")
    options = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
    _as_owner("pg_ctl", "-D", str(data), "-o", options, "-w", "-l", str(folder / "log"), "start")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(_as_owner, "pg_ctl", "-D", str(data), "-m", "immediate", "stop")
    return folder


def _program(name: str) -> str | None:
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(versions[-1]) if versions else shutil.which(name)


def _as_owner(name: str, *arguments: str) -> None:
    """Run a program of PostgreSQL; it refuses to be root."""
    program = _program(name)
    assert program is not None
    prefix = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    subprocess.run([*prefix, program, *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/", timeout=60)
