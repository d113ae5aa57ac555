"""A folder of Ticket Dash, read and never written: key, names, certificate, tickets and their archive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from deskwatch.config.files import read_limited
from deskwatch.config.people import MAX_LEGACY_BYTES, read_legacy_names
from deskwatch.errors import UsageError
from deskwatch.migrate.constants import MOST_BYTES, Constants, read_constants
from deskwatch.store.codec import UndecodableError, decode_object
from deskwatch.store.names import printable

TICKET = re.compile(r"[0-9]+\.txt")
"""Only such names are tickets; Ticket Dash ignored a ``27.json`` too."""
LARGEST_TICKET = 32 << 20
"""Bytes: people paste pictures into descriptions."""
LARGEST_TOKEN = 4096
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class RawTicket:
    """One file: the helpdesk's own object, or why it cannot be read. ``day``: when it was archived."""

    place: str
    row: dict[str, Any] | None
    problem: str = ""
    day: date | None = None


class DashFolder:
    """Where Ticket Dash lives."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[str] = []
        """Folders that could not be listed, so that nobody knows what is in them."""

    def refuse_strangers(self) -> None:
        """See to it that this is such a folder.

        Raises:
            UsageError: it is not.
        """
        if not self.root.is_dir():
            raise UsageError(f"{self.root} is not a folder. Name the one that holds Ticket Dash's token.txt.")
        signs = ("token.txt", "agents.txt", "requesters.txt", "tickets")
        try:
            there = {path.name for path in self.root.iterdir()}
        except OSError as problem:
            raise UsageError(
                f"{self.root} cannot be read ({problem.strerror}); run this as its owner"
            ) from None
        if not there & set(signs):
            raise UsageError(
                f"{self.root} does not look like Ticket Dash: it has none of {', '.join(signs)}."
            )

    def constants(self) -> Constants:
        """What its Python files say."""
        texts, notes = {}, []
        for path in sorted(self.root.glob("*.py")):
            try:
                data = read_limited(path, MOST_BYTES) or b""
                if len(data) > MOST_BYTES:
                    raise OSError(0, "it is too large")
                texts[path.name] = data.decode("utf-8-sig", "replace")
            except OSError as problem:
                notes.append(f"{printable(path.name)}: is not read ({problem.strerror})")
        found = read_constants(texts)
        return Constants(found.found, (*notes, *found.notes))

    def token(self) -> tuple[str | None, str]:
        """The key of the helpdesk, and what is wrong with its file. Never print the first."""
        try:
            data = read_limited(self.root / "token.txt", LARGEST_TOKEN)
        except OSError as problem:
            return None, f"token.txt cannot be read ({problem.strerror}); let this user read it"
        if data is None:
            return None, ""
        try:
            token = data.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            return None, "token.txt is not text in UTF-8"
        if not token:
            return None, "token.txt is empty"
        if len(data) > LARGEST_TOKEN or not token.isprintable() or " " in token or "'" in token:
            return None, "token.txt holds more than a key; put the key alone into it"
        return token, ""

    def names(self, kind: str) -> tuple[dict[str, str], list[str]]:
        """Id to name of ``agents`` or ``requesters``, and a line for each that is no ``id:Name``."""
        file = f"{kind}.txt"
        try:
            data = read_limited(self.root / file, MAX_LEGACY_BYTES)
        except OSError as problem:
            return {}, [f"{file}: cannot be read ({problem.strerror})"]
        names, warnings = read_legacy_names(data or b"", file)
        wrong = [id_ for id_ in names if not (id_.isascii() and id_.isdigit())]
        problems = [f"{warning.file}:{warning.line}: {warning.message}" for warning in warnings]
        problems += [f"{file}: {id_[:40]!r} is not an id, so its line is skipped" for id_ in wrong]
        return {id_: name for id_, name in names.items() if id_ not in wrong}, problems

    def certificate(self) -> dict[str, bytes]:
        """``cert.pem`` and ``key.pem``; empty unless both are there and can be read."""
        try:
            pair = {name: read_limited(self.root / name, 1 << 20) for name in ("cert.pem", "key.pem")}
        except OSError:
            return {}
        return {name: data for name, data in pair.items() if data} if all(pair.values()) else {}

    def tickets(self) -> Iterator[RawTicket]:
        """The active tickets, by number."""
        yield from self._tickets(self.root / "tickets", "tickets", None)

    def archive(self) -> Iterator[RawTicket]:
        """The archived ones, by day and number."""
        for day in sorted(self._entries(self.root / "tickets" / "archive"), key=lambda path: path.name):
            if _DAY.fullmatch(day.name) and day.is_dir():
                try:
                    when = date.fromisoformat(day.name)
                except ValueError:
                    continue
                yield from self._tickets(day, f"tickets/archive/{day.name}", when)

    def ignored(self) -> list[str]:
        """Files among the tickets that Ticket Dash did not read either."""
        files = (path for path in self._entries(self.root / "tickets") if not path.is_dir())
        return sorted(printable(path.name) for path in files if not TICKET.fullmatch(path.name))

    def _entries(self, folder: Path) -> list[Path]:
        try:
            return list(folder.iterdir())
        except FileNotFoundError:
            return []
        except OSError as problem:
            words = f"{folder}: cannot be read ({problem.strerror}); what is in it is left out"
            if words not in self.problems:
                self.problems.append(words)
            return []

    def _tickets(self, folder: Path, shown: str, day: date | None) -> Iterator[RawTicket]:
        found = [path for path in self._entries(folder) if TICKET.fullmatch(path.name)]
        for path in sorted(found, key=lambda path: (len(path.name), path.name)):
            yield _read(path, f"{shown}/{path.name}", day)


def _read(path: Path, place: str, day: date | None) -> RawTicket:
    try:
        data = read_limited(path, LARGEST_TICKET)
        if data is None:
            return RawTicket(place, None, "it vanished while the folder was read", day)
        if len(data) > LARGEST_TICKET:
            return RawTicket(place, None, "it is larger than 32 MB", day)
        row = decode_object(data)
    except OSError as problem:
        return RawTicket(place, None, f"it cannot be opened ({problem.strerror})", day)
    except UndecodableError as problem:
        return RawTicket(place, None, str(problem), day)
    inner = row.get("ticket")
    row = inner if isinstance(inner, dict) else row
    row.setdefault("id", path.stem)
    return RawTicket(place, row, "", day)
