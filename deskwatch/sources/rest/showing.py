"""A few items of a helpdesk for a terminal: each as it was told, and as the ticket it became."""

import json
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Any

from deskwatch.core.sync import Gone
from deskwatch.core.ticket import FIELD_NAMES, Person, Status, Ticket, format_instant
from deskwatch.sources.rest.rows import Row
from deskwatch.sources.rest.trying import Sample

LONGEST_TEXT, LONGEST_LIST, DEEPEST = 100, 8, 6
"""Of the raw item: characters of a text, entries of a list, levels."""

_OURS = {
    "key", "source", "schema", "phase", "first_seen_at", "seen_at", "assigned_since", "status_since",
    "priority_since", "previous_agent", "previous_priority", "previous_phase", "reopened_at", "phases",
}  # fmt: skip
"""Fields of a ticket that no helpdesk tells."""


_WANTED = ("subject", "status", "priority", "requester", "agent", "created_at", "updated_at")
"""Fields without which a wall tells little."""


def shown(sample: Sample, described: Collection[str], *, raw: bool = True) -> Iterator[str]:
    """The lines about every item. Not yet safe for a terminal.

    ``described``: the fields that the file has; of the others nothing is said.
    """
    for number, (item, row) in enumerate(sample.items, start=1):
        yield f"--- ticket {number} of {len(sample.items)} " + "-" * 50
        if raw:
            yield "as the helpdesk tells it:"
            told = json.dumps(clipped(item), indent=2, ensure_ascii=False)
            yield from (f"  {line}" for line in told.splitlines())
            yield "as Deskwatch reads it:"
        yield from (f"  {line}" for line in _row(row, described))
        yield ""
    if not sample.items:
        yield "The list is empty."
        yield ""


def unmapped(sample: Sample) -> list[str]:
    """Every value that no map has, with how many of the tickets have it, most frequent first."""
    found = Counter(words for _, row in sample.items if isinstance(row, Row) for words in row.unmapped)
    return [
        f"{words}: {count} {'ticket' if count == 1 else 'tickets'}" for words, count in found.most_common()
    ]


def unread(sample: Sample) -> list[str]:
    """Every item or field that could not be read, each once."""
    notes = (row.notes if isinstance(row, Row) else (f"no ticket: {row}",) for _, row in sample.items)
    return list(dict.fromkeys([*(note for found in notes for note in found), *sample.notes]))


def undescribed(described: Collection[str]) -> list[str]:
    """Fields that a wall wants and the file does not have."""
    return [name for name in _WANTED if name not in described]


def _row(row: Row | str, described: Collection[str]) -> Iterator[str]:
    if isinstance(row, str):
        yield f"NOT A TICKET: {row}"
        return
    if isinstance(row.verdict, Gone):
        yield f"{row.verdict.id}: not shown, {row.verdict.reason}"
        return
    ticket, empty = row.verdict, []
    for name in FIELD_NAMES:
        if name in _OURS:
            continue
        text = _told(name, ticket)
        if text:
            yield f"{name:<22} {text}"
        elif name in described:
            empty.append(name)
    if empty:
        yield f"{'(empty)':<22} {', '.join(empty)}"
    yield from (f"UNMAPPED {words}" for words in row.unmapped)
    yield from (f"UNREAD {words}" for words in row.notes)


def _told(name: str, ticket: Ticket) -> str:
    value: Any = getattr(ticket, name)
    if isinstance(value, Status):
        told = value.name if value.id in ("", value.name) else f"{value.name} ({value.id})"
        return f"{told} -> {ticket.phase.value}"
    if isinstance(value, Person):
        parts = [value.name, *(part for part in (value.email, value.phone) if part)]
        return ", ".join(parts) + (f" (id {value.id})" if value.id != value.name else "")
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    if value is None or value == "":
        return ""
    if hasattr(value, "isoformat"):
        return format_instant(value)
    text = value.value if hasattr(value, "value") else str(value)
    return " ".join(text.split())[:LONGEST_TEXT]


def clipped(value: Any, deep: int = DEEPEST) -> Any:
    """The value, short enough to be read: long texts and lists are cut, and say so."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}… ({len(value)} characters)"
    if isinstance(value, dict):
        return {name: clipped(inner, deep - 1) for name, inner in value.items()} if deep else "{…}"
    if isinstance(value, list):
        more = [f"… ({len(value)} entries)"] if len(value) > LONGEST_LIST else []
        return [*(clipped(inner, deep - 1) for inner in value[:LONGEST_LIST]), *more] if deep else "[…]"
    return value
