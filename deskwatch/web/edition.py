"""What readers get: the printed state of a board at one moment, replaced as a whole on every change."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from deskwatch.core.ticket import format_instant
from deskwatch.web.freshness import Freshness
from deskwatch.web.headers import Headers
from deskwatch.web.printing import ALWAYS_ASK, HTML, JSON, Printed, fingerprint


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
    def version(self) -> str:
        """Names the content without ``now``."""
        return fingerprint(self._text.encode("utf-8", "replace"))

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
class Edition:
    """The three addresses of a board: ``/b/<board>``, ``/b/<board>/rows`` and ``/b/<board>/pulse``."""

    board_id: str
    rows: Printed
    pulse: Pulse
    print_page: Callable[[], bytes]

    @cached_property
    def page(self) -> Printed:
        """The whole page, printed when somebody first asks for this edition of it."""
        return Printed(self.print_page(), HTML)


@dataclass(frozen=True, slots=True)
class WallTime:
    """How a browser tells the time in the wall's zone: the date to leave out, and seconds east of UTC."""

    today: str
    utc_offset: float


def pulse_of(
    rows: Printed, freshness: Freshness, counts: Mapping[str, Any], *, build: str, time: WallTime
) -> Pulse:
    """What a wall has to know each second."""
    return Pulse(
        {
            "version": rows.version,
            "build": build,
            "today": time.today,
            "utc_offset": time.utc_offset,
            "data": [
                {
                    "source": source.name,
                    "state": source.state,
                    "last_good_at": _text(source.last_good_at),
                    "next_try_at": _text(source.next_try_at),
                    "amber_after": source.patience.amber_after.total_seconds(),
                    "stale_after": source.patience.stale_after.total_seconds(),
                }
                for source in freshness.sources
            ],
            "trouble": [
                {"kind": t.kind, "level": t.level.value, "title": t.title, "words": t.words}
                for t in freshness.troubles
            ],
            "counts": counts,
        }
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else format_instant(at)
