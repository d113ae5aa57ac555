"""Each process says in a small file that it lives and how its work goes; the others read it without fear."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deskwatch.store.atomic import write_atomic
from deskwatch.store.reading import NotPlainFileError, read_small_file


def write_heartbeat(path: Path, beat: Mapping[str, Any]) -> None:
    """Replace the heartbeat atomically, without waiting for the disk: the next beat is due in seconds anyway.

    Raises:
        StoreError: the old beat is still there; its age will tell.
    """
    data = json.dumps(beat, ensure_ascii=False, allow_nan=False, indent=1).encode("utf-8", "replace")
    write_atomic(path, data + b"\n", durable=False)


def read_heartbeat(path: Path) -> dict[str, Any] | None:
    """The last beat, or None when there is none that makes sense. Never raises on what the file holds."""
    try:
        beat = json.loads(read_small_file(path))
    except (OSError, NotPlainFileError, ValueError, RecursionError):
        return None
    return beat if isinstance(beat, dict) else None
