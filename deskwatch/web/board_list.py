"""The list of boards: how each one stands, and the links a screen at any distance opens."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import segno
from markupsafe import Markup

from deskwatch.core.board import Board
from deskwatch.core.sla import SlaState
from deskwatch.web.cells import STATE_WORDS
from deskwatch.web.edition import Edition
from deskwatch.web.hosts import host_of
from deskwatch.web.wording import Phrase

ROTATE_SECONDS = 30
"""How long a screen that rotates over all boards shows each of them."""

LONGEST_CODED = 2000
"""Characters; a QR code of level M holds 2331 bytes, and cameras give up before that."""

LOUD = (SlaState.OVERDUE, SlaState.CRITICAL, SlaState.WARNING)
DISTANCES = (("", Phrase("At a desk")), ("3m", Phrase("From 3 metres")), ("5m", Phrase("From 5 metres")))


def base_of(environ: Mapping[str, Any], public_url: str | None) -> str:
    """Where screens reach the wall, with a slash at the end: as configured, else as this reader did."""
    if public_url:
        return public_url
    asked = str(environ.get("HTTP_HOST", ""))
    named = asked if host_of(asked) else f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}"
    return f"{environ.get('wsgi.url_scheme', 'http')}://{named}/"


def listed(editions: Iterable[Edition], settings: Mapping[str, Board], base: str) -> list[dict[str, Any]]:
    """Each board with its title, counts and links."""
    found = []
    for edition in editions:
        counts = edition.pulse.content["counts"]
        states = counts["states"]
        address = f"{base}b/{quote(edition.board_id)}"
        found.append(
            {
                "id": edition.board_id,
                "title": settings[edition.board_id].title,
                "count": counts["total"],
                "level": edition.pulse.content["level"],
                "states": [
                    {"state": s.value, "words": STATE_WORDS[s], "count": states[s.value]}
                    for s in LOUD
                    if states.get(s.value)
                ],
                "links": [_link(words, address, size) for size, words in DISTANCES],
            }
        )
    return found


def rotating(board_ids: Iterable[str], base: str) -> list[dict[str, Any]]:
    """Links of one screen that shows all boards in turn; none when there is but one."""
    turns = [f"{quote(id_)}:{ROTATE_SECONDS}" for id_ in board_ids]
    if len(turns) < 2:
        return []
    address = f"{base}?rotate={','.join(turns)}"
    return [_link(words, address, size) for size, words in DISTANCES]


def _link(words: Phrase, address: str, size: str) -> dict[str, Any]:
    """A link and its QR code; none when it is longer than codes can be, as a turn of a hundred boards is."""
    query = "kiosk=1" + (f"&size={size}" if size else "")
    url = f"{address}{'&' if '?' in address else '?'}{query}"
    return {"words": words, "url": url, "qr": qr(url) if len(url) <= LONGEST_CODED else None}


@lru_cache(maxsize=256)
def qr(text: str) -> Markup:
    """A QR code as inline SVG, dark on white with its quiet zone in any theme (ISO/IEC 18004, level M)."""
    code = segno.make(text, error="m", micro=False)
    svg = code.svg_inline(border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None)
    return Markup(svg)
