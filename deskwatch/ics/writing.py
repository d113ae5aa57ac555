"""A calendar as other programs read it (iCalendar, RFC 5545): plain events in UTC."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from deskwatch import __version__
from deskwatch.ics.entries import Entry

_LINE = 75
"""Octets of a line, RFC 5545 section 3.1."""


def write_calendar(entries: Iterable[tuple[str, Entry]], *, name: str, now: datetime) -> bytes:
    """A calendar of entries, each with an id that is the same the next time it is written."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Deskwatch {__version__}//EN",
        f"X-WR-CALNAME:{_escaped(name)}",
        *(line for uid, entry in entries for line in _event(uid, entry, now)),
        "END:VCALENDAR",
    ]
    return b"".join(folded + b"\r\n" for line in lines for folded in _folded(line))


def _event(uid: str, entry: Entry, now: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escaped(uid)}"
    yield f"DTSTAMP:{_instant(now)}"
    yield f"DTSTART:{_instant(entry.start)}"
    yield f"DTEND:{_instant(entry.end)}"
    yield f"SUMMARY:{_escaped(entry.summary)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _escaped(text: str) -> str:
    """RFC 5545 section 3.3.11; control characters have no escape and are left out."""
    for character in "\\;,":
        text = text.replace(character, f"\\{character}")
    text = text.replace("\r\n", "\n").replace("\n", "\\n")
    return "".join(character for character in text if character.isprintable())


def _folded(line: str) -> Iterator[bytes]:
    """The line in pieces of at most 75 octets that cut no letter; each further one begins with a blank."""
    piece = b""
    for character in line:
        octets = character.encode()
        if len(piece) + len(octets) > _LINE:
            yield piece
            piece = b" "
        piece += octets
    yield piece
