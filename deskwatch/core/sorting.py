"""The order of a board by one of its columns, with the key that fits what the column means."""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from deskwatch.core.board import Row
from deskwatch.core.privacy import Privacy
from deskwatch.core.ticket import Person, Ticket

SortBy = Callable[[Ticket, Row], Any]
"""A comparable value; ``None``: the ticket has none, and stands last either way round."""


def _number(ticket: Ticket, row: Row) -> Any:
    return _natural(ticket.number or ticket.id)


@lru_cache(maxsize=32_768)
def _natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """``INC-9`` before ``INC-10``; what is a number stands before what is none."""
    parts = re.split(r"(\d+)", text.casefold()[:64])
    return tuple((0, int(part), "") if at % 2 else (1, 0, part) for at, part in enumerate(parts) if part)


def _name(person: Person | None) -> str | None:
    return (person.name or person.id).casefold() if person else None


_BY: dict[str, SortBy] = {
    "sla": lambda ticket, row: row.sort_key,
    "number": _number,
    "subject": lambda ticket, row: ticket.subject.casefold() or None,
    "priority": lambda ticket, row: -row.priority.rank if row.priority else None,
    "requester": lambda ticket, row: _name(ticket.requester),
    "agent": lambda ticket, row: _name(ticket.agent),
    "group": lambda ticket, row: _name(ticket.group),
    "client": lambda ticket, row: _name(ticket.client),
    "status": lambda ticket, row: ticket.status.name.casefold() or None,
    "created": lambda ticket, row: ticket.created_at,
    "updated": lambda ticket, row: ticket.updated_at,
}
SORTABLE = tuple(_BY)
"""Columns by which a board can be sorted: ``sla`` and ``priority`` put the worst first."""
_NAMES = frozenset({"requester", "agent"})


def hidden_columns(privacy: Privacy) -> frozenset[str]:
    """Columns whose order alone would tell what this level hides."""
    if privacy is Privacy.FULL:
        return frozenset()
    return _NAMES if privacy is Privacy.INITIALS else _NAMES | {"subject", "group", "client"}


def in_order(placed: list[tuple[Ticket, Row]], sort: str) -> list[tuple[Ticket, Row]]:
    """These tickets by a column, ``-column`` for the reverse; equal ones stay as they are."""
    by = _BY[sort.removeprefix("-")]
    keyed = [(by(ticket, row), (ticket, row)) for ticket, row in placed]
    known = [pair for pair in keyed if pair[0] is not None]
    # the stable way round: reverse=True also keeps equal ones in their order
    known.sort(key=lambda pair: pair[0], reverse=sort.startswith("-"))
    return [pair[1] for pair in (*known, *(pair for pair in keyed if pair[0] is None))]
