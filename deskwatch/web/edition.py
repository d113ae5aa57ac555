"""What readers get: the printed state of a board at one moment, replaced as a whole on every change."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol

from deskwatch.core.ticket import format_instant
from deskwatch.web.freshness import Freshness
from deskwatch.web.headers import Headers
from deskwatch.web.printing import ALWAYS_ASK, HTML, JSON, Printed, fingerprint
from deskwatch.web.trouble import Told
from deskwatch.web.voice import Voice

PRINTINGS_KEPT = 16
"""Printings of a view that a wall may still show and yet gets only what changed since."""


class Printable(Protocol):
    """What a delta is printed from; ``board_printer.Sheet`` is one."""

    def html(self, *, version: str = "", known: Collection[str] = ()) -> str:
        """As HTML, with an empty place for every row that is known."""


@dataclass(frozen=True)
class Pulse:
    """A few hundred bytes that a wall asks for each second: which rows are current, and how old the data is.

    ``now`` is written into each answer so that a wall can correct its own clock; it is left out of the
    ETag, which therefore is a weak one (RFC 9110, 8.8.1), and a wall whose pulse did not change gets a 304.
    """

    content: Mapping[str, Any]

    @cached_property
    def _text(self) -> str:
        return json.dumps(self.content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))

    @cached_property
    def timeless(self) -> bytes:
        """The JSON object without ``now``, for a file that many read at many times."""
        return self._text.encode("utf-8", "replace")

    @cached_property
    def version(self) -> str:
        """Names the content without ``now``."""
        return fingerprint(self.timeless)

    @cached_property
    def unchanged_headers(self) -> Headers:
        """Headers of a 304, and the first ones of a 200."""
        return [("ETag", f'W/"{self.version}"'), ("Cache-Control", ALWAYS_ASK)]

    def body(self, now: datetime) -> bytes:
        """The JSON object, told the time."""
        return f'{{"now":"{format_instant(now)}",{self._text[1:]}'.encode("utf-8", "replace")

    def headers(self, body: bytes) -> Headers:
        """Headers of a 200."""
        return [("Content-Type", JSON), ("Content-Length", str(len(body))), *self.unchanged_headers]


@dataclass(frozen=True)
class Past:
    """Which rows changed since which of the last printings of a view."""

    _printings: tuple[tuple[str, int], ...] = ()
    _changed: Mapping[str, int] = field(default_factory=dict)
    _rows: Mapping[str, str] = field(default_factory=dict)

    def then(self, version: str, rows: Mapping[str, str]) -> "Past":
        """With one more printing; only the last ``PRINTINGS_KEPT`` are remembered."""
        number = self._printings[-1][1] + 1 if self._printings else 1
        before = tuple(printing for printing in self._printings if printing[0] != version)
        printings = (*before, (version, number))[-PRINTINGS_KEPT:]
        same, changed = self._rows, self._changed
        moved = {key: changed[key] if same.get(key) == html else number for key, html in rows.items()}
        return Past(printings, moved, rows)

    def known_to(self, version: str) -> frozenset[str] | None:
        """Keys of the rows that whoever shows this version has as they are now; ``None``: it is not known."""
        number = dict(self._printings).get(version)
        return None if number is None else frozenset(k for k, at in self._changed.items() if at <= number)


@dataclass(frozen=True)
class Edition:
    """The addresses of a board for one view: ``/b/<board>``, ``/b/<board>/rows`` and ``/b/<board>/pulse``."""

    board_id: str
    rows: Printed
    pulse: Pulse
    print_page: Callable[[bool], bytes]
    past: Past
    sheet: Printable
    _pages: dict[bool, Printed] = field(default_factory=dict, repr=False)
    _deltas: dict[str, Printed] = field(default_factory=dict, repr=False)

    def page(self, *, kiosk: bool = False) -> Printed:
        """The whole page, printed when somebody first asks for this edition of it.

        A kiosk gets the script for unattended screens instead of the technician's.
        """
        if kiosk not in self._pages:
            self._pages[kiosk] = Printed(self.print_page(kiosk), HTML)
        return self._pages[kiosk]

    def since(self, version: str) -> Printed:
        """The rows for a wall that shows this version: those it has already are sent as empty places."""
        known = self.past.known_to(version)
        if known is None:
            return self.rows
        if version not in self._deltas:
            html = self.sheet.html(version=self.rows.version, known=known)
            self._deltas[version] = Printed(html.encode("utf-8", "replace"), HTML)
        return self._deltas[version]


@dataclass(frozen=True, slots=True)
class WallTime:
    """How a browser tells the time in the wall's zone: the date to leave out, and seconds east of UTC."""

    today: str
    utc_offset: float


def pulse_of(
    rows: Printed, freshness: Freshness, said: Mapping[str, Any], *, voice: Voice, troubles: Iterable[Told]
) -> Pulse:
    """What a wall has to know each second: which rows, how old the data is, and whatever else is ``said``.

    ``voice`` speaks the reader's language, as ``troubles`` do.
    """
    return Pulse(
        {
            "version": rows.version,
            "data": [
                {
                    "source": source.name,
                    "title": source.title,
                    "words": voice(source.words) if source.words else "",
                    "state": source.state,
                    "last_good_at": _text(source.last_good_at),
                    "next_try_at": _text(source.next_try_at),
                    "amber_after": source.patience.amber_after.total_seconds(),
                    "stale_after": source.patience.stale_after.total_seconds(),
                }
                for source in freshness.sources
            ],
            "trouble": [trouble._asdict() for trouble in troubles],
            **said,
        }
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
