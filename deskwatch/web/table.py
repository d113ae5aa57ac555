"""The tickets of a view as CSV (RFC 4180) for a spreadsheet, which must not take a subject for a formula."""

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime

from deskwatch.core.board import Board, Row
from deskwatch.core.ticket import Person, Ticket, format_instant
from deskwatch.core.view import View
from deskwatch.web.choosing import Choice
from deskwatch.web.privacy import veil

COLUMNS = (
    "key",
    "number",
    "section",
    "state",
    "due_at",
    "priority",
    "status",
    "subject",
    "requester",
    "agent",
    "group",
    "client",
    "created_at",
    "updated_at",
    "url",
    "source",
)
CSV = "text/csv; charset=utf-8; header=present"
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def table_of(board: Board, view: View, choice: Choice, titles: Mapping[str, str]) -> bytes:
    """All tickets of the view, in its order, whether the wall has room for them or not."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for section in board.sections:
        if not view.sections or section.id in view.sections:
            for key in choice.keys(section.id):
                ticket, row = choice.placed(key)
                writer.writerow(_harmless(_cells(veil(ticket, view.privacy), row, titles)))
    return out.getvalue().encode("utf-8", "replace")


def _cells(ticket: Ticket, row: Row, titles: Mapping[str, str]) -> tuple[str, ...]:
    return (
        ticket.key,
        ticket.number,
        row.section,
        row.state.value,
        _text(row.sla.due_at),
        row.priority.value if row.priority else "",
        ticket.status.name,
        ticket.subject,
        _name(ticket.requester),
        _name(ticket.agent),
        _name(ticket.group),
        _name(ticket.client),
        _text(ticket.created_at),
        _text(ticket.updated_at),
        ticket.url if ticket.url and ticket.url.startswith(("https://", "http://")) else "",
        titles.get(ticket.source, ticket.source),
    )


def _name(person: Person | None) -> str:
    return person.name or person.id if person else ""


def _harmless(values: Iterable[str]) -> list[str]:
    return [f"'{value}" if value.startswith(_FORMULA) else value for value in values]


def _text(at: datetime | None) -> str:
    return "" if at is None else format_instant(at)
