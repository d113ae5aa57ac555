"""What was written into a helpdesk and what is about to be: on the disk before the first byte leaves."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from deskwatch.core.ticket import Priority, TicketError, format_instant, parse_instant
from deskwatch.store.atomic import write_atomic
from deskwatch.store.codec import UndecodableError, decode_object, encode_object

REMEMBERED = timedelta(days=90)
"""How long a finished entry is kept, so that the same thing is not written again."""

State = Literal["waiting", "sent", "done", "refused"]
_STATES = ("waiting", "sent", "done", "refused")
_PRIORITIES = {None, *Priority}


@dataclass(slots=True, kw_only=True)
class Entry:
    """One thing to write. ``sent``: it left and nobody knows yet whether it arrived.

    Attributes:
        ticket: its id in the helpdesk.
        at: when the state was reached.
        text: of a note; forgotten once it is there.
        said: fingerprint of a note, which is not forgotten.
        from_, to: of a priority.
        seen: the helpdesk's ``updated_at`` right before a priority was sent.
        why: why it was refused, or what became of it.
    """

    kind: Literal["priority", "note"]
    ticket: str
    state: State = "waiting"
    at: datetime
    text: str = ""
    said: str = ""
    from_: str = ""
    to: str = ""
    seen: str = ""
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done."""
        return self.state in ("waiting", "sent")


class Ledger:
    """The entries of one source by what they are known by; all are on the disk when ``save`` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.entries: dict[str, Entry] = dict(_entries(_saved(path)))

    def save(self, *, now: datetime) -> None:
        """Write the entries, without those that were finished long ago.

        Raises:
            StoreError: what stood there before stands there still.
        """
        self.entries = {
            name: entry
            for name, entry in self.entries.items()
            if entry.is_open or now - entry.at < REMEMBERED
        }
        told = {
            name: {key: _plain(value) for key, value in asdict(entry).items() if value != ""}
            for name, entry in self.entries.items()
        }
        write_atomic(self._path, encode_object({"schema": 1, "writes": told}))


def _plain(value: Any) -> Any:
    return format_instant(value) if isinstance(value, datetime) else value


def _saved(path: Path) -> Mapping[str, Any]:
    """What the file holds, however large three months of a big desk have made it."""
    try:
        return decode_object(path.read_bytes())
    except (OSError, UndecodableError):
        return {}


def _entries(saved: Mapping[str, Any]) -> Any:
    """The entries of a file that make sense; one that does not is as good as lost."""
    known = {field.name for field in fields(Entry)}
    writes = saved.get("writes") if saved.get("schema") == 1 else None
    for name, said in writes.items() if isinstance(writes, dict) else ():
        if not isinstance(said, dict) or said.get("state") not in _STATES:
            continue
        if not all(isinstance(value, str) for value in said.values()) or "ticket" not in said:
            continue
        if said.get("kind") != "note" and not {said.get("from_"), said.get("to")} <= _PRIORITIES:
            continue
        try:
            values = {key: value for key, value in said.items() if key in known}
            yield str(name), Entry(**{**values, "at": parse_instant(str(said.get("at")))})
        except (TicketError, TypeError):
            continue
