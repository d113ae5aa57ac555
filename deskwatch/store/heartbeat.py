"""Each process says in a small file that it lives and how its work goes; the others read it without fear."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deskwatch.store.atomic import write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object
from deskwatch.store.reading import NotPlainFileError, read_small_file


def write_heartbeat(path: Path, beat: Mapping[str, Any]) -> None:
    """Replace the heartbeat atomically, without waiting for the disk: the next beat is due in seconds anyway.

    Raises:
        StoreError: the old beat is still there; its age will tell.
    """
    write_atomic(path, encode_object(beat), durable=False)


def read_heartbeat(path: Path) -> dict[str, Any] | None:
    """The last beat, or None when there is none that makes sense. Never raises on what the file holds."""
    try:
        return decode_object(read_small_file(path))
    except (OSError, NotPlainFileError, UndecodableError):
        return None
