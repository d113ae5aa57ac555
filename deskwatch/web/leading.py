"""Where an address leads: the first board of a kiosk, and what of the query is for whom."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import quote

from deskwatch.web.query import split_query

_OFF = frozenset({"", "0", "off", "no", "false"})
_LONGEST_ID = 60


class Lead(NamedTuple):
    """``address`` of the board to show first, or the name of a board that was asked for and is not there."""

    board_id: str | None = None
    address: str = ""
    asked: str = ""


def is_kiosk(query: str) -> bool:
    """Whether a page is for an unattended screen: ``kiosk`` or ``rotate`` are asked for."""
    if "kiosk" not in query and "rotate" not in query:
        return False
    asked = dict(split_query(query))
    return asked.get("kiosk", "").casefold() not in _OFF or bool(asked.get("rotate"))


def without_version(query: str) -> tuple[str, str]:
    """The query without ``have``, and the version of the rows that a wall has."""
    if "have=" not in query:
        return query, ""
    parts = query.split("&")
    have = [part[5:] for part in parts if part.startswith("have=")]
    return "&".join(part for part in parts if not part.startswith("have=")), have[-1] if have else ""


def first_board(query: str, known: Sequence[str]) -> Lead:
    """The board that the start page leads to: the one asked for, the first of a rotation, or the only one."""
    asked = split_query(query) if query else []
    named = [value for name, value in asked if name == "board" and value]
    named += [
        turn.partition(":")[0].strip()
        for name, value in asked
        if name == "rotate"
        for turn in value.split(",")
    ]
    named = [board_id[:_LONGEST_ID] for board_id in named if board_id]
    found = next((board_id for board_id in named if board_id in known), None)
    if found is None and named:
        return Lead(asked=named[0])
    if found is None and len(known) == 1:
        found = known[0]
    if found is None:
        return Lead()
    kept = "&".join(part for part in query.split("&") if not part.startswith("board=") and part)
    # what browsers send is ASCII already; anything else must not end a header
    kept = quote(kept.encode("latin-1", "replace"), safe="!$&'()*+,/:;=?@%-._~")
    return Lead(found, f"b/{found}{'?' if kept else ''}{kept}")
